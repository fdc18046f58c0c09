#pragma once
// Points in time, in milliseconds since 1970-01-01T00:00:00Z, and the only two texts they have:
// the one that Sinyal writes and the many that Midtrans does.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sinyal::core {

struct instant {
  std::int64_t ms_since_epoch = 0;
  auto operator<=>(const instant&) const = default;
};

/// Western Indonesian time (WIB): what Midtrans means where it names no zone.
inline constexpr int wib_offset_minutes = 7 * 60;

/// `YYYY-MM-DDTHH:MM:SS.mmmZ`.
class time_text {
 public:
  explicit time_text(instant time = {});
  operator std::string_view() const { return {chars_.data(), chars_.size()}; }

 private:
  std::array<char, 24> chars_;
};
std::string format_time(instant time);

/// `YYYY-MM-DD[ T]HH:MM:SS[.fraction][Z|+07:00|+0700| +0700]`, of years 1970 to 9999; the calendar
/// is checked. Digits beyond milliseconds are cut. Without a zone, `naive_offset_minutes` counts.
std::optional<instant> parse_time(std::string_view text,
                                  int naive_offset_minutes = wib_offset_minutes);

}  // namespace sinyal::core
