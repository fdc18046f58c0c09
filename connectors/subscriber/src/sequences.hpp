#pragma once
// The last sequence of each subject, of as many subjects as fit: two generations, of which the
// older is forgotten when the younger is full.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <sinyal/event.hpp>
#include <string>
#include <unordered_map>
#include <utility>

namespace sinyal::detail {

class sequences {
 public:
  explicit sequences(std::size_t subjects_max) : half_{subjects_max / 2} {}

  /// How `sequence` continues what is known of the subject; changes nothing.
  continuity judge(const std::string& key, std::int64_t sequence) const {
    const auto last = find(key);
    if (!last) return sequence == 1 ? continuity::next : continuity::first;
    if (sequence <= *last) return continuity::repeat;
    return sequence == *last + 1 ? continuity::next : continuity::gap;
  }

  void remember(const std::string& key, std::int64_t sequence) {
    if (const auto at = young_.find(key); at != young_.end()) {
      at->second = std::max(at->second, sequence);
      return;
    }
    if (const auto at = old_.find(key); at != old_.end() && at->second >= sequence) return;
    if (young_.size() >= half_) old_ = std::exchange(young_, {});
    young_.emplace(key, sequence);
  }

  void forget() {
    young_.clear();
    old_.clear();
  }

 private:
  using generation = std::unordered_map<std::string, std::int64_t>;

  std::optional<std::int64_t> find(const std::string& key) const {
    if (const auto at = young_.find(key); at != young_.end()) return at->second;
    if (const auto at = old_.find(key); at != old_.end()) return at->second;
    return std::nullopt;
  }

  std::size_t half_;
  generation young_, old_;
};

}  // namespace sinyal::detail
