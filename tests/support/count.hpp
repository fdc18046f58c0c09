#pragma once
// How often a part stands in a text.

#include <cstddef>
#include <string_view>

namespace sinyal::test {

inline std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace sinyal::test
