#include "broker/core/money.hpp"

#include <charconv>
#include <cstddef>

namespace sinyal::core {
namespace {

constexpr std::size_t unit_digits_max = 13;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

std::optional<money> money::parse(std::string_view text) {
  std::size_t at = 0;
  std::int64_t units = 0;
  while (at < text.size() && is_digit(text[at])) {
    if (at == unit_digits_max) return std::nullopt;
    units = units * 10 + (text[at++] - '0');
  }
  if (at == 0 || (at > 1 && text[0] == '0')) return std::nullopt;
  std::int64_t cents = 0;
  if (at < text.size()) {
    const std::string_view decimals = text.substr(at + 1);
    if (text[at] != '.' || decimals.empty() || decimals.size() > 2) return std::nullopt;
    for (const char c : decimals) {
      if (!is_digit(c)) return std::nullopt;
      cents = cents * 10 + (c - '0');
    }
    if (decimals.size() == 1) cents *= 10;
  }
  return money{units * 100 + cents};
}

std::string money::to_string() const {
  return std::string{money_text{*this}};
}

money_text::money_text(money amount) {
  // as unsigned, since the smallest negative number has no positive counterpart
  const auto bits = static_cast<std::uint64_t>(amount.hundredths());
  const std::uint64_t size = amount < money{} ? 0 - bits : bits;
  char* at = chars_.data();
  if (amount < money{}) *at++ = '-';
  at = std::to_chars(at, chars_.data() + chars_.size(), size / 100).ptr;
  *at++ = '.';
  *at++ = static_cast<char>('0' + size / 10 % 10);
  *at++ = static_cast<char>('0' + size % 10);
  size_ = static_cast<std::size_t>(at - chars_.data());
}

}  // namespace sinyal::core
