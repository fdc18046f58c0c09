#pragma once
// A UUID and its text (RFC 9562): events have one as their id, schemas as their GUID.

#include <array>
#include <string_view>

namespace sinyal::codec {

using uuid = std::array<unsigned char, 16>;

inline constexpr std::string_view uuid_text_form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

class uuid_text {
 public:
  explicit uuid_text(const uuid& id) {
    constexpr std::string_view hex = "0123456789abcdef";
    uuid_text_form.copy(chars_.data(), chars_.size());
    char* at = chars_.data();
    for (const unsigned char byte : id) {
      if (*at == '-') ++at;
      *at++ = hex[byte >> 4];
      *at++ = hex[byte & 15];
    }
  }
  operator std::string_view() const { return {chars_.data(), chars_.size()}; }

 private:
  std::array<char, uuid_text_form.size()> chars_;
};

}  // namespace sinyal::codec
