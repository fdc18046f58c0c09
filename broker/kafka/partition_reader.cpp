#include "broker/kafka/partition_reader.hpp"

#include "broker/kafka/errors.hpp"

namespace sinyal::kafka {

namespace {
// The end of a partition shows only when a fetch has come back empty.
constexpr int fetch_wait_ms = 50;
constexpr int metadata_ms = 200;  // how soon a request to stop is seen
}  // namespace

log_result<std::unique_ptr<partition_reader>> partition_reader::make(const kafka_settings& settings,
                                                                     const properties& ours,
                                                                     observe::logger& logger) {
  std::unique_ptr<partition_reader> made{new partition_reader{logger}};
  properties all{{"isolation.level", "read_committed"},
                 {"enable.auto.commit", "false"},
                 {"enable.auto.offset.store", "false"},
                 {"check.crcs", "true"},
                 {"fetch.wait.max.ms", std::to_string(fetch_wait_ms)}};
  all.insert(all.end(), ours.begin(), ours.end());
  auto client = make_client(RD_KAFKA_CONSUMER, settings, *made, all);
  if (!client) return client.error();
  made->client_ = std::move(*client);
  made->queue_.reset(rd_kafka_queue_new(made->client_.get()));
  made->prefetched_ = prefetch_queue{
      made->client_.get(),
      [self = made.get()](int ms) { return rd_kafka_consume_queue(self->queue_.get(), ms); },
      [self = made.get()] { return self->started(); }};
  return made;
}

partition_reader::~partition_reader() {
  for (const auto& [topic, partition] : started_) rd_kafka_consume_stop(topic, partition);
}

log_result<void> partition_reader::start(const std::string& name, partition_offset from) {
  rd_kafka_topic_t* const at = topic(name);
  if (rd_kafka_consume_start_queue(at, from.partition, from.offset, queue_.get()) != 0) {
    return failure_of(client_.get(), rd_kafka_last_error(), "read " + name);
  }
  started_.emplace(at, from.partition);
  return {};
}

void partition_reader::stop(const std::string& name, std::int32_t partition) {
  rd_kafka_topic_t* const at = topic(name);
  if (started_.erase({at, partition}) != 0) rd_kafka_consume_stop(at, partition);
}

message_handle partition_reader::next(std::chrono::milliseconds timeout) {
  message_handle message = prefetched_.next(timeout);
  if (!message || message->rkt == nullptr) return message;
  // What was fetched before stop() may still come out of the queue.
  if (!started_.contains({message->rkt, message->partition})) message.reset();
  return message;
}

log_result<std::int32_t> partition_reader::partition_count(const std::string& name,
                                                           const kafka_settings& settings,
                                                           const std::atomic<bool>& stop) {
  const auto until =
      std::chrono::steady_clock::now() + std::chrono::milliseconds{settings.start_timeout_ms};
  while (!stop.load(std::memory_order_relaxed)) {
    const rd_kafka_metadata_t* answer = nullptr;
    const auto code = rd_kafka_metadata(client_.get(), 0, topic(name), &answer, metadata_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (std::chrono::steady_clock::now() < until) continue;
      return no_answer(settings, failure_of(client_.get(), code, "ask for metadata"));
    }
    const metadata_handle metadata{answer};
    if (metadata->topic_cnt == 0) {
      return failure_of(client_.get(), RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, "look up " + name);
    }
    const rd_kafka_metadata_topic_t& found = metadata->topics[0];
    if (found.err == RD_KAFKA_RESP_ERR_NO_ERROR) return found.partition_cnt;
    return failure_of(client_.get(), found.err, "look up " + name);
  }
  return 0;
}

rd_kafka_topic_t* partition_reader::topic(const std::string& name) {
  topic_handle& opened = topics_[name];
  if (!opened) opened = open_topic(client_.get(), name);
  return opened.get();
}

offsets_handle partition_reader::started() const {
  offsets_handle all{rd_kafka_topic_partition_list_new(static_cast<int>(started_.size()))};
  for (const auto& [topic, partition] : started_) {
    rd_kafka_topic_partition_list_add(all.get(), rd_kafka_topic_name(topic), partition);
  }
  return all;
}

}  // namespace sinyal::kafka
