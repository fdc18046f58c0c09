#include "broker/kafka/group_consumer.hpp"

#include "broker/kafka/errors.hpp"
#include "broker/kafka/names.hpp"

#include <utility>

namespace sinyal::kafka {

namespace {

constexpr int call_ms = static_cast<int>(lifecycle_log::call_timeout.count());
// Before 2.1 rd_kafka_seek_partitions waits a thousandth of what it is told to, and 5 ms are over
// too soon on a busy machine. Where it waits for as long as it is told to, the watchdog ends it.
constexpr int seek_ms = call_ms * 1000;
// A pending transaction holds committed offsets back: asked in short turns, polling in between.
constexpr int committed_ms = 2000;
// Well under the session timeout; three of them are missed within the watch after `fenced`.
constexpr int heartbeat_ms = 3000;
// What is fetched ahead: a batch or two.
constexpr int queued_records_min = 20000;
constexpr int queued_kbytes_max = 32768;
// The mock broker answers an empty fetch only after this time, and delays all by it.
constexpr int embedded_fetch_wait_ms = 10;

std::vector<std::int32_t> numbers_of(const rd_kafka_topic_partition_list_t& partitions) {
  std::vector<std::int32_t> numbers;
  for (int i = 0; i < partitions.cnt; ++i) numbers.push_back(partitions.elems[i].partition);
  return numbers;
}

}  // namespace

log_result<std::unique_ptr<group_consumer>> group_consumer::make(
    const kafka_settings& settings, const lifecycle_settings& lifecycle, bool embedded,
    observe::logger& logger, last_answer* heard) {
  std::unique_ptr<group_consumer> made{new group_consumer{logger}};
  made->topic_ = notifications_topic(settings.raw_prefix());
  made->group_id_ = group_id(settings, lifecycle);
  auto conf = make_conf(
      settings, *made,
      {{"client.id", ("sinyal-" + lifecycle.instance).substr(0, 64)},
       {"group.id", made->group_id_},
       {"partition.assignment.strategy", "range"},
       {"isolation.level", "read_committed"},
       {"enable.auto.commit", "false"},
       {"enable.auto.offset.store", "false"},
       {"auto.offset.reset", "error"},
       {"check.crcs", "true"},
       {"session.timeout.ms", std::to_string(lifecycle.session_timeout_ms)},
       {"topic.metadata.refresh.interval.ms", std::to_string(last_answer::refresh_every.count())},
       {"heartbeat.interval.ms", std::to_string(heartbeat_ms)},
       {"max.poll.interval.ms", std::to_string(lifecycle.max_poll_interval_ms)},
       {"queued.min.messages", std::to_string(queued_records_min)},
       {"queued.max.messages.kbytes", std::to_string(queued_kbytes_max)}});
  if (!conf) return conf.error();
  auto done = embedded
                  ? set(conf->get(), "fetch.wait.max.ms", std::to_string(embedded_fetch_wait_ms))
                  : set(conf->get(), "group.instance.id", group_instance_id(settings, lifecycle));
  if (!done) return done.error();
  if (auto noted = note_answers(conf->get(), heard); !noted) return noted.error();
  rd_kafka_conf_set_rebalance_cb(conf->get(), on_rebalance);
  auto client = make_client(RD_KAFKA_CONSUMER, std::move(*conf));
  if (!client) return client.error();
  made->client_ = std::move(*client);
  rd_kafka_poll_set_consumer(made->client_.get());
  made->queue_ = prefetch_queue{made->client_.get()};
  return made;
}

group_consumer::~group_consumer() {
  close();
}

log_result<void> group_consumer::subscribe(assignment_observer& observer) {
  observer_ = &observer;
  const offsets_handle topics{rd_kafka_topic_partition_list_new(1)};
  rd_kafka_topic_partition_list_add(topics.get(), topic_.c_str(), RD_KAFKA_PARTITION_UA);
  const rd_kafka_resp_err_t code = rd_kafka_subscribe(client_.get(), topics.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return failure_of(client_.get(), code, "subscribe");
  return {};
}

void group_consumer::close() {
  if (closed_ || !client_) return;
  closed_ = true;
  drop_records();
  if (rd_kafka_fatal_error(client_.get(), nullptr, 0) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    rd_kafka_consumer_close(client_.get());
    return;
  }
  // One that has failed for good answers a close with its failure and goes on; destroying it would
  // then wait for ever.
  rd_kafka_destroy_flags(client_.release(), RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void group_consumer::on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t code,
                                  rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  auto* self = static_cast<group_consumer*>(static_cast<client_owner*>(opaque));
  if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) return self->assigned(partitions);
  self->revoked(partitions);
}

/// Assigned at a placeholder and paused: where to read is known only after the restore. It is the
/// log's beginning, since a fetch that gets through before the pause must be answered on a log that
/// was trimmed, too: at offset 0 it would fail there, and librdkafka then refuses to seek. A stored
/// offset would be looked up even when paused, and fail. Where the beginning is the broker is
/// asked, and with 2.0.2 an answer that comes after the seek undoes it: lifecycle sees by the
/// record that it then gets that this is not its position, and seeks again.
void group_consumer::assigned(rd_kafka_topic_partition_list_t* partitions) {
  observer_->assigned(numbers_of(*partitions));
  for (int i = 0; i < partitions->cnt; ++i) {
    partitions->elems[i].offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  const rd_kafka_resp_err_t code = rd_kafka_assign(client_.get(), partitions);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    logger().error("assign failed", {{"error", rd_kafka_err2name(code)}});
  }
  rd_kafka_pause_partitions(client_.get(), partitions);
}

void group_consumer::revoked(const rd_kafka_topic_partition_list_t* partitions) {
  const bool lost = assignment_lost();
  observer_->revoked(numbers_of(*partitions), lost);
  rd_kafka_assign(client_.get(), nullptr);
}

log_result<const codec::record_view*> group_consumer::poll(std::chrono::milliseconds timeout) {
  message_handle message = queue_.next(timeout);
  if (!message) return nothing();
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) return failed(*message);
  if (!group_) group_.reset(rd_kafka_consumer_group_metadata(client_.get()));
  return held_.add(std::move(message));
}

/// An idle consumer that has failed for good says so nowhere else.
log_result<const codec::record_view*> group_consumer::nothing() {
  if (rd_kafka_fatal_error(client_.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return failure_of(client_.get(), RD_KAFKA_RESP_ERR__FATAL, "read the raw log");
  }
  return nullptr;
}

log_result<const codec::record_view*> group_consumer::failed(const rd_kafka_message_t& message) {
  log_failure why =
      failure_of(client_.get(), message.err, "read " + topic_ + " as group " + group_id_);
  if (message.rkt != nullptr && message.partition >= 0) {
    why.partition = message.partition;
    why.offset = message.offset;
  }
  if (mends_itself(why)) {
    // The network, the coordinator, a missed poll: the client mends these by itself.
    logger().warning("consumer error", {{"error", why.reason}, {"why", why.message}});
    return nothing();
  }
  if (why.what == failure_class::fenced) why.what = failure_class::fatal;
  return why;
}

void group_consumer::drop_records() {
  held_.clear();
  group_.reset();
}

offsets_handle group_consumer::list(std::span<const partition_offset> offsets) const {
  offsets_handle made{rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size()))};
  for (const partition_offset& each : offsets) {
    rd_kafka_topic_partition_list_add(made.get(), topic_.c_str(), each.partition)->offset =
        each.offset;
  }
  return made;
}

