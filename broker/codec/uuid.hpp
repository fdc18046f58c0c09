#pragma once
// A UUID and its text (RFC 9562): events have one as their id, schemas as their GUID.

#include <array>
#include <string>
#include <string_view>

namespace sinyal::codec {

using uuid = std::array<unsigned char, 16>;

inline constexpr std::string_view uuid_text_form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

inline std::string to_text(const uuid& id) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string text{uuid_text_form};
  std::size_t at = 0;
  for (const unsigned char byte : id) {
    if (text[at] == '-') ++at;
    text[at++] = hex[byte >> 4];
    text[at++] = hex[byte & 15];
  }
  return text;
}

}  // namespace sinyal::codec
