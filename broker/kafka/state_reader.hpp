#pragma once
// Reads the partitions of one topic: the state's, or another that is read in the same way. Belongs
// to one thread.

#include "broker/config.hpp"
#include "broker/kafka/partition_reader.hpp"
#include "broker/kafka/records.hpp"
#include "broker/observe/log.hpp"
#include "broker/ports.hpp"

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sinyal::kafka {

class state_reader {
 public:
  static log_result<std::unique_ptr<state_reader>> make(const kafka_settings& settings,
                                                        const std::string& topic,
                                                        observe::logger& logger);

  /// From an offset; 0: from the partition's start.
  log_result<void> start(partition_offset from);
  void stop(std::int32_t partition) { partitions_->stop(topic_, partition); }
  /// A record lives until the next call.
  log_result<state_event> poll(std::chrono::milliseconds timeout);

 private:
  state_reader(std::unique_ptr<partition_reader> partitions, std::string topic,
               observe::logger& logger)
      : partitions_{std::move(partitions)}, topic_{std::move(topic)}, logger_{logger} {}
  log_result<state_event> failed(const rd_kafka_message_t& message);

  std::unique_ptr<partition_reader> partitions_;
  std::string topic_;
  observe::logger& logger_;
  held_records held_;  // goes before the client that owns its messages
};

/// The ends of the state partitions, as ask_ranges() tells them.
log_result<std::vector<std::int64_t>> ask_state_ends(const kafka_settings& settings,
                                                     std::span<const std::int32_t> partitions,
                                                     observe::logger& logger);

}  // namespace sinyal::kafka
