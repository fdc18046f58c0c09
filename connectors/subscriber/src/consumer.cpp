#include "consumer.hpp"

#include <utility>

namespace sinyal::detail {
namespace {

constexpr int committed_ms = 30'000;  // how long an assignment may ask for its positions
constexpr int wake_ms = 1000;         // as long as the pause that it is to end

partitions_handle list_of(const std::vector<position>& positions) {
  partitions_handle list{rd_kafka_topic_partition_list_new(static_cast<int>(positions.size()))};
  for (const position& each : positions) {
    rd_kafka_topic_partition_list_add(list.get(), each.topic.c_str(), each.partition)->offset =
        each.offset;
  }
  return list;
}

/// What no waiting mends, and what to do about it.
std::string hint_for(rd_kafka_resp_err_t code, const std::string& group, const char* topic) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      return "no right to use the group " + group + ". Hint: grant this client Read on it";
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return std::string{"no right to read the topic "} + (topic == nullptr ? "" : topic) +
             ". Hint: grant this client Read on it";
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
      return "another process has joined with the name of this instance. Hint: give each process "
             "its own";
    case RD_KAFKA_RESP_ERR__FATAL:
      return "the Kafka client has failed for good. Hint: start the process again";
    default:
      return {};
  }
}

}  // namespace

consumer::consumer(const settings& settings, watcher tell)
    : group_{settings.group}, start_{settings.start}, watcher_{std::move(tell)}, report_{settings} {
  conf_handle conf = consumer_conf(settings);
  limits_ = queue_limits_of(*conf);
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_rebalance_cb(conf.get(), on_rebalance);
  rd_kafka_conf_set_offset_commit_cb(conf.get(), on_commit);
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  client_ = make_client(RD_KAFKA_CONSUMER, std::move(conf));
}

void consumer::subscribe(const std::vector<std::string>& topics) {
  rd_kafka_poll_set_consumer(client_.get());
  subscribed_ = true;
  const partitions_handle list{rd_kafka_topic_partition_list_new(static_cast<int>(topics.size()))};
  for (const std::string& topic : topics) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  }
  const auto code = rd_kafka_subscribe(client_.get(), list.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw error{std::string{"cannot subscribe: "} + rd_kafka_err2str(code)};
  }
}

std::string consumer::last_words() {
  rd_kafka_poll(client_.get(), 0);
  return last_words_;
}

void consumer::close() {
  if (std::exchange(closed_, true)) return;
  if (rd_kafka_fatal_error(client_.get(), nullptr, 0) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    rd_kafka_consumer_close(client_.get());
    return;
  }
  // One that has failed for good answers a close with its failure, and destroying it would then
  // wait for ever; so nobody hears that its partitions are gone but from here.
  watcher_.revoked(true);
  rd_kafka_destroy_flags(client_.release(), RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

/// Where the group has no position yet: at the end. The positions that it has are asked for here,
/// since `auto.offset.reset` would decide of one that retention has overtaken too.
rd_kafka_resp_err_t consumer::begin_at_end(rd_kafka_topic_partition_list_t* partitions) {
  const auto code = rd_kafka_committed(client_.get(), partitions, committed_ms);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return code;
  for (int i = 0; i < partitions->cnt; ++i) {
    auto& each = partitions->elems[i];
    if (each.err != RD_KAFKA_RESP_ERR_NO_ERROR) return each.err;
    if (each.offset == RD_KAFKA_OFFSET_INVALID) each.offset = RD_KAFKA_OFFSET_END;
  }
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void consumer::assign(rd_kafka_topic_partition_list_t* partitions) {
  if (start_ == start_at::latest) {
    const auto code = begin_at_end(partitions);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      no_start_ = std::string{"the positions of the group "} + group_ +
                  " cannot be read: " + rd_kafka_err2str(code) + ". Hint: start the process again";
      rd_kafka_assign(client_.get(), nullptr);
      return;
    }
  }
  rd_kafka_assign(client_.get(), partitions);
  for (int i = 0; i < partitions->cnt; ++i) {
    watcher_.assigned(partitions->elems[i].topic, partitions->elems[i].partition);
  }
  report_(severity::info, std::to_string(partitions->cnt) + " partitions assigned");
}

void consumer::on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t code,
                            rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  auto& self = *static_cast<consumer*>(opaque);
  if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) return self.assign(partitions);
  self.watcher_.revoked(rd_kafka_assignment_lost(client) != 0);
  rd_kafka_assign(client, nullptr);
}

