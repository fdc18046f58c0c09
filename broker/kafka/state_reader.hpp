#pragma once
// Reads state partitions, committed records alone, outside of any group. Used by lifecycle's thread
// alone.

#include "broker/config.hpp"
#include "broker/kafka/client.hpp"
#include "broker/kafka/handles.hpp"
#include "broker/kafka/prefetch_queue.hpp"
#include "broker/kafka/records.hpp"
#include "broker/ports.hpp"

#include <chrono>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace sinyal::kafka {

class state_reader : private client_owner {
 public:
  /// Of the state topic, or of another that is read in the same way.
  static log_result<std::unique_ptr<state_reader>> make(const kafka_settings& settings,
                                                        const std::string& topic,
                                                        observe::logger& logger);
  ~state_reader() override;

  log_result<void> start(partition_offset from);
  void stop(std::int32_t partition);
  log_result<state_event> poll(std::chrono::milliseconds timeout);

 private:
  explicit state_reader(observe::logger& logger) : client_owner{logger} {}
  log_result<state_event> failed(const rd_kafka_message_t& message);

  std::string name() const;
  offsets_handle partitions() const;

  client_handle client_;
  topic_handle topic_;
  queue_handle queue_;
  prefetch_queue prefetched_;
  std::set<std::int32_t> reading_;
  held_records held_;
};

/// The ends of the state partitions with all that is not committed yet, asked through a fresh
/// read_uncommitted handle: a read_committed one answers with the last stable offset, and an old
/// one perhaps with what it has heard before.
log_result<std::vector<std::int64_t>> ask_state_ends(const kafka_settings& settings,
                                                     std::span<const std::int32_t> partitions,
                                                     observe::logger& logger);

}  // namespace sinyal::kafka
