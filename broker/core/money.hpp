#pragma once
// An amount of money in hundredths of its currency's unit. Midtrans writes amounts as decimal text
// ("150000.00"); arithmetic on text or on floating point would lose a cent sooner or later.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace sinyal::core {

class money {
 public:
  constexpr money() = default;
  static constexpr money of_hundredths(std::int64_t hundredths) { return money{hundredths}; }

  /// Reads `(0|[1-9][0-9]{0,12})(\.[0-9]{1,2})?`, nothing else: no sign, no separators, no spaces.
  static std::optional<money> parse(std::string_view text);

  constexpr std::int64_t hundredths() const { return hundredths_; }
  std::string to_string() const;  // money_text

  constexpr auto operator<=>(const money&) const = default;
  /// Beyond 64 bits the result stays at their end: the chargebacks of an order, which nobody signs,
  /// can come to more, and a sum that wraps would make money of them.
  constexpr money operator+(money other) const {
    std::int64_t sum = 0;
    const bool beyond = __builtin_add_overflow(hundredths_, other.hundredths_, &sum);
    return beyond ? end_of(other.hundredths_ > 0) : money{sum};
  }
  constexpr money operator-(money other) const {
    std::int64_t rest = 0;
    const bool beyond = __builtin_sub_overflow(hundredths_, other.hundredths_, &rest);
    return beyond ? end_of(other.hundredths_ < 0) : money{rest};
  }
  constexpr money& operator+=(money other) { return *this = *this + other; }

 private:
  explicit constexpr money(std::int64_t hundredths) : hundredths_{hundredths} {}
  static constexpr money end_of(bool positive) {
    using limits = std::numeric_limits<std::int64_t>;
    return money{positive ? limits::max() : limits::min()};
  }
  std::int64_t hundredths_ = 0;
};

/// Rupiah, where Midtrans names no currency.
inline constexpr std::string_view default_currency = "IDR";
constexpr std::string_view currency_or_default(std::string_view named) {
  return named.empty() ? default_currency : named;
}

/// Exactly two decimals, "-" in front when more went back than came in.
class money_text {
 public:
  explicit money_text(money amount);
  operator std::string_view() const { return {chars_.data(), size_}; }

 private:
  std::array<char, 24> chars_;  // a sign, nineteen digits and a point at most
  std::size_t size_;
};

}  // namespace sinyal::core
