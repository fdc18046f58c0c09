#include "broker/kafka/probe.hpp"

#include "broker/kafka/client.hpp"
#include "broker/ports.hpp"

namespace sinyal::kafka {

namespace {

/// That we cannot ask says nothing of Kafka.
bool not_asked(const log_failure& why, observe::logger& logger) {
  logger.error("Kafka cannot be asked whether it answers", {{"why", why.message}});
  return true;
}

}  // namespace

bool cluster_answers(const kafka_settings& settings, observe::logger& logger) {
  constexpr int answer_ms = static_cast<int>(lifecycle_log::call_timeout.count());
  client_owner owner{logger};
  const auto client = make_client(RD_KAFKA_PRODUCER, settings, owner);
  if (!client) return not_asked(client.error(), logger);
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto code = rd_kafka_metadata(client->get(), 0, nullptr, &metadata, answer_ms);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
  const bool answered = metadata->broker_cnt > 0;
  rd_kafka_metadata_destroy(metadata);
  return answered;
}

}  // namespace sinyal::kafka
