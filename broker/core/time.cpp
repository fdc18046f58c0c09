#include "broker/core/time.hpp"

#include <chrono>
#include <cstddef>

namespace sinyal::core {
namespace {

/// Reads a time from left to right; after the first thing amiss it stays failed.
class cursor {
 public:
  explicit cursor(std::string_view text) : rest_{text} {}

  int digits(std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!at_digit()) return fail();
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }
  void expect(char c) {
    if (!take(c)) fail();
  }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// Up to three digits count, the rest is cut.
  int fraction_ms() {
    if (!at_digit()) return fail();
    int value = 0;
    for (int scale = 100; at_digit(); scale /= 10) {
      value += (rest_.front() - '0') * scale;
      rest_.remove_prefix(1);
    }
    return value;
  }
  bool at_end() const { return rest_.empty(); }
  int fail() {
    failed_ = true;
    rest_ = {};
    return 0;
  }
  bool failed() const { return failed_; }

 private:
  bool at_digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
  std::string_view rest_;
  bool failed_ = false;
};

int read_offset_minutes(cursor& text, int naive_offset_minutes) {
  if (text.at_end()) return naive_offset_minutes;
  if (text.take('Z')) return 0;
  text.take(' ');
  const int sign = text.take('-') ? -1 : 1;
  if (sign == 1) text.expect('+');
  const int hours = text.digits(2);
  text.take(':');
  const int minutes = text.digits(2);
  if (hours > 23 || minutes > 59) return text.fail();
  return sign * (hours * 60 + minutes);
}

/// `count` digits of `value`, the last one before `end`.
void write_digits(char* end, unsigned value, int count) {
  for (; count > 0; --count, value /= 10) *--end = static_cast<char>('0' + value % 10);
}

constexpr std::int64_t first_ms = 0;
constexpr std::int64_t last_ms = 253'402'300'799'999;  // the last one of the year 9999

}  // namespace

time_text::time_text(instant time) {
  using namespace std::chrono;
  const sys_time<milliseconds> point{milliseconds{time.ms_since_epoch}};
  const auto day = floor<days>(point);
  const year_month_day date{day};
  const auto ms = static_cast<unsigned>((point - day).count());
  constexpr std::string_view form = "YYYY-MM-DDTHH:MM:SS.mmmZ";
  form.copy(chars_.data(), chars_.size());
  char* const text = chars_.data();
  write_digits(text + 4, static_cast<unsigned>(int{date.year()}), 4);
  write_digits(text + 7, unsigned{date.month()}, 2);
  write_digits(text + 10, unsigned{date.day()}, 2);
  write_digits(text + 13, ms / 3'600'000, 2);
  write_digits(text + 16, ms / 60'000 % 60, 2);
  write_digits(text + 19, ms / 1000 % 60, 2);
  write_digits(text + 23, ms % 1000, 3);
}

std::string format_time(instant time) {
  return std::string{time_text{time}};
}

std::optional<instant> parse_time(std::string_view text, int naive_offset_minutes) {
  using namespace std::chrono;
  cursor at{text};
  const int y = at.digits(4);
  at.expect('-');
  const int m = at.digits(2);
  at.expect('-');
  const int d = at.digits(2);
  if (!at.take('T')) at.expect(' ');
  const int hour = at.digits(2);
  at.expect(':');
  const int minute = at.digits(2);
  at.expect(':');
  const int second = at.digits(2);
  const int ms = at.take('.') ? at.fraction_ms() : 0;
  const int offset = read_offset_minutes(at, naive_offset_minutes);
  const year_month_day date{year{y}, month{static_cast<unsigned>(m)},
                            day{static_cast<unsigned>(d)}};
  if (at.failed() || !at.at_end() || !date.ok() || hour > 23 || minute > 59 || second > 59) {
    return std::nullopt;
  }
  const milliseconds since_epoch = sys_days{date}.time_since_epoch() + hours{hour} +
                                   minutes{minute - offset} + seconds{second} + milliseconds{ms};
  const std::int64_t count = since_epoch.count();
  if (count < first_ms || count > last_ms) return std::nullopt;
  return instant{count};
}

}  // namespace sinyal::core
