#pragma once
// What a cluster keeps of lifecycle's topics and group, as far as its loop can tell: it outlives
// the sessions of the fake log that reads and writes it.

#include "broker/ports.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sinyal::test {

struct written {
  std::int32_t partition = 0;
  codec::outgoing_record record;
};

class lifecycle_world {
 public:
  struct raw {
    std::string key, value;
    std::int64_t timestamp_ms = 1;
  };
  struct state_record {
    std::int64_t offset = 0;
    std::string key;
    std::optional<std::string> value;
    std::string version = "1";
    std::string subjects{};  // of a position record; empty: it does not say
  };
  struct state_partition {
    std::vector<state_record> records;
    std::int64_t end = 0;             // markers take offsets too
    std::deque<std::int64_t> stable;  // ends shown before the true one: a transaction is pending
  };

  std::map<std::int32_t, std::vector<raw>> raws;
  std::map<std::int32_t, std::int64_t> log_start;
  std::map<std::int32_t, std::set<std::int64_t>> holes;  // offsets that no reader is given
  std::map<std::int32_t, std::int64_t> group_offsets;
  std::map<std::int32_t, state_partition> states;
  bool lost_state = false;  // a test took records away, and positions may tell of more subjects
  std::vector<written> outputs;  // committed ones, less state

  std::int64_t end_of(std::int32_t partition) {
    return log_start[partition] + static_cast<std::int64_t>(raws[partition].size());
  }

  std::int64_t past_holes(std::int32_t partition, std::int64_t& offset) {
    while (holes[partition].contains(offset)) ++offset;
    return offset;
  }

  /// The newest state of a key, as a restore would find it.
  std::optional<std::string> state_of(std::int32_t partition, std::string_view key) {
    const auto& records = states[partition].records;
    const auto found = std::find_if(records.rbegin(), records.rend(),
                                    [&](const state_record& each) { return each.key == key; });
    return found == records.rend() ? std::nullopt : found->value;
  }

  /// How many subjects a restore would find.
  std::size_t subjects_of(std::int32_t partition) {
    std::set<std::string_view> keys;
    for (const state_record& each : states[partition].records) keys.insert(each.key);
    return keys.size() - keys.count("position");
  }

  std::map<std::int32_t, std::optional<std::int64_t>> told_end;  // to its reader, if one reads

  /// Where a partition has to be read on: its position record wins over the group's offset.
  std::int64_t position_of_state(std::int32_t partition) {
    if (const auto position = state_of(partition, "position")) {
      return std::stoll(position->substr(position->find(':') + 1));
    }
    const auto committed = group_offsets.find(partition);
    return committed == group_offsets.end() ? log_start[partition] : committed->second;
  }

  /// What a read_committed reader of a state partition finds at `next`, which moves on. As the real
  /// client does, it tells of an end once: a pending transaction looks like silence.
  state_event read_state(std::int32_t partition, std::int64_t& next) {
    state_partition& state = states[partition];
    const std::int64_t end = state.stable.empty() ? state.end : state.stable.front();
    state_event found;
    found.partition = partition;
    for (const state_record& each : state.records) {
      if (each.offset < next || each.offset >= end) continue;
      next = each.offset + 1;
      headers_ = {{{"sinyal_version", each.version}, {"sinyal_subject_count", each.subjects}}};
      const std::size_t headers = each.subjects.empty() ? 1 : 2;
      view_ = {partition, each.offset, 1, each.key, {}, {headers_.data(), headers}};
      if (each.value) view_.value = *each.value;
      found.what = state_event::kind::record;
      found.offset = each.offset;
      found.record = &view_;
      return found;
    }
    next = std::max(next, end);
    if (!state.stable.empty()) state.stable.pop_front();
    if (std::exchange(told_end[partition], end) == end) return state_event{};
    found.what = state_event::kind::end;
    found.offset = end;
    return found;
  }

  /// A transaction as the cluster takes it: all of it, or it was wrong to ask.
  void land(const std::vector<written>& records, const std::vector<partition_offset>& offsets) {
    for (const written& each : records) {
      if (each.record.to != codec::destination::state) {
        outputs.push_back(each);
        continue;
      }
      state_partition& state = states[each.partition];
      state.records.push_back(
          {state.end++, each.record.key, each.record.value, "1",
           std::string{each.record.headers.find("sinyal_subject_count").value_or("")}});
    }
    for (const partition_offset& each : offsets) {
      if (each.offset <= group_offsets[each.partition])
        throw std::logic_error{"a record twice in committed transactions"};
      group_offsets[each.partition] = each.offset;
      ++states[each.partition].end;
      if (position_of_state(each.partition) != each.offset)
        throw std::logic_error{"offsets committed without their position record"};
      const std::string& told = states[each.partition].records.back().subjects;
      if (!lost_state && told != std::to_string(subjects_of(each.partition)))
        throw std::logic_error{"a position that is not written last, or tells a wrong number"};
    }
  }
  /// Aborted records and their markers take offsets, and are never seen.
  void abort(const std::vector<written>& records) {
    for (const written& each : records) ++states[each.partition].end;
  }

 private:
  std::array<codec::header_view, 2> headers_;  // of the record that read_state() found last
  codec::record_view view_;
};

}  // namespace sinyal::test
