#include "broker/kafka/state_reader.hpp"

#include "broker/kafka/client.hpp"
#include "broker/kafka/errors.hpp"
#include "broker/kafka/names.hpp"

namespace sinyal::kafka {

namespace {
constexpr int watermark_ms = static_cast<int>(lifecycle_log::call_timeout.count());
}  // namespace

log_result<std::unique_ptr<state_reader>> state_reader::make(const kafka_settings& settings,
                                                             const std::string& topic,
                                                             observe::logger& logger) {
  auto partitions = partition_reader::make(
      settings, {{"auto.offset.reset", "error"}, {"enable.partition.eof", "true"}}, logger);
  if (!partitions) return partitions.error();
  return std::unique_ptr<state_reader>{new state_reader{std::move(*partitions), topic, logger}};
}

log_result<void> state_reader::start(partition_offset from) {
  if (from.offset <= 0) from.offset = RD_KAFKA_OFFSET_BEGINNING;
  return partitions_->start(topic_, from);
}

log_result<state_event> state_reader::poll(std::chrono::milliseconds timeout) {
  held_.clear();
  state_event event;
  message_handle message = partitions_->next(timeout);
  if (!message) return event;
  event.partition = message->partition;
  event.offset = message->offset;
  if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    event.what = state_event::kind::end;
    return event;
  }
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) return failed(*message);
  event.what = state_event::kind::record;
  event.record = held_.add(std::move(message));
  return event;
}

log_result<state_event> state_reader::failed(const rd_kafka_message_t& message) {
  log_failure why = failure_of(partitions_->client(), message.err, "read " + topic_);
  if (mends_itself(why)) {
    logger_.warning("state reader error", {{"error", why.reason}, {"why", why.message}});
    return state_event{};
  }
  if (message.rkt != nullptr && message.partition >= 0) why.partition = message.partition;
  return why;
}

log_result<std::vector<std::int64_t>> ask_state_ends(const kafka_settings& settings,
                                                     std::span<const std::int32_t> partitions,
                                                     observe::logger& logger) {
  client_owner owner{logger};
  const auto client =
      make_client(RD_KAFKA_CONSUMER, settings, owner, {{"isolation.level", "read_uncommitted"}});
  if (!client) return client.error();
  const std::string topic = state_topic(settings.topic_prefix);
  std::vector<std::int64_t> ends;
  for (const std::int32_t partition : partitions) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    const auto code = rd_kafka_query_watermark_offsets(client->get(), topic.c_str(), partition,
                                                       &low, &high, watermark_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return failure_of_question(client->get(), code, "ask for the state topic's ends");
    }
    ends.push_back(high);
  }
  return ends;
}

}  // namespace sinyal::kafka
