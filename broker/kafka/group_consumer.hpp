#pragma once
// The raw log as a member of the group reads it. Used by lifecycle's thread alone; the rebalance
// callback runs within poll() and close().

#include "broker/config.hpp"
#include "broker/kafka/client.hpp"
#include "broker/kafka/handles.hpp"
#include "broker/kafka/last_answer.hpp"
#include "broker/kafka/prefetch_queue.hpp"
#include "broker/kafka/records.hpp"
#include "broker/ports.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sinyal::kafka {

class group_consumer : private client_owner {
 public:
  /// `heard`, where given, outlives it.
  static log_result<std::unique_ptr<group_consumer>> make(const kafka_settings& settings,
                                                          const lifecycle_settings& lifecycle,
                                                          bool embedded, observe::logger& logger,
                                                          last_answer* heard = nullptr);
  ~group_consumer() override;

  log_result<void> subscribe(assignment_observer& observer);
  /// Leaves poll() behind; the observer is told of what is revoked, unless the client had failed.
  void close();

  log_result<const codec::record_view*> poll(std::chrono::milliseconds timeout);
  void drop_records();
  /// The group as it was when the first record in hand was polled; null when none is.
  const rd_kafka_consumer_group_metadata_t* group() const { return group_.get(); }
  bool assignment_lost() const { return rd_kafka_assignment_lost(client_.get()) != 0; }

  log_result<void> seek(std::span<const partition_offset> to);
  log_result<void> resume(std::int32_t partition);
  log_result<void> pause(std::int32_t partition);
  log_result<std::vector<std::optional<std::int64_t>>> committed(
      std::span<const std::int32_t> partitions);
  log_result<offset_range> range(std::int32_t partition);
  std::optional<std::int64_t> known_end(std::int32_t partition);
  /// Without a transaction, for the embedded broker, whose transactions lose offsets.
  void commit_plainly(const rd_kafka_topic_partition_list_t* offsets);

  offsets_handle list(std::span<const partition_offset> offsets) const;

 private:
  explicit group_consumer(observe::logger& logger) : client_owner{logger} {}
  static void on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t code,
                           rd_kafka_topic_partition_list_t* partitions, void* opaque);
  void assigned(rd_kafka_topic_partition_list_t* partitions);
  void revoked(const rd_kafka_topic_partition_list_t* partitions);
  log_result<const codec::record_view*> failed(const rd_kafka_message_t& message);
  log_result<const codec::record_view*> nothing();

  std::string topic_;
  std::string group_id_;
  assignment_observer* observer_ = nullptr;
  client_handle client_;
  prefetch_queue queue_;
  bool closed_ = false;
  held_records held_;  // goes before the client that owns its messages
  group_metadata_handle group_;
};

}  // namespace sinyal::kafka
