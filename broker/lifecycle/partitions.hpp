#pragma once
// The partitions that the group has given us, each with its state, and those that it took away a
// little while ago. Restores in slices, so that the consumer is polled in between. Belongs to the
// processor's thread.

#include "broker/lifecycle/restore.hpp"
#include "broker/lifecycle/state_store.hpp"
#include "broker/observe/log.hpp"
#include "broker/observe/metrics.hpp"
#include "broker/ports.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace sinyal::lifecycle {

struct partition {
  enum class status : std::uint8_t { restoring, running, stopped };
  using clock = std::chrono::steady_clock;

  partition::status status = status::restoring;
  state_store store;
  lifecycle::restore restore;
  std::int64_t next = 0;     // the raw offset to go on from, once running
  std::int64_t last_ms = 0;  // timestamp of the last record processed
  clock::time_point since;   // of its assignment, then of its revocation
  clock::time_point heard;   // while its state is read: the reader's last word, or ours about it
};

struct partitions_settings {
  std::int32_t count = 12;  // as configured: a record of any other partition has a moved key
  /// The store in memory is the truth (embedded broker): nothing is restored nor checked.
  bool in_memory = false;
  std::chrono::milliseconds keep_revoked{std::chrono::minutes{10}};
  /// While its state is read a partition may be silent for so long before we say what it waits for.
  std::chrono::milliseconds silent_at_most{10000};
};

class partitions {
 public:
  partitions(partitions_settings settings, lifecycle_log& log, observe::metrics& metrics,
             observe::logger& logger);

  void assigned(std::span<const std::int32_t> numbers);
  void revoked(std::span<const std::int32_t> numbers);
  /// After an unknown outcome no state is to be trusted.
  void forget();

  /// Goes on restoring for about this long. A failure is one that ends the session.
  log_result<void> restore_slice(std::chrono::milliseconds budget);
  bool restoring() const;
  /// Joined, and every assigned partition is being processed.
  bool ready() const;

  partition& at(std::int32_t number) { return assigned_.at(number); }
  bool runs(std::int32_t number) const;

  /// It is not processed any more, and we are not ready, until a person has looked.
  void stop(std::int32_t number, const std::string& why);
  void stop_all(const std::string& why);
  /// Lets go of state kept for too long, and sets the gauges.
  void report();

 private:
  log_result<void> unanswered(const log_failure& why, std::span<const std::int32_t> numbers);
  log_result<void> ask_committed();
  log_result<void> ask_watermarks();
  log_result<void> read_states(std::chrono::steady_clock::time_point until);
  log_result<void> check_ranges(partition::clock::time_point until);
  bool belongs(const codec::record_view& record, std::int32_t number) const;
  void apply(const state_event& event);
  void tell_waiting();
  void tell_unanswered(const log_failure& why);
  log_result<void> run(std::int32_t number, partition& at, std::int64_t from);
  std::vector<std::int32_t> in_phase(restore::phase phase) const;
  void report_subjects();

  partitions_settings settings_;
  lifecycle_log& log_;
  observe::metrics& metrics_;
  observe::logger& logger_;
  bool joined_ = false;
  partition::clock::time_point told_unanswered_{};
  std::map<std::int32_t, partition> assigned_;
  std::map<std::int32_t, partition> kept_;
};

}  // namespace sinyal::lifecycle
