#pragma once
// A text in a colour.

#include <string>
#include <string_view>

namespace sinyal::cli {

inline constexpr std::string_view bold = "1", dim = "2", red = "31", green = "32", yellow = "33";

/// As it is where there are to be no colours.
inline std::string painted(std::string_view text, std::string_view colour, bool colours) {
  if (!colours) return std::string{text};
  return "\x1b[" + std::string{colour} + "m" + std::string{text} + "\x1b[0m";
}

}  // namespace sinyal::cli
