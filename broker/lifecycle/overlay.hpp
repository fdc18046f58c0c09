#pragma once
// What a batch has changed and not committed: read before the store, merged into it only when
// commit_transaction has returned OK. Keys are views into the batch's records.

#include "broker/lifecycle/state_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace sinyal::lifecycle {

class overlay {
 public:
  /// The newest state: the batch's own, else the store's. Lives until the next call.
  std::optional<std::string_view> find(std::string_view key, const state_store& store) {
    const auto changed = changes_.find(key);
    if (changed != changes_.end()) return changed->second.value;
    stored_ = store.find(key);
    return stored_;
  }
  /// Whether nothing was known under this key before; it is the one that was looked for last.
  bool put(std::string_view key, std::int32_t partition, std::string value) {
    const auto put = changes_.insert_or_assign(key, change{partition, std::move(value)});
    return put.second && !stored_;
  }
  /// Calls `sink(partition, key, value)` for each change.
  template <class Sink>
  void each(Sink&& sink) const {
    for (const auto& [key, made] : changes_) sink(made.partition, key, made.value);
  }

 private:
  struct change {
    std::int32_t partition;
    std::string value;
  };
  std::unordered_map<std::string_view, change> changes_;
  std::optional<std::string> stored_;  // what was found last
};

}  // namespace sinyal::lifecycle
