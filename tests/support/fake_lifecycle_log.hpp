#pragma once
// A strict stand-in for the transactional log: it works on a small world, fails where a test tells
// it to, and throws on any use that the real one would punish later, or never.

#include "broker/ports.hpp"
#include "tests/support/fault.hpp"
#include "tests/support/lifecycle_world.hpp"

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
#include <thread>
#include <utility>
#include <vector>

namespace sinyal::test {

class fake_lifecycle_log final : public lifecycle_log, public lifecycle_world {
 public:
  // What the test wants.
  std::vector<fault> faults;
  std::vector<std::int32_t> assignment{0, 1};
  int joining = 0;       // polls of a session before the group answers it
  bool restores = true;  // false: the user keeps its state in memory and asks for none
  /// Called when a poll has nothing to give, with the number of such polls so far.
  std::function<void(int idle)> on_idle;
  /// Called before each poll gives something: rebalances and the like.
  std::function<void()> before_poll;
  /// Called before every call that can fail, with the number of such calls so far.
  std::function<void(int step)> on_step;
  /// What no topic takes, however often it is tried.
  std::function<bool(const codec::outgoing_record&)> refuses;
  // What happened.
  int opens = 0, closes = 0, steps = 0;
  std::vector<std::string> calls;    // those of a restore
  std::map<std::string, int> asked;  // each call that can fail, and how often

  /// At the next poll the group takes everything, and gives these again. Until then this member
  /// does not know that its generation is over. `meanwhile`: what others do in between.
  void rebalance(std::vector<std::int32_t> next, bool lost = false,
                 std::function<void()> meanwhile = {}) {
    ++group_generation_;
    events_.push_back({false, lost, {}, std::move(meanwhile)});
    events_.push_back({true, false, std::move(next), {}});
  }

  /// The client reads on from somewhere that nobody asked for.
  void slip(partition_offset to) { position_of(to.partition).next = to.offset; }
  log_result<void> open(assignment_observer& observer) override {
    demand(!open_ && !spoilt_, "open twice");
    if (auto failure = fails("open")) {
      spoilt_ = failure->what != failure_class::retriable;
      return *failure;
    }
    ++opens;
    open_ = true;
    dead_ = false;
    observer_ = &observer;
    unanswered_ = joining;
    events_.clear();
    events_.push_back({true, false, assignment, {}});
    return {};
  }
  void close() override {
    demand(!in_callback_, "close in a callback");
    ++closes;
    spoilt_ = false;
    if (!open_) return;
    open_ = false;
    give_up_transaction();
    reading_.clear();
    read_to_.clear();
    drop_records();
    // A consumer that has failed for good is destroyed without giving anything back.
    if (!positions_.empty() && !(dead_ && consumer_failed_)) revoke(false);
    positions_.clear();
  }

