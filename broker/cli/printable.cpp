#include "broker/cli/printable.hpp"

#include "broker/codec/state.hpp"

#include <algorithm>
#include <array>

namespace sinyal::cli {

namespace {

struct range {
  char32_t first, last;
};
// Unicode 15: General_Category Cc, then Bidi_Control
constexpr std::array<range, 6> unfit{{{0x00, 0x1f},
                                      {0x7f, 0x9f},
                                      {0x61c, 0x61c},
                                      {0x200e, 0x200f},
                                      {0x202a, 0x202e},
                                      {0x2066, 0x2069}}};

std::size_t size_of(unsigned char lead) {
  return lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

char32_t value_of(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return lead;
  char32_t value = lead & (0x7fU >> character.size());
  for (const char each : character.substr(1)) {
    value = value << 6 | (static_cast<unsigned char>(each) & 0x3fU);
  }
  return value;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string shown;
  if (!codec::is_utf8(text)) {
    for (const char byte : text) shown += byte >= 0x20 && byte < 0x7f ? byte : '?';
    return shown;
  }
  while (!text.empty()) {
    const std::string_view character = text.substr(0, size_of(static_cast<unsigned char>(text[0])));
    const char32_t value = value_of(character);
    const bool fit = std::ranges::none_of(
        unfit, [&](range each) { return value >= each.first && value <= each.last; });
    shown += fit ? character : std::string_view{"?"};
    text.remove_prefix(character.size());
  }
  return shown;
}

}  // namespace sinyal::cli
