#include "broker/core/time.hpp"

#include <chrono>

namespace sinyal::core {
namespace {

/// Reads a time from left to right; after the first thing amiss it stays failed.
class cursor {
 public:
  explicit cursor(std::string_view text) : at_{text.data()}, end_{at_ + text.size()} {}

  int digits(int count) {
    if (end_ - at_ < count) return fail();
    int value = 0;
    for (; count > 0; --count) {
      if (!is_digit(*at_)) return fail();
      value = value * 10 + (*at_++ - '0');
    }
    return value;
  }
  void expect(char c) {
    if (!take(c)) fail();
  }
  bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  /// Up to three digits count, the rest is cut.
  int fraction_ms() {
    if (!at_digit()) return fail();
    int value = 0;
    for (int scale = 100; at_digit(); scale /= 10) value += (*at_++ - '0') * scale;
    return value;
  }
  bool at_end() const { return at_ == end_; }
  int fail() {
    failed_ = true;
    at_ = end_;
    return 0;
  }
  bool failed() const { return failed_; }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  bool at_digit() const { return at_ != end_ && is_digit(*at_); }
  const char* at_;
  const char* end_;
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

void write_two_digits(char* at, unsigned value) {
  at[0] = static_cast<char>('0' + value / 10);
  at[1] = static_cast<char>('0' + value % 10);
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
  const auto year = static_cast<unsigned>(int{date.year()});
  write_two_digits(text, year / 100 % 100);
  write_two_digits(text + 2, year % 100);
  write_two_digits(text + 5, unsigned{date.month()});
  write_two_digits(text + 8, unsigned{date.day()});
  write_two_digits(text + 11, ms / 3'600'000);
  write_two_digits(text + 14, ms / 60'000 % 60);
  write_two_digits(text + 17, ms / 1000 % 60);
  write_two_digits(text + 20, ms % 1000 / 10);
  text[22] = static_cast<char>('0' + ms % 10);
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