  log_result<const codec::record_view*> poll(std::chrono::milliseconds timeout) override {
    demand((open_ || spoilt_) && !in_callback_, "poll of a closed log");
    demand(state_ == transaction_state::none, "poll in a transaction");
    demand(++polls_ < 200000, "polled for ever");
    if (before_poll) before_poll();
    if (dead_) std::this_thread::sleep_for(timeout);
    if (auto failure = fails("poll")) {
      // A client that could not read at its placeholder does not seek from there.
      const auto at = positions_.find(failure->partition.value_or(-1));
      if (at != positions_.end() && at->second.paused) at->second.seeks = false;
      return *failure;
    }
    if (unanswered_-- > 0) return nullptr;
    while (!events_.empty()) serve_event();
    for (auto& [partition, at] : positions_) {
      if (dead_ || at.paused || past_holes(partition, at.next) >= end_of(partition)) continue;
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
    demand_alive();
    position& at = position_of(from.partition);
    demand(at.paused, "resume of a running partition");
    if (restores) {
      demand(whole_.contains(from.partition), "resume before the state was read to its end");
      demand(is_over() || from.offset == position_of_state(from.partition),
             "resume where nobody has stopped");
    }
    if (dead_ = !at.seeks; dead_) return cannot_seek;
    if (auto failure = fails("resume")) return *failure;
    at = {from.offset, false};
    return {};
  }
  log_result<void> pause(std::int32_t partition) override {
    position_of(partition).paused = true;
    return {};
  }
  log_result<void> seek(std::span<const partition_offset> to) override {
    demand_alive();
    demand(state_ == transaction_state::none, "seek in a transaction");
    if (auto failure = fails("seek")) return *failure;
    for (const partition_offset& each : to) position_of(each.partition).next = each.offset;
    return {};
  }

  log_result<std::vector<std::optional<std::int64_t>>> committed(
      std::span<const std::int32_t> partitions) override {
    calls.push_back("committed");
    demand_alive();
    if (auto failure = fails("committed")) return *failure;
    std::vector<std::optional<std::int64_t>> offsets;
    for (const std::int32_t each : partitions) {
      const auto at = group_offsets.find(each);
      offsets.push_back(at == group_offsets.end() ? std::nullopt : std::optional{at->second});
      told_.insert(each);
    }
    return offsets;
  }
  log_result<std::vector<std::int64_t>> state_ends(
      std::span<const std::int32_t> partitions) override {
    calls.push_back("state_ends");
    demand_alive();
    for (const std::int32_t each : partitions) {
      demand(told_.contains(each), "watermark before the committed offset");
    }
    if (auto failure = fails("state_ends")) return *failure;
    std::vector<std::int64_t> ends;
    for (const std::int32_t each : partitions) {
      ends.push_back(states[each].end);
      if (read_to_[each] >= ends.back()) whole_.insert(each);
    }
    return ends;
  }
  log_result<offset_range> raw_range(std::int32_t partition) override {
    demand_alive();
    if (auto failure = fails("raw_range")) return *failure;
    return offset_range{log_start[partition], end_of(partition)};
  }
  std::optional<std::int64_t> known_raw_end(std::int32_t partition) override {
    return end_of(partition);
  }

  log_result<void> start_state(partition_offset from) override {
    calls.push_back("start_state " + std::to_string(from.offset));
    demand_alive();
    demand(from.offset <= read_to_[from.partition], "state read from beyond what is known");
    demand(!reading_.contains(from.partition), "state read twice at once");
    if (auto failure = fails("start_state")) return *failure;
    reading_.emplace(from.partition, from.offset);
    told_end.erase(from.partition);
    return {};
  }
  log_result<state_event> poll_state(std::chrono::milliseconds) override {
    demand_alive();
    if (auto failure = fails("poll_state")) return *failure;
    if (reading_.empty()) return state_event{};
    auto& [partition, next] = *reading_.begin();
    const state_event found = read_state(partition, next);
    reads_to(partition, next);
    return found;
  }
  void stop_state(std::int32_t partition) override { reading_.erase(partition); }

  log_result<void> begin() override {
    demand_alive();
    demand(state_ == transaction_state::none, "begin in a transaction");
    demand(batch_generation_.has_value(), "a transaction without a batch");
    if (auto failure = fails("begin")) {
      spoils(*failure, transaction_state::none);
      return *failure;
    }
    state_ = transaction_state::open;
    return {};
  }
  log_result<void> write(const codec::outgoing_record& record, std::int32_t partition) override {
    demand_alive();
    demand(state_ == transaction_state::open, "write outside of a sound transaction");
    demand(offsets_.empty(), "write after the offsets");
    demand(holds(partition), "write to a partition of no record in hand");
    auto failure = fails("write");
    if (!failure && refuses && refuses(record)) {
      failure = log_failure{failure_class::record, "MSG_SIZE_TOO_LARGE", "too large", partition};
    }
    if (failure) {
      // Whatever it was, a transaction that lacks a record is only to be aborted.
      spoils(*failure, transaction_state::spoilt);
      return *failure;
    }
    staged_.push_back({partition, record});
    return {};
  }
  log_result<void> send_offsets(std::span<const partition_offset> next) override {
    demand_alive();
    demand(state_ == transaction_state::open, "offsets outside of a sound transaction");
    demand(batch_generation_.has_value(), "offsets without a batch");
    demand(*batch_generation_ == generation_, "offsets of an older generation");
    for (const partition_offset& each : next) {
      demand(holds(each.partition, each.offset - 1), "offsets that no record in hand ends at");
    }
    auto failure = fails("send_offsets");
    if (!failure && is_over()) {
      failure = log_failure{failure_class::abortable, "ILLEGAL_GENERATION", "the group is on"};
    }
    if (failure) {
      spoils(*failure, transaction_state::open);
      return *failure;
    }
    offsets_.assign(next.begin(), next.end());
    return {};
  }
  log_result<void> commit() override {
    demand_alive();
    demand(state_ == transaction_state::open || state_ == transaction_state::committing,
           "commit of a transaction that is to be aborted");
    demand(landed_ || !offsets_.empty(), "commit without offsets");
    bool lands = false;
    const auto failure = fails("commit", &lands);
    if ((!failure || lands) && !landed_) {
      land(staged_, offsets_);
      landed_ = true;
    }
    if (failure) {
      spoils(*failure, transaction_state::committing);
      return *failure;
    }
    give_up_transaction();
    return {};
  }
  log_result<void> abort() override {
    demand_alive();
    demand(state_ != transaction_state::none && state_ != transaction_state::committing,
           "abort of what is not open, or perhaps committed");
    if (auto failure = fails("abort")) {
      spoils(*failure, transaction_state::aborting);
      return *failure;
    }
    lifecycle_world::abort(staged_);
    give_up_transaction();
    return {};
  }
  std::string rival() override { return "client id other, host elsewhere"; }
  bool answers() override { return true; }
  bool up() const override { return true; }

 private:
  struct event {
    bool assign = false, lost = false;
    std::vector<std::int32_t> partitions;
    std::function<void()> meanwhile;
  };
  struct position {
    std::int64_t next = 0;
    bool paused = true, seeks = true;
  };
  struct held {
    raw record;
    codec::record_view view;
  };
  enum class transaction_state : std::uint8_t { none, open, spoilt, committing, aborting };

  static void demand(bool holds, const char* what) {
    if (!holds) throw std::logic_error{what};
  }
  void demand_alive() const {
    demand(open_ && !in_callback_, "a call to a closed log, or in a callback");
    demand(!dead_, "a call after a fatal error");
  }
  /// The group has gone on, and this member does not know it yet.
  bool is_over() const { return generation_ != group_generation_; }
  position& position_of(std::int32_t partition) {
    const auto at = positions_.find(partition);
    demand(at != positions_.end(), "a partition that is not ours");
    return at->second;
  }
  bool holds(std::int32_t partition, std::optional<std::int64_t> offset = {}) const {
    return std::any_of(held_.begin(), held_.end(), [&](const held& each) {
      return each.view.partition == partition && (!offset || each.view.offset == *offset);
    });
  }
  std::optional<log_failure> fails(const std::string& call, bool* lands = nullptr) {
    ++asked[call];
    if (on_step) on_step(steps);
    ++steps;
    const fault* const met = due(faults, call);
    if (met == nullptr) return std::nullopt;
    if (lands != nullptr) *lands = met->lands;
    const auto what = met->failure.what;
    dead_ = dead_ || what == failure_class::fatal || what == failure_class::fenced ||
            what == failure_class::replaced;
    consumer_failed_ = dead_ && call == "poll";
    return met->failure;
  }
  /// What a transaction may still do after a failed call; `retried`: where the same is to be called
  /// again. With the producer the transaction dies.
  void spoils(const log_failure& failure, transaction_state retried) {
    if (dead_) return give_up_transaction();
    state_ = failure.what == failure_class::retriable ? retried : transaction_state::spoilt;
  }
  void give_up_transaction() {
    state_ = transaction_state::none;
    landed_ = false;
    staged_.clear();
    offsets_.clear();
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
    if (!next.assign) {
      if (!positions_.empty()) revoke(next.lost);
      if (next.meanwhile) next.meanwhile();
      return;
    }
    generation_ = group_generation_;
    in_callback_ = true;
    observer_->assigned(next.partitions);
    in_callback_ = false;
    demand(held_.empty(), "records in hand across an assignment");
    told_.clear();
    whole_.clear();
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
  void reads_to(std::int32_t partition, std::int64_t next) {
    std::int64_t& known = read_to_[partition];
    known = std::max(known, next);
    if (known >= states[partition].end) whole_.insert(partition);
  }

  bool open_ = false, in_callback_ = false, consumer_failed_ = false;
  bool spoilt_ = false;  // open() failed for good: to be closed
  bool dead_ = false;    // after a fatal error, until it is opened again
  bool landed_ = false;  // the cluster has the transaction, the answer was lost
  transaction_state state_ = transaction_state::none;
  assignment_observer* observer_ = nullptr;
  std::deque<event> events_;
  std::map<std::int32_t, position> positions_;
  std::map<std::int32_t, std::int64_t> reading_;
  std::set<std::int32_t> told_;   // committed offsets were asked for since the assignment
  std::set<std::int32_t> whole_;  // and the state was read to its end since then
  std::map<std::int32_t, std::int64_t> read_to_;
  std::deque<held> held_;
  std::vector<written> staged_;
  std::vector<partition_offset> offsets_;
  int generation_ = 0, group_generation_ = 1, polls_ = 0, idle_ = 0, unanswered_ = 0;
  std::optional<int> batch_generation_;
};

}  // namespace sinyal::test
