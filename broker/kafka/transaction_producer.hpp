#pragma once
// One of the two transactional producers that take turns. Used by lifecycle's thread alone; its
// callbacks run within its own calls.

#include "broker/config.hpp"
#include "broker/kafka/client.hpp"
#include "broker/kafka/handles.hpp"
#include "broker/kafka/last_answer.hpp"
#include "broker/ports.hpp"

#include <array>
#include <memory>
#include <string>

namespace sinyal::kafka {

class transaction_producer : private client_owner {
 public:
  /// `heard`, where given, outlives it.
  static log_result<std::unique_ptr<transaction_producer>> make(const kafka_settings& settings,
                                                                const lifecycle_settings& lifecycle,
                                                                const std::string& transactional_id,
                                                                observe::logger& logger,
                                                                last_answer* heard = nullptr);
  ~transaction_producer() override;

  /// Returns when this id's old transaction has ended; `retriable` where that takes longer.
  log_result<void> init();
  log_result<void> begin();
  /// `group`: of the batch's first record; it serves to ask for the cause of a failed transaction.
  log_result<void> write(const codec::outgoing_record& record, std::int32_t partition,
                         const rd_kafka_consumer_group_metadata_t* group);
  log_result<void> send_offsets(const rd_kafka_topic_partition_list_t* offsets,
                                const rd_kafka_consumer_group_metadata_t* group);
  log_result<void> commit();
  log_result<void> abort();

 private:
  explicit transaction_producer(observe::logger& logger) : client_owner{logger} {}
  void open_topics(const std::string& prefix);
  rd_kafka_topic_t* topic_of(const codec::outgoing_record& record) const;
  log_failure cause(rd_kafka_resp_err_t code, const rd_kafka_consumer_group_metadata_t* group);
  static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque);

  std::string name_;  // its transactional.id
  client_handle client_;
  std::array<topic_handle, core::signal_count> signals_;
  topic_handle state_;
  topic_handle quarantine_;
  rd_kafka_resp_err_t undelivered_ = RD_KAFKA_RESP_ERR_NO_ERROR;  // the first of this transaction
};

}  // namespace sinyal::kafka
