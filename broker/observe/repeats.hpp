#pragma once
// How often one message may be said: the first few of each second, then a count of the others.

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sinyal::observe {

/// Any thread may ask.
class repeats {
 public:
  explicit repeats(std::uint32_t per_second) : per_second_{per_second} {}

  /// Absent: say nothing now. Otherwise how many of this message went unsaid since the last one.
  std::optional<std::uint64_t> admit(std::string_view message, std::int64_t now_ms) {
    const std::lock_guard lock{mutex_};
    auto found = said_.find(message);
    if (found == said_.end()) {
      // Messages are constants of the code; if one is not after all, memory stays bounded.
      if (said_.size() >= messages_max) said_.clear();
      found = said_.emplace(message, window{now_ms, 0, 0}).first;
    }
    auto& [since_ms, count, unsaid] = found->second;
    if (now_ms - since_ms >= 1000 || now_ms < since_ms) {
      since_ms = now_ms;
      count = 0;
    }
    if (count >= per_second_) {
      ++unsaid;
      return std::nullopt;
    }
    ++count;
    return std::exchange(unsaid, 0);
  }

 private:
  struct window {
    std::int64_t since_ms;
    std::uint32_t count;
    std::uint64_t unsaid;
  };
  static constexpr std::size_t messages_max = 1024;

  const std::uint32_t per_second_;
  std::mutex mutex_;
  std::map<std::string, window, std::less<>> said_;
};

}  // namespace sinyal::observe
