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
  if (text.size() < 4 || text.size() > unit_digits_max + 3) return std::nullopt;
  const std::size_t point = text.size() - 3;
  std::int64_t hundredths = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == point) continue;
    if (!is_digit(text[i])) return std::nullopt;
    hundredths = hundredths * 10 + (text[i] - '0');
  }
  if (text[point] != '.') return std::nullopt;
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
  bool formed = true;
  for (const std::size_t at : {4, 7, 10, 13, 16, 19, 23}) formed &= text[at] == form[at];
  const auto digit = [&](std::size_t at) {
    formed &= is_digit(text[at]);
    return text[at] - '0';
  };
  const auto two = [&](std::size_t at) { return digit(at) * 10 + digit(at + 1); };
  const year_month_day date{year{two(0) * 100 + two(2)}, month{static_cast<unsigned>(two(5))},
                            day{static_cast<unsigned>(two(8))}};
  const int hour = two(11);
  const int minute = two(14);
  const int second = two(17);
  const int millisecond = digit(20) * 100 + two(21);
  if (!formed || !date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return sys_days{date} + hours{hour} + minutes{minute} + seconds{second} +
         milliseconds{millisecond};
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
