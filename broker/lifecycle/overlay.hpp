#pragma once
// What a batch has changed and not committed: read before the store, merged into it only when
// commit_transaction has returned OK. Keys are views into the batch's records. The same key in two
// partitions, which only a stranger's producer can bring about, is two subjects: what is known of
// one must not hang on how the log was cut into batches.

#include "broker/lifecycle/state_store.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace sinyal::lifecycle {

class overlay {
 public:
  /// The newest state: the batch's own, else that of the partition's store. Lives until the next
  /// call.
  std::optional<std::string_view> find(std::string_view key, std::int32_t partition,
                                       const state_store& store) {
    const changes& own = changes_[partition];
    const auto changed = own.find(key);
    if (changed != own.end()) return changed->second;
    stored_ = store.find(key);
    return stored_;
  }
  /// Whether nothing was known under this key before; it is the one that was looked for last.
  bool put(std::string_view key, std::int32_t partition, std::string value) {
    const auto put = changes_[partition].insert_or_assign(key, std::move(value));
    return put.second && !stored_;
  }
  /// Calls `sink(partition, key, value)` for each change.
  template <class Sink>
  void each(Sink&& sink) const {
    for (const auto& [partition, own] : changes_) {
      for (const auto& [key, value] : own) sink(partition, key, value);
    }
  }

 private:
  using changes = std::unordered_map<std::string_view, std::string>;
  std::map<std::int32_t, changes> changes_;
  std::optional<std::string> stored_;  // what was found last
};

}  // namespace sinyal::lifecycle
