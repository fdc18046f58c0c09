#include "dead_letters.hpp"

#include <array>
#include <string>
#include <utility>

namespace sinyal::detail {
namespace {

constexpr std::string_view error_prefix = "__connect.errors.";
constexpr std::string_view attempts_name = "sinyal_attempts";
constexpr const char* message_timeout_ms = "10000";
// The most that librdkafka knows: what may be too large is the topic's to say.
constexpr const char* message_bytes_max = "1000000000";
constexpr int flush_ms = 10'000;  // as long as a message may take

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  const std::unique_ptr<std::shared_ptr<delivery>> told{
      static_cast<std::shared_ptr<delivery>*>(message->_private)};
  (*told)->finished = true;
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    (*told)->failure = rd_kafka_err2str(message->err);
  }
}

void add(rd_kafka_headers_t* headers, std::string_view name, std::string_view value) {
  rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                      static_cast<ssize_t>(value.size()));
}

}  // namespace

dead_letters::dead_letters(const settings& settings)
    : topic_{settings.dead_letter_topic.empty()
                 ? settings.topic_prefix + "." + settings.group + ".dead-letters"
                 : settings.dead_letter_topic},
      group_{settings.group} {
  conf_handle conf = make_conf(settings, {{"enable.idempotence", "true"},
                                          {"partitioner", "murmur2_random"},
                                          {"linger.ms", "0"},
                                          {"message.max.bytes", message_bytes_max},
                                          {"message.timeout.ms", message_timeout_ms}});
  rd_kafka_conf_set_dr_msg_cb(conf.get(), on_delivery);
  client_ = make_client(RD_KAFKA_PRODUCER, std::move(conf));
}

dead_letters::~dead_letters() {
  rd_kafka_flush(client_.get(), flush_ms);
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(client_.get(), flush_ms);  // the reports of what was purged
}

/// The record's own headers, less those of an earlier dead letter that it was made from.
headers_handle dead_letters::headers_of(const record& record, const dead_letter_cause& cause,
                                        int attempts) const {
  headers_handle headers{rd_kafka_headers_new(record.headers.size() + 10)};
  for (const header& each : record.headers) {
    if (each.name.starts_with(error_prefix) || each.name == attempts_name) continue;
    add(headers.get(), each.name, each.value);
  }
  const auto error = [&](std::string_view name, std::string_view value) {
    add(headers.get(), std::string{error_prefix}.append(name), value);
  };
  error("topic", record.topic);
  error("partition", std::to_string(record.partition));
  error("offset", std::to_string(record.offset));
  error("connector.name", group_);
  error("task.id", "0");
  error("stage", cause.stage);
  error("class.name", "sinyal::subscriber");
  error("exception.class.name", cause.exception);
  error("exception.message", cause.message);
  add(headers.get(), attempts_name, std::to_string(attempts));
  return headers;
}

std::shared_ptr<delivery> dead_letters::send(const record& record, const dead_letter_cause& cause,
                                             int attempts) {
  auto told = std::make_shared<delivery>();
  auto opaque = std::make_unique<std::shared_ptr<delivery>>(told);
  headers_handle headers = headers_of(record, cause, attempts);
  const auto value = record.value.value_or(std::string_view{});
  // A null payload is what makes a tombstone, so a value that is there is never passed as one.
  const void* const payload = record.value ? static_cast<const void*>(value.data()) : nullptr;
  const auto code = rd_kafka_producev(
      client_.get(), RD_KAFKA_V_TOPIC(topic_.c_str()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_KEY(record.key.data(), record.key.size()),
      RD_KAFKA_V_VALUE(const_cast<void*>(payload), value.size()), RD_KAFKA_V_HEADERS(headers.get()),
      RD_KAFKA_V_OPAQUE(opaque.get()), RD_KAFKA_V_END);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    told->finished = true;
    told->failure = rd_kafka_err2str(code);
    return told;
  }
  static_cast<void>(headers.release());  // the message's now
  static_cast<void>(opaque.release());   // the delivery report's
  return told;
}

void dead_letters::fail_if_fatal() const {
  std::array<char, 512> why{};
  const auto code = rd_kafka_fatal_error(client_.get(), why.data(), why.size());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  throw error{"the Kafka client that writes " + topic_ + " has failed for good: " + why.data() +
              ". Hint: start the process again"};
}

}  // namespace sinyal::detail