log_result<void> group_consumer::seek(std::span<const partition_offset> to) {
  const offsets_handle partitions = list(to);
  const error_handle error{rd_kafka_seek_partitions(client_.get(), partitions.get(), seek_ms)};
  if (error) return failure_of(client_.get(), error.get(), "seek");
  for (int i = 0; i < partitions->cnt; ++i) {
    const rd_kafka_topic_partition_t& at = partitions->elems[i];
    if (at.err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    log_failure why = failure_of(client_.get(), at.err, "seek");
    why.what = failure_class::fatal;  // where it would read on is not known
    why.partition = at.partition;
    return why;
  }
  return {};
}

log_result<void> group_consumer::resume(std::int32_t partition) {
  const partition_offset at{partition, 0};
  const offsets_handle partitions = list({&at, 1});
  auto code = rd_kafka_resume_partitions(client_.get(), partitions.get());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = partitions->elems[0].err;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return failure_of(client_.get(), code, "resume");
  return {};
}

log_result<void> group_consumer::pause(std::int32_t partition) {
  const partition_offset at{partition, 0};
  const offsets_handle partitions = list({&at, 1});
  auto code = rd_kafka_pause_partitions(client_.get(), partitions.get());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = partitions->elems[0].err;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return failure_of(client_.get(), code, "pause");
  return {};
}

log_result<std::vector<std::optional<std::int64_t>>> group_consumer::committed(
    std::span<const std::int32_t> partitions) {
  std::vector<partition_offset> asked;
  for (const std::int32_t partition : partitions) asked.push_back({partition, 0});
  const offsets_handle answer = list(asked);
  const auto code = rd_kafka_committed(client_.get(), answer.get(), committed_ms);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return failure_of_question(client_.get(), code, "ask for committed offsets");
  }
  std::vector<std::optional<std::int64_t>> offsets;
  for (int i = 0; i < answer->cnt; ++i) {
    const rd_kafka_topic_partition_t& at = answer->elems[i];
    if (at.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return failure_of_question(client_.get(), at.err, "ask for committed offsets");
    }
    offsets.push_back(at.offset >= 0 ? std::optional{at.offset} : std::nullopt);
  }
  return offsets;
}

log_result<offset_range> group_consumer::range(std::int32_t partition) {
  offset_range range;
  const auto code = rd_kafka_query_watermark_offsets(client_.get(), topic_.c_str(), partition,
                                                     &range.start, &range.end, call_ms);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return failure_of_question(client_.get(), code, "ask for the raw log's ends");
  }
  return range;
}

std::optional<std::int64_t> group_consumer::known_end(std::int32_t partition) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  const auto code =
      rd_kafka_get_watermark_offsets(client_.get(), topic_.c_str(), partition, &low, &high);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0) return std::nullopt;
  return high;
}

void group_consumer::commit_plainly(const rd_kafka_topic_partition_list_t* offsets) {
  rd_kafka_commit(client_.get(), offsets, 1);
}

}  // namespace sinyal::kafka
