#pragma once
// Columns of a text.

#include <cstddef>
#include <string>
#include <string_view>

namespace sinyal::cli {

/// Filled up with spaces to so many letters; those beyond ASCII count as one.
std::string padded(std::string_view text, std::size_t width);

}  // namespace sinyal::cli
