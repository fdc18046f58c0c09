#include "broker/kafka/tail.hpp"

#include "broker/kafka/client.hpp"
#include "broker/kafka/errors.hpp"
#include "broker/kafka/partition_reader.hpp"
#include "broker/kafka/records.hpp"

#include <chrono>

namespace sinyal::kafka {

namespace {

using namespace std::chrono_literals;

constexpr auto poll_time = 200ms;  // how soon a request to stop is seen
constexpr int metadata_ms = static_cast<int>(poll_time / 1ms);

/// Asks in short calls, so that a request to stop is seen; then the answer is null.
log_result<metadata_handle> look_up(partition_reader& reader, const std::string& name,
                                    const kafka_settings& settings, const std::atomic<bool>& stop) {
  const auto until =
      std::chrono::steady_clock::now() + std::chrono::milliseconds{settings.start_timeout_ms};
  while (!stop.load(std::memory_order_relaxed)) {
    const rd_kafka_metadata_t* answer = nullptr;
    const auto code =
        rd_kafka_metadata(reader.client(), 0, reader.topic(name), &answer, metadata_ms);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return metadata_handle{answer};
    if (std::chrono::steady_clock::now() < until) continue;
    return no_answer(settings, failure_of(reader.client(), code, "ask for metadata"));
  }
  return metadata_handle{};
}

/// All partitions of a topic.
log_result<void> start(partition_reader& reader, const std::string& name,
                       const tail_settings& settings, const std::atomic<bool>& stop) {
  const auto asked = look_up(reader, name, settings.kafka, stop);
  if (!asked) return asked.error();
  const metadata_handle& metadata = *asked;
  if (!metadata) return {};  // asked to stop
  if (metadata->topic_cnt == 0) {
    return failure_of(reader.client(), RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, "look up " + name);
  }
  const rd_kafka_metadata_topic_t& found = metadata->topics[0];
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return failure_of(reader.client(), found.err, "look up " + name);
  }
  const std::int64_t offset =
      settings.from == tail_from::beginning ? RD_KAFKA_OFFSET_BEGINNING : RD_KAFKA_OFFSET_END;
  for (int i = 0; i < found.partition_cnt; ++i) {
    if (auto done = reader.start(name, {found.partitions[i].id, offset}); !done) return done;
  }
  return {};
}

}  // namespace

log_result<void> tail(
    const tail_settings& settings,
    const std::function<bool(std::string_view topic, const codec::record_view& record)>& each,
    const std::atomic<bool>& stop, observe::logger& logger) {
  const auto made =
      partition_reader::make(settings.kafka, {{"auto.offset.reset", "latest"}}, logger);
  if (!made) return made.error();
  partition_reader& reader = **made;
  for (const std::string& topic : settings.topics) {
    if (auto done = start(reader, topic, settings, stop); !done) return done;
  }
  std::vector<codec::header_view> headers;
  while (!stop.load(std::memory_order_relaxed)) {
    const message_handle message = reader.next(poll_time);
    if (!message) continue;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (!each(rd_kafka_topic_name(message->rkt), view_of(*message, headers))) return {};
      continue;
    }
    log_failure why = failure_of(reader.client(), message->err, "read");
    if (why.what != failure_class::retriable && why.what != failure_class::abortable) return why;
  }
  return {};
}

}  // namespace sinyal::kafka
