#include "broker/kafka/state_reader.hpp"

#include "broker/kafka/errors.hpp"

#include <utility>

namespace sinyal::kafka {

namespace {
// The end of a partition shows only when a fetch has come back empty.
constexpr int fetch_wait_ms = 50;
constexpr int watermark_ms = static_cast<int>(lifecycle_log::call_timeout.count());
}  // namespace

log_result<std::unique_ptr<state_reader>> state_reader::make(const kafka_settings& settings,
                                                             const std::string& topic,
                                                             observe::logger& logger) {
  std::unique_ptr<state_reader> made{new state_reader{logger}};
  auto client = make_client(RD_KAFKA_CONSUMER, settings, *made,
                            {{"isolation.level", "read_committed"},
                             {"enable.auto.commit", "false"},
                             {"enable.auto.offset.store", "false"},
                             {"auto.offset.reset", "error"},
                             {"enable.partition.eof", "true"},
                             {"check.crcs", "true"},
                             {"fetch.wait.max.ms", std::to_string(fetch_wait_ms)}});
  if (!client) return client.error();
  made->client_ = std::move(*client);
  made->topic_ = open_topic(made->client_.get(), topic);
  made->queue_.reset(rd_kafka_queue_new(made->client_.get()));
  made->prefetched_ = prefetch_queue{
      made->client_.get(),
      [self = made.get()](int ms) { return rd_kafka_consume_queue(self->queue_.get(), ms); },
      [self = made.get()] { return self->partitions(); }};
  return made;
}

std::string state_reader::name() const {
  return rd_kafka_topic_name(topic_.get());
}

state_reader::~state_reader() {
  while (!reading_.empty()) stop(*reading_.begin());
}

log_result<void> state_reader::start(partition_offset from) {
  const std::int64_t offset = from.offset > 0 ? from.offset : RD_KAFKA_OFFSET_BEGINNING;
  if (rd_kafka_consume_start_queue(topic_.get(), from.partition, offset, queue_.get()) != 0) {
    return failure_of(client_.get(), rd_kafka_last_error(), "read " + name());
  }
  reading_.insert(from.partition);
  return {};
}

void state_reader::stop(std::int32_t partition) {
  if (reading_.erase(partition) == 0) return;
  rd_kafka_consume_stop(topic_.get(), partition);
}

log_result<state_event> state_reader::poll(std::chrono::milliseconds timeout) {
  held_.clear();
  state_event event;
  message_handle message = prefetched_.next(timeout);
  if (!message) return event;
  // What was fetched before stop() may still come out of the queue.
  const bool wanted = message->rkt == nullptr || reading_.contains(message->partition);
  if (!wanted) return event;
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

offsets_handle state_reader::partitions() const {
  offsets_handle all{rd_kafka_topic_partition_list_new(static_cast<int>(reading_.size()))};
  for (const std::int32_t each : reading_) {
    rd_kafka_topic_partition_list_add(all.get(), rd_kafka_topic_name(topic_.get()), each);
  }
  return all;
}

log_result<state_event> state_reader::failed(const rd_kafka_message_t& message) {
  log_failure why = failure_of(client_.get(), message.err, "read " + name());
  if (why.what == failure_class::retriable || why.what == failure_class::abortable) {
    logger().warning("state reader error", {{"error", why.reason}, {"why", why.message}});
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
