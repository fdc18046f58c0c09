#pragma once
// Partitions that are read outside of any group: a client, and one queue that the records of all of
// them come into, committed ones alone. Belongs to one thread.

#include "broker/config.hpp"
#include "broker/kafka/client.hpp"
#include "broker/kafka/handles.hpp"
#include "broker/kafka/prefetch_queue.hpp"
#include "broker/observe/log.hpp"
#include "broker/ports.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace sinyal::kafka {

class partition_reader : private client_owner {
 public:
  /// `ours`: the properties in which one reader differs from another.
  static log_result<std::unique_ptr<partition_reader>> make(const kafka_settings& settings,
                                                            const properties& ours,
                                                            observe::logger& logger);
  /// Stops all.
  ~partition_reader() override;

  /// The offset may be RD_KAFKA_OFFSET_BEGINNING or RD_KAFKA_OFFSET_END.
  log_result<void> start(const std::string& topic, partition_offset from);
  /// Nothing where it was not started.
  void stop(const std::string& topic, std::int32_t partition);

  /// A record, an error, or the end of a partition where `enable.partition.eof` asks for it. Null
  /// when none came within `timeout`, and for one of a partition that was stopped meanwhile.
  message_handle next(std::chrono::milliseconds timeout);

  /// How many a topic has; 0 when `stop` was set before Kafka answered.
  log_result<std::int32_t> partition_count(const std::string& topic, const kafka_settings& settings,
                                           const std::atomic<bool>& stop);

  /// For what else is to be asked: whose the reader is, and a topic's handle, which it keeps.
  rd_kafka_t* client() const { return client_.get(); }
  rd_kafka_topic_t* topic(const std::string& name);

 private:
  explicit partition_reader(observe::logger& logger) : client_owner{logger} {}
  offsets_handle started() const;

  client_handle client_;
  std::map<std::string, topic_handle> topics_;
  queue_handle queue_;
  prefetch_queue prefetched_;
  std::set<std::pair<rd_kafka_topic_t*, std::int32_t>> started_;
};

}  // namespace sinyal::kafka
