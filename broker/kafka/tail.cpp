#include "broker/kafka/tail.hpp"

#include "broker/kafka/errors.hpp"
#include "broker/kafka/partition_reader.hpp"
#include "broker/kafka/records.hpp"

#include <chrono>

namespace sinyal::kafka {

namespace {

using namespace std::chrono_literals;

constexpr auto poll_time = 200ms;  // how soon a request to stop is seen

/// All partitions of a topic.
log_result<void> start(partition_reader& reader, const std::string& name,
                       const tail_settings& settings, const std::atomic<bool>& stop) {
  const auto count = reader.partition_count(name, settings.kafka, stop);
  if (!count) return count.error();
  const std::int64_t offset =
      settings.from == tail_from::beginning ? RD_KAFKA_OFFSET_BEGINNING : RD_KAFKA_OFFSET_END;
  for (std::int32_t i = 0; i < *count; ++i) {
    if (auto done = reader.start(name, {i, offset}); !done) return done;
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
    if (!mends_itself(why)) return why;
  }
  return {};
}

}  // namespace sinyal::kafka
