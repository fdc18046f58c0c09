#include "broker/kafka/raw_partition.hpp"

#include "broker/kafka/client.hpp"
#include "broker/kafka/errors.hpp"
#include "broker/kafka/names.hpp"
#include "broker/kafka/partition_reader.hpp"
#include "broker/kafka/records.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace sinyal::kafka {

namespace {

using namespace std::chrono_literals;

constexpr auto poll_time = 200ms;  // how soon a request to stop is seen
constexpr int watermark_ms = static_cast<int>(lifecycle_log::call_timeout.count());

log_result<offset_range> range_of(partition_reader& reader, const kafka_settings& settings,
                                  const std::string& topic, std::int32_t partition) {
  offset_range range;
  const auto code = rd_kafka_query_watermark_offsets(reader.client(), topic.c_str(), partition,
                                                     &range.start, &range.end, watermark_ms);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return range;
  log_failure why = failure_of(reader.client(), code, "ask for the raw log's ends");
  if (why.what != failure_class::retriable) return why;
  return no_answer(settings, std::move(why));
}

/// Under another count of partitions its keys are elsewhere.
log_failure miscounted(const std::string& topic, std::int32_t has, std::int32_t configured) {
  return {failure_class::topic, "partitions",
          topic + " has " + std::to_string(has) + " partitions, but kafka.partitions is " +
              std::to_string(configured) + ". Hint: configure the number that it has"};
}

}  // namespace

log_result<offset_range> read_raw_partition(
    const kafka_settings& settings, std::int32_t partition,
    const std::function<bool(const codec::record_view& record, const offset_range& range)>& each,
    const std::atomic<bool>& stop, observe::logger& logger) {
  using clock = std::chrono::steady_clock;
  const auto made = partition_reader::make(
      settings, {{"auto.offset.reset", "error"}, {"enable.partition.eof", "true"}}, logger);
  if (!made) return made.error();
  partition_reader& reader = **made;
  const std::string topic = notifications_topic(settings.raw_prefix());
  const auto count = reader.partition_count(topic, settings, stop);
  if (!count) return count.error();
  if (stop) return offset_range{};
  if (*count != settings.partitions) return miscounted(topic, *count, settings.partitions);
  const auto range = range_of(reader, settings, topic, partition);
  if (!range || range->start == range->end) return range;
  if (auto done = reader.start(topic, {partition, range->start}); !done) return done.error();

  std::vector<codec::header_view> headers;
  auto heard = clock::now();
  for (std::int64_t next = range->start; next < range->end && !stop;) {
    const message_handle message = reader.next(poll_time);
    const auto code = message ? message->err : RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      next = message->offset + 1;
      if (next > range->end || !each(view_of(*message, headers), *range)) break;
    } else if (code == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      next = std::max(next, message->offset);
    } else {
      log_failure why = failure_of(reader.client(), code, "read " + topic);
      if (!mends_itself(why)) return why;
      if (clock::now() - heard < std::chrono::milliseconds{settings.start_timeout_ms}) continue;
      return no_answer(settings, std::move(why));
    }
    heard = clock::now();
  }
  return range;
}

}  // namespace sinyal::kafka
