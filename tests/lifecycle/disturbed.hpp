#pragma once
// A session of the loop on a small world that is disturbed somewhere, and what must hold after it,
// wherever and however that was.

#include "tests/lifecycle/bench.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sinyal::test {

/// What nobody would have written without the disturbance: signals of one partition, in order.
using published = std::vector<std::string>;

class disturbed_session {
 public:
  static constexpr int in_all = 16;  // records, in two partitions, of six subjects
  static constexpr int before = 4;   // of them, processed in an earlier life

  disturbed_session() {
    at_.settings.lifecycle.batch_records_max = 5;
    at_.settings.lifecycle.transaction_timeout_ms = 10000;
    at_.settings.waits.fenced_watch = 1ms;
    at_.settings.waits.restart_backoff = 0ms;
    at_.settings.waits.abort_backoff = 0ms;
    at_.settings.waits.abort_backoff_max = 0ms;
    at_.settings.waits.call_again = 0ms;
    at_.settings.waits.restore_slice = 100ms;
    at_.fill(in_all);
    for (const std::int32_t partition : {0, 1}) {
      others_process(partition, before / 2);
      // The markers of that are still being written.
      const std::int64_t end = log().states[partition].end;
      log().states[partition].stable = {0, end / 2};
    }
  }

  fake_lifecycle_log& log() { return at_.log; }
  lifecycle::processor_settings& settings() { return at_.settings; }
  bool ready() const { return ready_; }
  bool told(std::string_view what) const { return at_.told.says(what); }

  /// Until all is done and nothing more comes, or for as many calls as `patience`.
  lifecycle::processor::outcome run(int patience) {
    log().on_idle = [this, quiet = 0](int) mutable {
      quiet = done() && at_.subject->ready() ? quiet + 1 : 0;
      if (quiet == 3) stop();
    };
    const auto inner = log().on_step;
    log().on_step = [this, inner, patience](int step) {
      if (inner) inner(step);
      if (step >= patience) stop();
    };
    at_.subject = std::make_unique<lifecycle::processor>(settings(), make_transformer(), log(),
                                                         metrics(), at_.logger);
    return at_.subject->run();
  }

  bool done() { return done(0) && done(1); }
  bool done(std::int32_t partition) {
    return log().group_offsets[partition] == log().end_of(partition);
  }

  /// Another member of the group takes the partition's next records through a transaction.
  void others_process(std::int32_t partition, int count) {
    for (; count > 0 && !done(partition); --count) {
      const std::int64_t offset = log().group_offsets[partition];
      const auto& raw = log().raws[partition][static_cast<std::size_t>(offset)];
      const codec::record_view view{partition, offset, raw.timestamp_ms, raw.key, raw.value, {}};
      std::vector<written> records;
      for (auto& each : count_up(view, log().state_of(partition, raw.key)).records) {
        records.push_back({partition, std::move(each)});
      }
      const bool is_new = !log().state_of(partition, raw.key);
      const std::size_t subjects = log().subjects_of(partition) + (is_new ? 1 : 0);
      records.push_back({partition, lifecycle::position_record({partition, offset, 1}, subjects)});
      log().land(records, {{partition, offset + 1}});
    }
  }

  /// Empty, or what is wrong with what is visible: that must be what an undisturbed run makes of
  /// the records up to the committed offset, and the state that belongs to it.
  std::string broken_rule() {
    for (const std::int32_t partition : {0, 1}) {
      const std::int64_t offset = log().group_offsets[partition];
      std::map<std::string, std::string> state;
      const published expected = undisturbed(partition, offset, state);
      if (visible(partition) != expected) return "signals lost, doubled or out of order";
      state["position"] = lifecycle::encode_position(offset);
      for (const auto& [key, value] : state) {
        if (log().state_of(partition, key) != value) return "the state of " + key + " is wrong";
      }
    }
    return {};
  }

 private:
  static observe::metrics& metrics() {
    static observe::metrics shared;  // making one takes longer than a session
    return shared;
  }
  void stop() {
    ready_ = at_.subject->ready();
    at_.subject->request_stop();
  }
  static std::string line(const codec::outgoing_record& record) {
    return record.key + " " + *record.value + " " +
           std::string{*record.headers.find("sinyal_cause")};
  }
  published visible(std::int32_t partition) {
    published lines;
    for (const written& each : log().outputs) {
      if (each.partition == partition) lines.push_back(line(each.record));
    }
    return lines;
  }
  published undisturbed(std::int32_t partition, std::int64_t until,
                        std::map<std::string, std::string>& state) {
    published lines;
    for (std::int64_t offset = 0; offset < until; ++offset) {
      const auto& raw = log().raws[partition][static_cast<std::size_t>(offset)];
      const codec::record_view view{partition, offset, raw.timestamp_ms, raw.key, raw.value, {}};
      const auto known = state.find(raw.key);
      const auto made = known == state.end() ? count_up(view, {}) : count_up(view, known->second);
      lines.push_back(line(made.records[0]));
      state[raw.key] = *made.state();
    }
    return lines;
  }

  bench at_;
  bool ready_ = false;
};

}  // namespace sinyal::test
