#pragma once
// The states that raw records leave behind, in memory: the log judged anew, by `rebuild`, `verify`
// and whoever else wants to know what lifecycle made of it. Belongs to one thread.

#include "broker/lifecycle/records.hpp"
#include "broker/lifecycle/state_store.hpp"
#include "broker/lifecycle/transformer.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sinyal::lifecycle {

class fold {
 public:
  explicit fold(transformer transformer) : transformer_{std::move(transformer)} {}

  /// What a record causes after all that came before it.
  log_result<transformed> judge(const codec::record_view& raw);
  /// The same for one that lifecycle could not write the consequences of.
  transformed give_up(const codec::record_view& raw);

  /// The subject's encoded state, absent for one never heard of.
  std::optional<std::string> state(std::string_view key) const;

  /// Calls `sink(record)` with the state record of each subject, as lifecycle wrote its last one
  /// into that partition, in no order, until it returns false.
  template <class Sink>
  void each(std::int32_t partition, Sink&& sink) const {
    states_.each([&](std::string_view key, std::string_view marked) {
      const cause_mark mark = mark_of(marked);
      return sink(state_record(key, std::string{unmarked(marked)},
                               {partition, mark.offset, mark.timestamp_ms}));
    });
  }

  std::size_t size() const { return states_.size(); }
  void clear() { states_.clear(); }

 private:
  /// What a state was caused by stands behind it, as the bytes of this process.
  struct cause_mark {
    std::int64_t offset;
    std::int64_t timestamp_ms;
  };
  static std::string_view unmarked(std::string_view text) {
    return text.substr(0, text.size() - sizeof(cause_mark));
  }
  static cause_mark mark_of(std::string_view text) {
    cause_mark mark{};
    std::memcpy(&mark, text.data() + text.size() - sizeof mark, sizeof mark);
    return mark;
  }
  void keep(const codec::record_view& raw, const transformed& made);

  transformer transformer_;
  state_store states_;
};

}  // namespace sinyal::lifecycle
