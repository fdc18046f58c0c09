#pragma once
// A stranger's text on a terminal.

#include <string>
#include <string_view>

namespace sinyal::cli {

/// The text with a question mark for each character that could drive a terminal or turn around what
/// is read on it: controls (Unicode's Cc: C0, DEL, C1) and marks of direction. `utf8` is
/// well-formed UTF-8, as JSON is.
std::string printable(std::string_view utf8);

}  // namespace sinyal::cli
