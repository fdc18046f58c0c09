#include "broker/kafka/tail.hpp"

#include "broker/kafka/client.hpp"
#include "broker/kafka/errors.hpp"
#include "broker/kafka/prefetch_queue.hpp"
#include "broker/kafka/records.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace sinyal::kafka {

namespace {

using namespace std::chrono_literals;

constexpr auto poll_time = 200ms;  // how soon a request to stop is seen
constexpr int metadata_ms = static_cast<int>(poll_time / 1ms);

/// Topics being read; stops them before the client goes.
class reading {
 public:
  explicit reading(rd_kafka_t* client)
      : client_{client},
        queue_{rd_kafka_queue_new(client)},
        prefetched_{client, [this](int ms) { return rd_kafka_consume_queue(queue_.get(), ms); },
                    [this] { return partitions(); }} {}
  ~reading() {
    for (const auto& [topic, partition] : started_) rd_kafka_consume_stop(topic, partition);
  }
  reading(const reading&) = delete;
  reading& operator=(const reading&) = delete;

  log_result<void> start(const std::string& name, const tail_settings& settings,
                         const std::atomic<bool>& stop) {
    topics_.push_back(open_topic(client_, name));
    rd_kafka_topic_t* const topic = topics_.back().get();
    const auto asked = look_up(topic, settings.kafka, stop);
    if (!asked) return asked.error();
    const metadata_handle& metadata = *asked;
    if (!metadata) return {};  // asked to stop
    if (metadata->topic_cnt == 0) {
      return failure_of(client_, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, "look up " + name);
    }
    const rd_kafka_metadata_topic_t& found = metadata->topics[0];
    if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return failure_of(client_, found.err, "look up " + name);
    }
    const std::int64_t offset =
        settings.from == tail_from::beginning ? RD_KAFKA_OFFSET_BEGINNING : RD_KAFKA_OFFSET_END;
    for (int i = 0; i < found.partition_cnt; ++i) {
      if (rd_kafka_consume_start_queue(topic, found.partitions[i].id, offset, queue_.get()) != 0) {
        return failure_of(client_, rd_kafka_last_error(), "read " + name);
      }
      started_.emplace_back(topic, found.partitions[i].id);
    }
    return {};
  }

  message_handle next() { return prefetched_.next(poll_time); }

 private:
  offsets_handle partitions() const {
    offsets_handle all{rd_kafka_topic_partition_list_new(static_cast<int>(started_.size()))};
    for (const auto& [topic, partition] : started_) {
      rd_kafka_topic_partition_list_add(all.get(), rd_kafka_topic_name(topic), partition);
    }
    return all;
  }

  /// Asks in short calls, so that a request to stop is seen; then the answer is null.
  log_result<metadata_handle> look_up(rd_kafka_topic_t* topic, const kafka_settings& settings,
                                      const std::atomic<bool>& stop) {
    const auto until =
        std::chrono::steady_clock::now() + std::chrono::milliseconds{settings.start_timeout_ms};
    while (!stop.load(std::memory_order_relaxed)) {
      const rd_kafka_metadata_t* answer = nullptr;
      const auto code = rd_kafka_metadata(client_, 0, topic, &answer, metadata_ms);
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return metadata_handle{answer};
      if (std::chrono::steady_clock::now() < until) continue;
      return no_answer(settings, failure_of(client_, code, "ask for metadata"));
    }
    return metadata_handle{};
  }

  rd_kafka_t* client_;
  std::vector<topic_handle> topics_;
  queue_handle queue_;
  prefetch_queue prefetched_;
  std::vector<std::pair<rd_kafka_topic_t*, std::int32_t>> started_;
};

}  // namespace

log_result<void> tail(
    const tail_settings& settings,
    const std::function<bool(std::string_view topic, const codec::record_view& record)>& each,
    const std::atomic<bool>& stop, observe::logger& logger) {
  client_owner owner{logger};
  const auto client = make_client(RD_KAFKA_CONSUMER, settings.kafka, owner,
                                  {{"isolation.level", "read_committed"},
                                   {"enable.auto.commit", "false"},
                                   {"enable.auto.offset.store", "false"},
                                   {"check.crcs", "true"},
                                   {"auto.offset.reset", "latest"},
                                   {"fetch.wait.max.ms", "50"}});
  if (!client) return client.error();
  reading all{client->get()};
  for (const std::string& topic : settings.topics) {
    if (auto done = all.start(topic, settings, stop); !done) return done.error();
  }
  std::vector<codec::header_view> headers;
  while (!stop.load(std::memory_order_relaxed)) {
    const message_handle message = all.next();
    if (!message) continue;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (!each(rd_kafka_topic_name(message->rkt), view_of(*message, headers))) return {};
      continue;
    }
    log_failure why = failure_of(client->get(), message->err, "read");
    if (why.what != failure_class::retriable && why.what != failure_class::abortable) return why;
  }
  return {};
}

}  // namespace sinyal::kafka
