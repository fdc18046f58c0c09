#include "broker/cli/padded.hpp"

#include <algorithm>

namespace sinyal::cli {

std::string padded(std::string_view text, std::size_t width) {
  const auto letters = static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
  std::string filled{text};
  if (letters < width) filled.append(width - letters, ' ');
  return filled;
}

}  // namespace sinyal::cli
