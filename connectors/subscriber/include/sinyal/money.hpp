#pragma once
// An amount of money, exact: hundredths of the currency's unit in an integer, as the events write
// amounts with exactly two decimals. No floating point anywhere.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sinyal {

class money {
 public:
  constexpr money() = default;
  static constexpr money of_hundredths(std::int64_t hundredths) { return money{hundredths}; }

  /// Reads `-?[0-9]{1,16}\.[0-9]{2}`, nothing else.
  static std::optional<money> parse(std::string_view text);

  constexpr std::int64_t hundredths() const { return hundredths_; }
  /// "150000.00"; a minus in front when more went back than came in.
  std::string to_string() const;

  constexpr auto operator<=>(const money&) const = default;
  constexpr money operator+(money other) const { return money{hundredths_ + other.hundredths_}; }
  constexpr money operator-(money other) const { return money{hundredths_ - other.hundredths_}; }

 private:
  explicit constexpr money(std::int64_t hundredths) : hundredths_{hundredths} {}
  std::int64_t hundredths_ = 0;
};

}  // namespace sinyal
