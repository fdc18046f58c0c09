#include "broker/kafka/transaction_producer.hpp"

#include "broker/kafka/errors.hpp"
#include "broker/kafka/names.hpp"
#include "broker/kafka/records.hpp"

#include <algorithm>
#include <utility>

namespace sinyal::kafka {

namespace {

constexpr int call_ms = static_cast<int>(lifecycle_log::call_timeout.count());
// A batch is bounded by its records and bytes in; what comes out of it is a few times that.
constexpr int queue_records_max = 500000;
constexpr int queue_kbytes_max = 262144;

bool tells_what_failed(rd_kafka_resp_err_t code) {
  return code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR__PURGE_QUEUE &&
         code != RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
}

}  // namespace

log_result<std::unique_ptr<transaction_producer>> transaction_producer::make(
    const kafka_settings& settings, const lifecycle_settings& lifecycle,
    const std::string& transactional_id, observe::logger& logger, last_answer* heard) {
  std::unique_ptr<transaction_producer> made{new transaction_producer{logger}};
  const auto message_timeout_ms =
      std::min(settings.message_timeout_ms, lifecycle.transaction_timeout_ms);
  auto conf = make_conf(
      settings, *made,
      {{"client.id", ("sinyal-" + lifecycle.instance).substr(0, 64)},
       {"transactional.id", transactional_id},
       {"transaction.timeout.ms", std::to_string(lifecycle.transaction_timeout_ms)},
       {"message.timeout.ms", std::to_string(message_timeout_ms)},
       {"message.max.bytes", std::to_string(settings.record_bytes_max)},
       {"queue.buffering.max.messages", std::to_string(queue_records_max)},
       {"queue.buffering.max.kbytes", std::to_string(queue_kbytes_max)},
       // While the broker still writes the last transaction's markers it answers
       // CONCURRENT_TRANSACTIONS, and librdkafka sleeps for this long: 100 would be its default.
       {"retry.backoff.ms", "10"},
       {"delivery.report.only.error", "true"}});
  if (!conf) return conf.error();
  if (auto noted = note_answers(conf->get(), heard); !noted) return noted.error();
  rd_kafka_conf_set_dr_msg_cb(conf->get(), on_delivery);
  auto client = make_client(RD_KAFKA_PRODUCER, std::move(*conf));
  if (!client) return client.error();
  made->client_ = std::move(*client);
  made->name_ = transactional_id;
  made->open_topics(settings.topic_prefix);
  return made;
}

transaction_producer::~transaction_producer() {
  // What an unfinished transaction still holds is not sent any more: nobody may see it.
  if (client_) {
    rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                      RD_KAFKA_PURGE_F_NON_BLOCKING);
  }
}

void transaction_producer::open_topics(const std::string& prefix) {
  for (std::size_t i = 0; i < core::signal_count; ++i) {
    signals_[i] = open_topic(client_.get(), signal_topic(prefix, static_cast<core::signal>(i)));
  }
  state_ = open_topic(client_.get(), state_topic(prefix));
  quarantine_ = open_topic(client_.get(), quarantine_topic(prefix));
}

rd_kafka_topic_t* transaction_producer::topic_of(const codec::outgoing_record& record) const {
  switch (record.to) {
    case codec::destination::signal:
      return signals_[static_cast<std::size_t>(record.signal)].get();
    case codec::destination::state:
      return state_.get();
    case codec::destination::quarantine:
      break;
  }
  return quarantine_.get();
}

log_result<void> transaction_producer::init() {
  return checked(client_.get(), rd_kafka_init_transactions(client_.get(), call_ms),
                 "init_transactions of " + name_);
}

log_result<void> transaction_producer::begin() {
  undelivered_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  rd_kafka_poll(client_.get(), 0);
  return checked(client_.get(), rd_kafka_begin_transaction(client_.get()), "begin_transaction");
}

log_result<void> transaction_producer::write(const codec::outgoing_record& record,
                                             std::int32_t partition,
                                             const rd_kafka_consumer_group_metadata_t* group) {
  headers_handle headers = make_headers(record.headers);
  char* const value = record.value ? const_cast<char*>(record.value->data()) : nullptr;
  const std::size_t size = record.value ? record.value->size() : 0;
  const rd_kafka_resp_err_t code = rd_kafka_producev(
      client_.get(), RD_KAFKA_V_RKT(topic_of(record)), RD_KAFKA_V_PARTITION(partition),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_KEY(record.key.data(), record.key.size()), RD_KAFKA_V_VALUE(value, size),
      RD_KAFKA_V_TIMESTAMP(record.timestamp_ms), RD_KAFKA_V_HEADERS(headers.get()), RD_KAFKA_V_END);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    static_cast<void>(headers.release());  // they are the record's now
    return {};
  }
  log_failure why = cause(code, group);
  why.partition = partition;
  return why;
}

/// A transaction that has failed in the background refuses records, and offsets that were on their
/// way, with `_STATE` alone. What failed is told by a delivery report, or by any further call of
/// the transaction.
log_failure transaction_producer::cause(rd_kafka_resp_err_t code,
                                        const rd_kafka_consumer_group_metadata_t* group) {
  constexpr std::string_view doing = "write in a transaction";
  if (code != RD_KAFKA_RESP_ERR__STATE) return failure_of(client_.get(), code, doing);
  rd_kafka_poll(client_.get(), 0);
  if (undelivered_ != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return failure_of(client_.get(), undelivered_, doing);
  }
  const offsets_handle none{rd_kafka_topic_partition_list_new(1)};
  rd_kafka_topic_partition_list_add(none.get(), rd_kafka_topic_name(state_.get()), 0)->offset = 0;
  if (group != nullptr) {
    const error_handle error{
        rd_kafka_send_offsets_to_transaction(client_.get(), none.get(), group, 0)};
    if (error) return failure_of(client_.get(), error.get(), doing);
  }
  return failure_of(client_.get(), code, doing);
}

log_result<void> transaction_producer::send_offsets(
    const rd_kafka_topic_partition_list_t* offsets,
    const rd_kafka_consumer_group_metadata_t* group) {
  const error_handle error{
      rd_kafka_send_offsets_to_transaction(client_.get(), offsets, group, call_ms)};
  if (!error) return {};
  // The transaction has failed while this call was on its way.
  const rd_kafka_resp_err_t code = rd_kafka_error_code(error.get());
  if (code == RD_KAFKA_RESP_ERR__STATE) return cause(code, group);
  return failure_of(client_.get(), error.get(), "send_offsets_to_transaction");
}

log_result<void> transaction_producer::commit() {
  return checked(client_.get(), rd_kafka_commit_transaction(client_.get(), call_ms),
                 "commit_transaction");
}

log_result<void> transaction_producer::abort() {
  return checked(client_.get(), rd_kafka_abort_transaction(client_.get(), call_ms),
                 "abort_transaction");
}

void transaction_producer::on_delivery(rd_kafka_t*, const rd_kafka_message_t* message,
                                       void* opaque) {
  auto* self = static_cast<transaction_producer*>(static_cast<client_owner*>(opaque));
  if (self->undelivered_ != RD_KAFKA_RESP_ERR_NO_ERROR || !tells_what_failed(message->err)) return;
  self->undelivered_ = message->err;
  self->logger().warning("record not delivered", {{"topic", rd_kafka_topic_name(message->rkt)},
                                                  {"partition", message->partition},
                                                  {"error", rd_kafka_err2name(message->err)}});
}

}  // namespace sinyal::kafka
