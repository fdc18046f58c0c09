// The two texts that have values: amounts and times.

#include <cstddef>
#include <sinyal/money.hpp>
#include <sinyal/time.hpp>

namespace sinyal {
namespace {

constexpr std::size_t unit_digits_max = 16;  // of an amount; with its decimals it fits 64 bits

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

void append(std::string& to, std::uint64_t value, std::size_t count) {
  const std::string written = std::to_string(value);
  to.append(count > written.size() ? count - written.size() : 0, '0').append(written);
}

}  // namespace

std::optional<money> money::parse(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  if (point == 0 || point > unit_digits_max || point + 3 != text.size()) return std::nullopt;
  std::int64_t hundredths = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == point) continue;
    if (!is_digit(text[i])) return std::nullopt;
    hundredths = hundredths * 10 + (text[i] - '0');
  }
  return money{negative ? -hundredths : hundredths};
}

std::string money::to_string() const {
  // as unsigned, since the smallest negative number has no positive counterpart
  const auto bits = static_cast<std::uint64_t>(hundredths_);
  const std::uint64_t size = hundredths_ < 0 ? 0 - bits : bits;
  std::string result = hundredths_ < 0 ? "-" : "";
  result.append(std::to_string(size / 100)).append(1, '.');
  append(result, size % 100, 2);
  return result;
}

std::optional<time_point> parse_time(std::string_view text) {
  using namespace std::chrono;
  constexpr std::string_view form = "0000-00-00T00:00:00.000Z";
  if (text.size() != form.size()) return std::nullopt;
  for (std::size_t i = 0; i < form.size(); ++i) {
    if (form[i] == '0' ? !is_digit(text[i]) : text[i] != form[i]) return std::nullopt;
  }
  const auto at = [&](std::size_t begin, std::size_t count) {
    int value = 0;
    for (const char digit : text.substr(begin, count)) value = value * 10 + (digit - '0');
    return value;
  };
  const year_month_day date{year{at(0, 4)}, month{static_cast<unsigned>(at(5, 2))},
                            day{static_cast<unsigned>(at(8, 2))}};
  if (!date.ok() || at(11, 2) > 23 || at(14, 2) > 59 || at(17, 2) > 59) return std::nullopt;
  return sys_days{date} + hours{at(11, 2)} + minutes{at(14, 2)} + seconds{at(17, 2)} +
         milliseconds{at(20, 3)};
}

std::string to_string(time_point time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  std::string result;
  const auto part = [&](auto value, std::size_t count, char after) {
    append(result, static_cast<std::uint64_t>(value), count);
    result += after;
  };
  part(int{date.year()}, 4, '-');
  part(unsigned{date.month()}, 2, '-');
  part(unsigned{date.day()}, 2, 'T');
  part(clock.hours().count(), 2, ':');
  part(clock.minutes().count(), 2, ':');
  part(clock.seconds().count(), 2, '.');
  part(clock.subseconds().count(), 3, 'Z');
  return result;
}

}  // namespace sinyal
