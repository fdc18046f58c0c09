#pragma once
// A point in time, in UTC, to the millisecond.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sinyal {

using time_point = std::chrono::sys_time<std::chrono::milliseconds>;

/// Reads `YYYY-MM-DDTHH:MM:SS.mmmZ`, the one form that events have; the calendar is checked.
std::optional<time_point> parse_time(std::string_view text);
std::string to_string(time_point time);

}  // namespace sinyal
