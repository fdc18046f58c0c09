#include "broker/kafka/raw_partition.hpp"

#include "broker/kafka/names.hpp"
#include "broker/kafka/stretch_reader.hpp"

#include <string>

namespace sinyal::kafka {

namespace {

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
  const auto reader = stretch_reader::make(settings, logger);
  if (!reader) return reader.error();
  const topic_partition raw{notifications_topic(settings.raw_prefix()), partition};
  const auto count = (*reader)->partition_count(raw.topic, stop);
  if (!count) return count.error();
  if (stop) return offset_range{};
  if (*count != settings.partitions) return miscounted(raw.topic, *count, settings.partitions);
  const auto ranges = ask_ranges(settings, {&raw, 1}, logger);
  if (!ranges) return ranges.error();
  const stretch whole{raw, ranges->front()};
  const auto tell = [&](std::size_t, const codec::record_view& record) {
    return each(record, whole.part);
  };
  if (auto done = (*reader)->read({&whole, 1}, tell, stop); !done) return done.error();
  return whole.part;
}

}  // namespace sinyal::kafka
