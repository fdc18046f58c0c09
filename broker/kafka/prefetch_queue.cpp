#include "broker/kafka/prefetch_queue.hpp"

#include <array>
#include <cstddef>
#include <cstdlib>
#include <utility>

namespace sinyal::kafka {
namespace {

constexpr int wake_ms = 1000;  // as long as the pause that it is to end

std::int64_t number(const rd_kafka_conf_t& conf, const char* name) {
  std::array<char, 32> text{};
  std::size_t size = text.size();
  rd_kafka_conf_get(&conf, name, text.data(), &size);
  return std::atoll(text.data());
}

/// One question to each leader, whose answer is of no interest: where the partitions end.
void wake_fetchers(rd_kafka_t* client, offsets_handle partitions) {
  if (!partitions) return;
  for (int i = 0; i < partitions->cnt; ++i) partitions->elems[i].offset = RD_KAFKA_OFFSET_END;
  rd_kafka_offsets_for_times(client, partitions.get(), wake_ms);
}

}  // namespace

prefetch_queue::prefetch_queue(rd_kafka_t* client)
    : prefetch_queue{client, [client](int ms) { return rd_kafka_consumer_poll(client, ms); },
                     [client] {
                       rd_kafka_topic_partition_list_t* assigned = nullptr;
                       rd_kafka_assignment(client, &assigned);
                       return offsets_handle{assigned};
                     }} {}

prefetch_queue::prefetch_queue(rd_kafka_t* client, poll_function poll,
                               partitions_function partitions)
    : client_{client},
      poll_{std::move(poll)},
      partitions_{std::move(partitions)},
      records_max_{number(*rd_kafka_conf(client), "queued.min.messages")},
      bytes_max_{number(*rd_kafka_conf(client), "queued.max.messages.kbytes") * 1024} {}

bool prefetch_queue::may_have_been_full() const {
  return records_ >= records_max_ || bytes_ >= bytes_max_;
}

message_handle prefetch_queue::next(std::chrono::milliseconds timeout) {
  const bool may_have_stopped = may_have_been_full();
  const int timeout_ms = static_cast<int>(timeout.count());
  message_handle message{poll_(may_have_stopped ? 0 : timeout_ms)};
  if (!message) {
    records_ = bytes_ = 0;
    if (!may_have_stopped) return {};
    wake_fetchers(client_, partitions_());
    message.reset(poll_(timeout_ms));
  }
  if (message && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++records_;
    bytes_ += static_cast<std::int64_t>(message->len);
  }
  return message;
}

}  // namespace sinyal::kafka
