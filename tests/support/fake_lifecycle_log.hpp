#pragma once
// A strict stand-in for the transactional log: it keeps a small world of raw records, state and
// outputs, fails where a test tells it to, and throws on any use that the real one would punish
// later, or never.

#include "broker/ports.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace sinyal::test {

struct written {
  std::int32_t partition = 0;
  codec::outgoing_record record;
};

struct fault {
  std::string call;  // begin, write, send_offsets, commit, abort, open, poll, seek, …
  log_failure failure;
  int skip = 0;  // so many calls succeed first
  int times = 1;
  bool lands = false;  // of a commit: the cluster has it, only the answer is lost
};

class fake_lifecycle_log final : public lifecycle_log {
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
  };
  struct state_partition {
    std::vector<state_record> records;
    std::int64_t end = 0;             // markers take offsets too
    std::deque<std::int64_t> stable;  // ends shown before the true one: a transaction is pending
  };

  // The world, which outlives sessions.
  std::map<std::int32_t, std::vector<raw>> raws;
  std::map<std::int32_t, std::int64_t> log_start;
  std::map<std::int32_t, std::int64_t> group_offsets;
  std::map<std::int32_t, state_partition> states;
  std::vector<written> outputs;  // committed ones, less state
  // What the test wants.
  std::vector<fault> faults;
  std::vector<std::int32_t> assignment{0, 1};
  /// Called when a poll has nothing to give, with the number of such polls so far.
  std::function<void(int idle)> on_idle;
  /// Called before each poll gives something: rebalances and the like.
  std::function<void()> before_poll;
  // What happened.
  int opens = 0, closes = 0, commits = 0, aborts = 0, begins = 0;
  std::size_t largest_batch = 0;
  std::vector<std::string> calls;

  /// At the next poll the group takes everything, and gives these again.
  void rebalance(std::vector<std::int32_t> next, bool lost = false) {
    events_.push_back({false, lost, {}});
    events_.push_back({true, false, std::move(next)});
  }

  /// The client reads on from somewhere that nobody asked for.
  void slip(partition_offset to) { position_of(to.partition).next = to.offset; }

  log_result<void> open(assignment_observer& observer) override {
    demand(!open_, "open twice");
    if (auto failure = fails("open")) return *failure;
    ++opens;
    open_ = true;
    dies_ = false;
    landed_ = false;
    observer_ = &observer;
    events_.clear();
    events_.push_back({true, false, assignment});
    return {};
  }
  void close() override {
    if (!open_) return;
    demand(!in_callback_, "close in a callback");
    ++closes;
    open_ = false;
    give_up_transaction();
    reading_.clear();
    drop_records();
    if (!positions_.empty()) revoke(false);
    positions_.clear();
  }

  log_result<const codec::record_view*> poll(std::chrono::milliseconds) override {
    demand(open_, "poll of a closed log");
    demand(!in_transaction_, "poll in a transaction");
    demand(++polls_ < 200000, "polled for ever");
    if (before_poll) before_poll();
    if (auto failure = fails("poll")) return *failure;
    while (!events_.empty()) serve_event();
    for (auto& [partition, at] : positions_) {
      if (at.paused || at.next >= end_of(partition)) continue;
      return hold(partition, at.next++);
    }
    if (on_idle) on_idle(++idle_);
    return nullptr;
  }
  void drop_records() override {
    held_.clear();
    batch_generation_.reset();
  }

  log_result<void> resume(partition_offset from) override {
    calls.push_back("resume");
    if (auto failure = fails("resume")) return *failure;
    position& at = position_of(from.partition);
    demand(at.paused, "resume of a running partition");
    at = {from.offset, false};
    return {};
  }
  log_result<void> pause(std::int32_t partition) override {
    position_of(partition).paused = true;
    return {};
  }
  log_result<void> seek(std::span<const partition_offset> to) override {
    demand(!in_transaction_, "seek in a transaction");
    if (auto failure = fails("seek")) return *failure;
    for (const partition_offset& each : to) position_of(each.partition).next = each.offset;
    return {};
  }

  log_result<std::vector<std::optional<std::int64_t>>> committed(
      std::span<const std::int32_t> partitions) override {
    calls.push_back("committed");
    if (auto failure = fails("committed")) return *failure;
    std::vector<std::optional<std::int64_t>> offsets;
    for (const std::int32_t each : partitions) {
      const auto at = group_offsets.find(each);
      offsets.push_back(at == group_offsets.end() ? std::nullopt : std::optional{at->second});
      asked_.insert(each);
    }
    return offsets;
  }
  log_result<std::vector<std::int64_t>> state_ends(
      std::span<const std::int32_t> partitions) override {
    calls.push_back("state_ends");
    if (auto failure = fails("state_ends")) return *failure;
    std::vector<std::int64_t> ends;
    for (const std::int32_t each : partitions) {
      demand(asked_.contains(each), "watermark before the committed offset");
      ends.push_back(states[each].end);
    }
    return ends;
  }
  log_result<offset_range> raw_range(std::int32_t partition) override {
    if (auto failure = fails("raw_range")) return *failure;
    return offset_range{log_start[partition], end_of(partition)};
  }
  std::optional<std::int64_t> known_raw_end(std::int32_t partition) override {
    return end_of(partition);
  }

  log_result<void> start_state(partition_offset from) override {
    calls.push_back("start_state " + std::to_string(from.offset));
    demand(reading_.emplace(from.partition, from.offset).second, "state read twice at once");
    told_end_.erase(from.partition);
    return {};
  }
  log_result<state_event> poll_state(std::chrono::milliseconds) override {
    if (auto failure = fails("poll_state")) return *failure;
    for (auto& [partition, next] : reading_) return next_state(partition, next);
    return state_event{};
  }
  void stop_state(std::int32_t partition) override { reading_.erase(partition); }

  log_result<void> begin() override {
    demand(open_ && !in_transaction_, "begin in a transaction");
    demand(!dies_, "begin after a fatal error");
    if (auto failure = fails("begin")) return *failure;
    ++begins;
    in_transaction_ = true;
    return {};
  }
  log_result<void> write(const codec::outgoing_record& record, std::int32_t partition) override {
    demand(in_transaction_, "write outside of a transaction");
    demand(positions_.contains(partition), "write to a partition that is not ours");
    if (refuses && refuses(record)) {
      return log_failure{failure_class::record, "MSG_SIZE_TOO_LARGE", "too large", partition};
    }
    if (auto failure = fails("write")) return *failure;
    staged_.push_back({partition, record});
    return {};
  }
  log_result<void> send_offsets(std::span<const partition_offset> next) override {
    demand(in_transaction_, "offsets outside of a transaction");
    demand(batch_generation_.has_value(), "offsets without a batch");
    demand(*batch_generation_ == generation_, "offsets of an older generation");
    largest_batch = std::max(largest_batch, held_.size());
    if (auto failure = fails("send_offsets")) return *failure;
    offsets_.assign(next.begin(), next.end());
    return {};
  }
  log_result<void> commit() override {
    demand(in_transaction_ && (landed_ || !offsets_.empty()), "commit without offsets");
    bool lands = false;
    const auto failure = fails("commit", &lands);
    if ((!failure || lands) && !landed_) land();
    landed_ = failure.has_value() && lands;
    if (dies_) give_up_transaction();
    if (failure) return *failure;
    in_transaction_ = false;
    return {};
  }
  log_result<void> abort() override {
    demand(in_transaction_, "abort outside of a transaction");
    if (auto failure = fails("abort")) return *failure;
    ++aborts;
    in_transaction_ = false;
    for (const auto& each : staged_) ++states[each.partition].end;  // aborted records, and markers
    staged_.clear();
    offsets_.clear();
    return {};
  }
  std::string rival() override { return "client id other, host elsewhere"; }
  bool answers() override { return true; }

  /// What no topic takes, however often it is tried.
  std::function<bool(const codec::outgoing_record&)> refuses;

  std::int64_t end_of(std::int32_t partition) {
    return log_start[partition] + static_cast<std::int64_t>(raws[partition].size());
  }

 private:
  struct event {
    bool assign = false, lost = false;
    std::vector<std::int32_t> partitions;
  };
  struct position {
    std::int64_t next = 0;
    bool paused = true;
  };
  struct held {
    raw record;
    codec::record_view view;
  };

  static void demand(bool holds, const char* what) {
    if (!holds) throw std::logic_error{what};
  }
  position& position_of(std::int32_t partition) {
    const auto at = positions_.find(partition);
    demand(at != positions_.end(), "a partition that is not ours");
    return at->second;
  }
  std::optional<log_failure> fails(const std::string& call, bool* lands = nullptr) {
    for (fault& each : faults) {
      if (each.call != call || each.times == 0) continue;
      if (each.skip > 0) {
        --each.skip;
        continue;
      }
      --each.times;
      if (lands != nullptr) *lands = each.lands;
      const auto what = each.failure.what;
      dies_ = what == failure_class::fatal || what == failure_class::fenced ||
              what == failure_class::replaced;
      if (dies_ && !each.lands) give_up_transaction();
      return each.failure;
    }
    return std::nullopt;
  }
  void revoke(bool lost) {
    std::vector<std::int32_t> numbers;
    for (const auto& [partition, at] : positions_) numbers.push_back(partition);
    in_callback_ = true;
    observer_->revoked(numbers, lost);
    in_callback_ = false;
    demand(held_.empty(), "records in hand across a revocation");
    demand(reading_.empty(), "state still read after a revocation");
    positions_.clear();
  }
  void serve_event() {
    const event next = events_.front();
    events_.pop_front();
    if (!next.assign) return revoke(next.lost);
    ++generation_;
    in_callback_ = true;
    observer_->assigned(next.partitions);
    in_callback_ = false;
    demand(held_.empty(), "records in hand across an assignment");
    asked_.clear();
    for (const std::int32_t each : next.partitions) positions_[each] = {0, true};
  }
  const codec::record_view* hold(std::int32_t partition, std::int64_t offset) {
    if (!batch_generation_) batch_generation_ = generation_;
    const auto index = static_cast<std::size_t>(offset - log_start[partition]);
    held_.push_back({raws[partition][index], {}});
    held& each = held_.back();
    each.view = {partition,         offset, each.record.timestamp_ms, each.record.key,
                 each.record.value, {}};
    return &each.view;
  }
  state_event next_state(std::int32_t partition, std::int64_t& next) {
    state_partition& state = states[partition];
    const std::int64_t end = state.stable.empty() ? state.end : state.stable.front();
    state_event found;
    found.partition = partition;
    for (const state_record& each : state.records) {
      if (each.offset < next || each.offset >= end) continue;
      next = each.offset + 1;
      state_header_ = {"sinyal_version", each.version};
      state_view_ = {partition, each.offset, 1, each.key, {}, {&state_header_, 1}};
      if (each.value) state_view_.value = *each.value;
      found.what = state_event::kind::record;
      found.offset = each.offset;
      found.record = &state_view_;
      return found;
    }
    next = std::max(next, end);
    if (!state.stable.empty()) state.stable.pop_front();
    // As the real client does, it tells of an end once: a pending transaction looks like silence.
    const auto [told, is_first] = told_end_.try_emplace(partition, end);
    if (!is_first && std::exchange(told->second, end) == end) return found;
    found.what = state_event::kind::end;
    found.offset = end;
    return found;
  }
  void give_up_transaction() {
    in_transaction_ = false;
    staged_.clear();
    offsets_.clear();
  }
  void land() {
    ++commits;
    for (written& each : staged_) {
      if (each.record.to != codec::destination::state) {
        outputs.push_back(std::move(each));
        continue;
      }
      state_partition& state = states[each.partition];
      state.records.push_back({state.end++, each.record.key, each.record.value});
    }
    for (const partition_offset& each : offsets_) {
      demand(each.offset >= group_offsets[each.partition], "committed offsets moved back");
      group_offsets[each.partition] = each.offset;
      ++states[each.partition].end;
    }
    staged_.clear();
    offsets_.clear();
  }

  bool open_ = false, in_transaction_ = false, in_callback_ = false;
  bool dies_ = false;    // after a fatal error, until it is opened again
  bool landed_ = false;  // the cluster has the transaction, the answer was lost
  assignment_observer* observer_ = nullptr;
  std::deque<event> events_;
  std::map<std::int32_t, position> positions_;
  std::map<std::int32_t, std::int64_t> reading_;
  std::map<std::int32_t, std::int64_t> told_end_;
  std::set<std::int32_t> asked_;  // committed offsets were asked for since the assignment
  std::deque<held> held_;
  std::vector<written> staged_;
  std::vector<partition_offset> offsets_;
  int generation_ = 0, polls_ = 0, idle_ = 0;
  std::optional<int> batch_generation_;
  codec::header_view state_header_;
  codec::record_view state_view_;
};

}  // namespace sinyal::test