/// Errors of connections: the client reconnects by itself, and calls say what fails for good.
void consumer::on_error(rd_kafka_t*, int code, const char* text, void* opaque) {
  auto& self = *static_cast<consumer*>(opaque);
  if (self.subscribed_) return self.report_(severity::warning, std::string{"Kafka: "} + text);
  // That all brokers are down says less than what was said of the one before.
  if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) self.last_words_ = text;
}

void consumer::on_commit(rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t*,
                         void* opaque) {
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__NO_OFFSET) return;
  const auto& self = *static_cast<consumer*>(opaque);
  self.report_(severity::warning,
               std::string{"a commit failed, so events may come again: "} + rd_kafka_err2str(code));
}

void consumer::fail_if_fatal() const {
  const auto code = rd_kafka_fatal_error(client_.get(), nullptr, 0);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const std::string why = hint_for(code, group_, nullptr);
  throw error{why.empty() ? hint_for(RD_KAFKA_RESP_ERR__FATAL, group_, nullptr) : why};
}

/// librdkafka before 2.2 fetches nothing for up to a second once its queue was full, however soon
/// that is emptied. So when it is empty and may have been full, the threads that fetch are given
/// something to do, one question to each leader: they look at their queues after that.
void consumer::fetch_again() {
  const bool was_full = taken_records_ >= limits_.records || taken_bytes_ >= limits_.bytes;
  taken_records_ = taken_bytes_ = 0;
  if (!was_full) return;
  rd_kafka_topic_partition_list_t* assigned = nullptr;
  if (rd_kafka_assignment(client_.get(), &assigned) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const partitions_handle all{assigned};
  for (int i = 0; i < all->cnt; ++i) all->elems[i].offset = RD_KAFKA_OFFSET_END;
  rd_kafka_offsets_for_times(client_.get(), all.get(), wake_ms);  // the answer is of no interest
}

message_handle consumer::poll(std::chrono::milliseconds timeout) {
  message_handle message{rd_kafka_consumer_poll(client_.get(), static_cast<int>(timeout.count()))};
  if (!no_start_.empty()) throw error{no_start_};
  if (!message) {
    // An idle client that has failed for good says so nowhere else.
    fail_if_fatal();
    fetch_again();
    return {};
  }
  const auto code = message->err;
  if (code == RD_KAFKA_RESP_ERR__PARTITION_EOF) return message;
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++taken_records_;
    taken_bytes_ += static_cast<std::int64_t>(message->len);
    return message;
  }
  fail_if_fatal();
  const char* const topic = message->rkt == nullptr ? nullptr : rd_kafka_topic_name(message->rkt);
  if (const std::string why = hint_for(code, group_, topic); !why.empty()) throw error{why};
  report_(severity::warning, std::string{"Kafka: "} + rd_kafka_message_errstr(message.get()));
  return {};
}

void consumer::commit(const std::vector<position>& positions, bool wait) {
  if (positions.empty()) return;
  const auto code = rd_kafka_commit(client_.get(), list_of(positions).get(), wait ? 0 : 1);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) on_commit(client_.get(), code, nullptr, this);
}

void consumer::pause(const std::string& topic, std::int32_t partition) {
  rd_kafka_pause_partitions(client_.get(), list_of({{topic, partition, 0}}).get());
}
void consumer::resume(const std::string& topic, std::int32_t partition) {
  rd_kafka_resume_partitions(client_.get(), list_of({{topic, partition, 0}}).get());
}

std::int64_t consumer::known_end(const std::string& topic, std::int32_t partition) {
  std::int64_t low = -1;
  std::int64_t high = -1;
  rd_kafka_get_watermark_offsets(client_.get(), topic.c_str(), partition, &low, &high);
  return high;
}

}  // namespace sinyal::detail
