#include "broker/kafka/partition_ranges.hpp"

#include "broker/kafka/client.hpp"
#include "broker/kafka/errors.hpp"

namespace sinyal::kafka {

namespace {
constexpr int call_ms = static_cast<int>(lifecycle_log::call_timeout.count());
}  // namespace

log_result<std::vector<offset_range>> ask_ranges(const kafka_settings& settings,
                                                 std::span<const topic_partition> partitions,
                                                 observe::logger& logger) {
  client_owner owner{logger};
  const auto client =
      make_client(RD_KAFKA_CONSUMER, settings, owner, {{"isolation.level", "read_uncommitted"}});
  if (!client) return client.error();
  std::vector<offset_range> ranges;
  ranges.reserve(partitions.size());
  for (const auto& [topic, partition] : partitions) {
    offset_range& range = ranges.emplace_back();
    const auto code = rd_kafka_query_watermark_offsets(client->get(), topic.c_str(), partition,
                                                       &range.start, &range.end, call_ms);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    return failure_of_question(client->get(), code, "ask for the ends of " + topic);
  }
  return ranges;
}

}  // namespace sinyal::kafka
