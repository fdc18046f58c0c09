#pragma once
// A state that was lost, folded anew out of the raw log and written into an empty state topic, with
// the very code that processes it; nothing is published. One partition after the other, so that
// memory holds the state of one. Its position record comes last: what has none is refused by
// restore.

#include "broker/lifecycle/fold.hpp"
#include "broker/ports.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

namespace sinyal::lifecycle {

struct rebuild_choices {
  bool to_end = false;            // where the group has no offsets any more: up to the log's end
  bool from_trimmed_log = false;  // knowing that subjects older than the log's start are lost
};

/// What is known of a partition before.
struct rebuild_partition {
  std::optional<std::int64_t> committed;
  offset_range log;
};

/// What to fold of each partition, or the sentence that says why nothing can be.
using rebuild_plan = std::variant<std::vector<offset_range>, std::string>;
rebuild_plan plan_rebuild(std::span<const rebuild_partition> partitions, rebuild_choices choices);

struct rebuild_settings {
  std::int32_t partitions = 12;
  rebuild_choices choices;
  bool dry_run = false;              // everything but folding and writing
  std::size_t chunk_records = 5000;  // of one transaction
  std::size_t chunk_bytes = 8388608;
  std::chrono::milliseconds transaction_timeout{10000};
  std::chrono::milliseconds patience{60000};  // with Kafka, and with a transaction that is open
  std::chrono::milliseconds pause{200};       // before a call is made again
};

/// A partition that is done; with dry_run, what would be.
struct rebuilt {
  std::int32_t partition = 0;
  std::int64_t position = 0;
  std::int64_t notifications = 0;
  std::size_t subjects = 0;
};

class rebuild {
 public:
  struct listener {
    std::function<void(std::int32_t partition, std::int64_t done, std::int64_t of)> progress;
    std::function<void(const rebuilt&)> done;
  };

  rebuild(rebuild_settings settings, transformer transformer, rebuild_log& log, listener tell,
          const std::atomic<bool>& stop);

  /// The failure's message says what to do.
  log_result<void> run();

 private:
  using clock = std::chrono::steady_clock;

  template <class Call>
  auto answered(Call&& call) -> decltype(call());
  log_result<void> group_empty();
  log_result<std::vector<offset_range>> plan();
  log_result<void> state_empty();
  log_result<void> state_empty(std::int32_t partition, std::int64_t end);
  log_result<void> one(std::int32_t partition, offset_range part);
  using taker = std::function<log_result<void>(const codec::record_view& record)>;
  log_result<void> read(rebuild_log::topic of, std::int32_t partition, offset_range part,
                        const taker& take);
  log_result<std::unordered_set<std::int64_t>> given_up(std::int32_t partition);
  log_result<std::int64_t> read_raw(std::int32_t partition, offset_range part);
  log_result<void> write_all(std::int32_t partition, std::int64_t position);
  log_result<void> write(std::int32_t partition, std::span<const codec::outgoing_record> chunk);
  log_result<void> attempt(std::int32_t partition, std::span<const codec::outgoing_record> chunk);
  log_failure interrupted() const;

  rebuild_settings settings_;
  fold fold_;  // of the partition at hand
  rebuild_log& log_;
  listener tell_;
  const std::atomic<bool>& stop_;
  std::vector<std::int32_t> numbers_;
  std::int64_t last_ms_ = 0;
  bool wrote_ = false;  // something may be in the state topic
};

}  // namespace sinyal::lifecycle
