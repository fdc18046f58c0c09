#pragma once
// Reads partitions from an offset to another, outside of any group, committed records alone: what
// `trace` and `verify` look at. Belongs to one thread.

#include "broker/codec/record.hpp"
#include "broker/config.hpp"
#include "broker/kafka/partition_ranges.hpp"
#include "broker/kafka/partition_reader.hpp"
#include "broker/observe/log.hpp"
#include "broker/ports.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace sinyal::kafka {

struct stretch {
  topic_partition of;
  offset_range part;
};

class stretch_reader {
 public:
  /// Settings and logger outlive it.
  static log_result<std::unique_ptr<stretch_reader>> make(const kafka_settings& settings,
                                                          observe::logger& logger);

  /// How many a topic has; 0 when `stop` was set before Kafka answered.
  log_result<std::int32_t> partition_count(const std::string& topic,
                                           const std::atomic<bool>& stop) {
    return partitions_->partition_count(topic, settings_, stop);
  }

  /// Calls `each(index of the stretch, record)` for every record of all of them, side by side,
  /// those of one in order, until `stop` is set or `each` returns false. Waits for transactions
  /// that are open, and for a Kafka that is silent, as long as kafka.start_timeout_ms. An error
  /// says what could not be read and why.
  log_result<void> read(
      std::span<const stretch> all,
      const std::function<bool(std::size_t index, const codec::record_view& record)>& each,
      const std::atomic<bool>& stop);

 private:
  stretch_reader(const kafka_settings& settings, std::unique_ptr<partition_reader> partitions)
      : settings_{settings}, partitions_{std::move(partitions)} {}

  const kafka_settings& settings_;
  std::unique_ptr<partition_reader> partitions_;
};

}  // namespace sinyal::kafka
