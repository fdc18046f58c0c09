#pragma once
// A stranger's text on a terminal.

#include <string>
#include <string_view>

namespace sinyal::cli {

/// The text with a question mark for each character that could drive a terminal or turn around what
/// is read on it: controls (Unicode's Cc: C0, DEL, C1) and marks of direction. Of what is no UTF-8
/// only visible ASCII is left.
std::string printable(std::string_view text);

}  // namespace sinyal::cli
