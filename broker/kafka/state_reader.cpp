#include "broker/kafka/state_reader.hpp"

#include "broker/kafka/errors.hpp"
#include "broker/kafka/names.hpp"
#include "broker/kafka/partition_ranges.hpp"

namespace sinyal::kafka {

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
  std::vector<topic_partition> asked;
  for (const std::int32_t each : partitions) {
    asked.push_back({state_topic(settings.topic_prefix), each});
  }
  const auto ranges = ask_ranges(settings, asked, logger);
  if (!ranges) return ranges.error();
  std::vector<std::int64_t> ends;
  for (const offset_range& each : *ranges) ends.push_back(each.end);
  return ends;
}

}  // namespace sinyal::kafka
