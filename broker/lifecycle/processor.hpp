#pragma once
// The lifecycle role: one thread that reads the raw log, decides, and writes signals, state,
// quarantine and offsets in one transaction per batch. All rules that need thought live in machines
// without I/O (transaction, restore, batch_sizer); this shell calls and carries out.

#include "broker/config.hpp"
#include "broker/lifecycle/batch.hpp"
#include "broker/lifecycle/batch_sizer.hpp"
#include "broker/lifecycle/partitions.hpp"
#include "broker/lifecycle/transaction.hpp"
#include "broker/lifecycle/transformer.hpp"
#include "broker/observe/log.hpp"
#include "broker/observe/metrics.hpp"
#include "broker/ports.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <span>

namespace sinyal::lifecycle {

class watchdog;

/// The waits that are not configuration. Tests make them short.
struct processor_waits {
  /// After `fenced` the consumer is polled on for this long, more than three heartbeats: a rival
  /// shows itself as `replaced`, a mere transaction timeout does not.
  std::chrono::milliseconds fenced_watch{10000};
  std::chrono::milliseconds restart_backoff{500};  // and up to as much again, by chance
  std::uint32_t restarts_max = 3;  // within restart_window; one more ends the process
  std::chrono::milliseconds restart_window{std::chrono::minutes{5}};
  std::chrono::milliseconds abort_backoff{100};  // after an abort that may mend; doubled up to
  std::chrono::milliseconds abort_backoff_max{2000};
  std::chrono::milliseconds call_again{20};  // before a call that asked for it
  std::chrono::milliseconds idle_poll{100};  // how fast a request to stop is seen
  std::chrono::milliseconds restore_slice{200};
  std::chrono::milliseconds keep_revoked{std::chrono::minutes{10}};
  std::chrono::milliseconds restore_silence{10000};  // then a restore that waits says so
};

struct processor_settings {
  lifecycle_settings lifecycle;
  std::int32_t partitions = 12;
  /// Embedded broker: the store in memory is the truth, and an abort ends the process.
  bool in_memory = false;
  processor_waits waits;
};

/// Owned by serve; run() belongs to one thread, the others to any.
class processor : private assignment_observer {
 public:
  enum class outcome : std::uint8_t {
    stopped,  // as requested: what was read is committed or not begun
    failed,   // the log says why: the process is to end with exit 1
  };

  processor(processor_settings settings, transformer transformer, lifecycle_log& log,
            observe::metrics& metrics, observe::logger& logger);

  /// Until request_stop() or a failure that starting anew cannot mend.
  outcome run();
  void request_stop();
  /// The group is joined and every assigned partition is restored and being processed.
  bool ready() const { return ready_.load(std::memory_order_relaxed); }

 private:
  using clock = std::chrono::steady_clock;
  using gap = std::pair<std::int64_t, std::int64_t>;  // offsets: wanted, got
  /// Why a session ended; absent: because that was requested.
  using session_end = std::optional<log_failure>;

  void assigned(std::span<const std::int32_t> numbers) override;
  void revoked(std::span<const std::int32_t> numbers, bool lost) override;

  session_end session();
  session_end open();
  session_end cycle();
  session_end collect();
  session_end transact();
  log_result<void> call(transaction::step step);
  session_end settle(const transaction& done, clock::time_point began);
  session_end after_abort(const log_failure& why);
  /// Into the batch, where it is the next one: what the client library delivers a second time is
  /// not taken, and what it skips is read again.
  session_end take(const codec::record_view& record);
  bool is_hole(partition_offset position, std::int64_t found);
  session_end consumer_failed(const log_failure& why);
  bool was_placeholder(const log_failure& why);
  /// Fenced by a rival, or only by a timeout?
  log_failure diagnose(log_failure why);
  bool may_restart();
  bool waits_for_kafka();
  bool stop_requested() const { return stop_.load(std::memory_order_relaxed); }
  /// False where a stop was requested meanwhile.
  bool wait(std::chrono::milliseconds time);
  void refresh();
  void drop_batch();

  processor_settings settings_;
  transformer transformer_;
  lifecycle_log& log_;
  observe::metrics& metrics_;
  observe::logger& logger_;
  partitions partitions_;
  batch batch_;
  batch_sizer sizer_;
  condemned_records condemned_;
  std::map<std::int32_t, gap> gaps_;  // seen before what follows each position
  watchdog* watchdog_ = nullptr;      // of run()
  clock::time_point commit_began_{};
  clock::time_point cycle_began_{};
  clock::time_point reported_{};
  std::chrono::milliseconds abort_backoff_{0};
  bool committed_ = false;  // something, in this session
  std::deque<clock::time_point> restarts_;
  std::minstd_rand chance_{std::random_device{}()};

  std::atomic<bool> stop_{false};
  std::atomic<bool> ready_{false};
  std::mutex stop_mutex_;
  std::condition_variable stopped_;
};

}  // namespace sinyal::lifecycle
