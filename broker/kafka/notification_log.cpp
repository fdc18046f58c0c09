#include "broker/kafka/notification_log.hpp"

#include "broker/core/subject.hpp"
#include "broker/kafka/errors.hpp"
#include "broker/kafka/names.hpp"
#include "broker/kafka/records.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <chrono>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace sinyal::kafka {

namespace {

constexpr std::uint64_t one = 1;  // what an eventfd counts
constexpr std::chrono::milliseconds flush_patience{2000};
constexpr int statistics_every_ms = 500;  // how soon started() and up() learn
/// Between two producers: where rights are missing each one fails for good as soon as it connects.
constexpr std::chrono::seconds replace_pause{1};

append_outcome outcome_of(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      return append_outcome::stored;
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
    case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
      return append_outcome::timed_out;
    default:
      return append_outcome::refused;
  }
}

bool any_broker_up(const boost::json::object& statistics) {
  const auto* brokers = statistics.if_contains("brokers");
  if (brokers == nullptr || !brokers->is_object()) return false;
  for (const auto& [name, broker] : brokers->get_object()) {
    const auto* state = broker.is_object() ? broker.get_object().if_contains("state") : nullptr;
    if (state != nullptr && *state == "UP") return true;
  }
  return false;
}

/// Metadata has come when a partition other than the internal "-1" has a leader.
bool has_leader(const boost::json::object& statistics, std::string_view topic) {
  const auto* found = statistics.if_contains("topics");
  if (found == nullptr || !found->is_object()) return false;
  found = found->get_object().if_contains(topic);
  if (found == nullptr || !found->is_object()) return false;
  found = found->get_object().if_contains("partitions");
  if (found == nullptr || !found->is_object()) return false;
  for (const auto& [number, partition] : found->get_object()) {
    if (number == "-1" || !partition.is_object()) continue;
    const auto* leader = partition.get_object().if_contains("leader");
    if (leader != nullptr && leader->is_int64() && leader->get_int64() >= 0) return true;
  }
  return false;
}

}  // namespace

log_result<std::unique_ptr<notification_log>> notification_log::make(const kafka_settings& settings,
                                                                     observe::logger& logger) {
  std::unique_ptr<notification_log> made{new notification_log{settings, logger}};
  auto first = made->make_generation();
  if (!first) return first.error();
  made->now_ = std::move(*first);
  return made;
}

notification_log::notification_log(const kafka_settings& settings, observe::logger& logger)
    : settings_{settings},
      owner_{logger},
      logger_{logger},
      topic_name_{notifications_topic(settings.topic_prefix)},
      wakeup_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)} {}

notification_log::~notification_log() {
  const auto until = std::chrono::steady_clock::now() + flush_patience;
  while (now_ && rd_kafka_outq_len(now_->client.get()) > 0 &&
         std::chrono::steady_clock::now() < until) {
    const event_handle event{rd_kafka_queue_poll(now_->events.get(), 50)};
    if (event) handle(*event);
  }
  if (now_) bury(std::move(now_));
  burials_.clear();  // waits for each
  ::close(wakeup_);
}

log_result<std::unique_ptr<notification_log::generation>> notification_log::make_generation() {
  auto conf = make_conf(
      settings_, owner_,
      {{"enable.idempotence", "true"},
       {"acks", "all"},
       {"linger.ms", std::to_string(settings_.linger_ms)},
       {"queue.buffering.max.messages", std::to_string(settings_.queue_records_max)},
       {"queue.buffering.max.kbytes",
        std::to_string(std::max<std::uint64_t>(1, settings_.queue_bytes_max / 1024))},
       {"message.timeout.ms", std::to_string(settings_.message_timeout_ms)},
       {"message.max.bytes", std::to_string(settings_.raw_record_bytes_max())},
       {"topic.metadata.refresh.interval.ms", std::to_string(last_answer::refresh_every.count())},
       {"statistics.interval.ms", std::to_string(statistics_every_ms)}});
  if (!conf) return conf.error();
  if (auto noted = note_answers(conf->get(), &heard_); !noted) return noted.error();
  rd_kafka_conf_set_error_cb(conf->get(), nullptr);  // errors are events here
  rd_kafka_conf_set_events(conf->get(),
                           RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS);
  auto client = make_client(RD_KAFKA_PRODUCER, std::move(*conf));
  if (!client) return client.error();
  auto made = std::make_unique<generation>();
  made->client = std::move(*client);
  made->topic = open_topic(made->client.get(), topic_name_);
  made->events.reset(rd_kafka_queue_get_main(made->client.get()));
  rd_kafka_queue_io_event_enable(made->events.get(), wakeup_, &one, sizeof one);
  wake_myself();  // events from before that are not signalled
  return made;
}

enqueue_result notification_log::append(const raw_append& record,
                                        boost::intrusive_ptr<append_ticket> ticket) {
  if (fatal_) return enqueue_result::failed;
  headers_handle headers = make_headers(*record.headers);
  append_ticket& waiting = *ticket;
  pending* const slot = reserve(std::move(ticket));
  const std::int32_t partition = core::partition_of(record.key, settings_.partitions);
  const rd_kafka_resp_err_t code = rd_kafka_producev(
      now_->client.get(), RD_KAFKA_V_RKT(now_->topic.get()), RD_KAFKA_V_PARTITION(partition),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_KEY(record.key.data(), record.key.size()),
      RD_KAFKA_V_VALUE(const_cast<char*>(record.value.data()), record.value.size()),
      RD_KAFKA_V_TIMESTAMP(record.timestamp_ms), RD_KAFKA_V_HEADERS(headers.get()),
      RD_KAFKA_V_OPAQUE(slot), RD_KAFKA_V_END);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    static_cast<void>(headers.release());  // they are the record's now
    ++waiting.outstanding;
    return enqueue_result::enqueued;
  }
  release(slot);
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) return enqueue_result::full;
  const log_failure why = failure_of(now_->client.get(), code, "append to the raw log");
  logger_.error("append refused", {{"error", why.reason}, {"why", why.message}});
  if (code == RD_KAFKA_RESP_ERR__FATAL) {
    fatal_ = true;
    wake_myself();
  }
  return enqueue_result::failed;
}

notification_log::pending* notification_log::reserve(boost::intrusive_ptr<append_ticket> ticket) {
  if (now_->free.empty()) {
    now_->slots.emplace_back();
    now_->free.push_back(&now_->slots.back());
  }
  pending* const slot = now_->free.back();
  now_->free.pop_back();
  slot->ticket = std::move(ticket);
  return slot;
}

void notification_log::release(pending* slot) {
  slot->ticket.reset();
  now_->free.push_back(slot);
}

void notification_log::drain() {
  std::uint64_t count = 0;
  // Non-blocking; signalled only when the queue goes from empty to not empty.
  [[maybe_unused]] const auto size = ::read(wakeup_, &count, sizeof count);
  while (const event_handle event{rd_kafka_queue_poll(now_->events.get(), 0)}) handle(*event);
  // A producer that has failed still tells statistics, so that this is looked at again.
  if (fatal_ && std::chrono::steady_clock::now() - replaced_at_ >= replace_pause) replace();
}

void notification_log::handle(rd_kafka_event_t& event) {
  switch (rd_kafka_event_type(&event)) {
    case RD_KAFKA_EVENT_DR:
      while (const rd_kafka_message_t* message = rd_kafka_event_message_next(&event)) {
        delivered(*message);
      }
      break;
    case RD_KAFKA_EVENT_STATS:
      statistics(rd_kafka_event_stats(&event));
      break;
    case RD_KAFKA_EVENT_ERROR:
      failed(event);
      break;
    default:
      break;
  }
}

void notification_log::delivered(const rd_kafka_message_t& message) {
  auto* const slot = static_cast<pending*>(message._private);
  const boost::intrusive_ptr<append_ticket> ticket = std::move(slot->ticket);
  release(slot);
  const append_outcome outcome = outcome_of(message.err);
  if (outcome == append_outcome::stored) {
    reachable_.acknowledged();
  } else {
    logger_.warning("append not acknowledged", {{"error", rd_kafka_err2name(message.err)},
                                                {"topic", topic_name_},
                                                {"partition", message.partition}});
    // what is refused was answered
    if (outcome == append_outcome::timed_out) reachable_.failed(reachability::clock::now());
  }
  tell_reachable();
  ticket->answered(outcome);
}

void notification_log::failed(rd_kafka_event_t& event) {
  const rd_kafka_resp_err_t code = rd_kafka_event_error(&event);
  const log_failure why = failure_of(now_->client.get(), code, "raw log");
  if (code == RD_KAFKA_RESP_ERR__FATAL || rd_kafka_event_error_is_fatal(&event) != 0) {
    fatal_ = true;
    logger_.error("producer failed for good", {{"error", why.reason}, {"why", why.message}});
    return;
  }
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
    reachable_.disconnected();
    tell_reachable();
  }
  logger_.warning("kafka client error",
                  {{"error", why.reason}, {"text", rd_kafka_event_error_string(&event)}});
}

void notification_log::statistics(std::string_view json) {
  boost::json::error_code error;
  const boost::json::value parsed = boost::json::parse(json, error);
  if (error || !parsed.is_object()) return;
  reachable_.heard(any_broker_up(parsed.get_object()), rd_kafka_outq_len(now_->client.get()) > 0,
                   reachability::clock::now());
  tell_reachable();
  if (!started_) started_ = has_leader(parsed.get_object(), topic_name_);
}

void notification_log::tell_reachable() {
  const auto now = reachability::clock::now();
  const bool up = reachable_.up(now) && heard_.is_recent(now);
  if (up == up_) return;
  up_ = up;
  if (up) {
    logger_.info("kafka is reachable");
  } else {
    logger_.warning("kafka is not reachable");
  }
}

/// Everything pending may have landed: 504, and the sender's repetition is harmless.
void notification_log::replace() {
  replaced_at_ = std::chrono::steady_clock::now();
  auto fresh = make_generation();
  if (!fresh) {
    logger_.error("no new producer", {{"why", fresh.error().message}});
    return;
  }
  std::unique_ptr<generation> dead = std::exchange(now_, std::move(*fresh));
  fatal_ = false;
  std::vector<boost::intrusive_ptr<append_ticket>> waiting;
  for (pending& slot : dead->slots) {
    if (slot.ticket) waiting.push_back(std::move(slot.ticket));
  }
  logger_.warning("producer replaced", {{"unanswered", waiting.size()}});
  // Destroying a client waits for its threads: not on this one.
  std::erase_if(burials_, [](const std::future<void>& each) {
    return each.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
  });
  burials_.push_back(std::async(std::launch::async, bury, std::move(dead)));
  for (const auto& ticket : waiting) ticket->answered(append_outcome::timed_out);
}

void notification_log::bury(std::unique_ptr<generation> dead) {
  rd_kafka_queue_io_event_enable(dead->events.get(), -1, nullptr, 0);
  rd_kafka_purge(dead->client.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                         RD_KAFKA_PURGE_F_NON_BLOCKING);
  dead.reset();
}

void notification_log::wake_myself() const {
  [[maybe_unused]] const auto size = ::write(wakeup_, &one, sizeof one);
}

void notification_log::fail_for_test() {
  rd_kafka_test_fatal_error(now_->client.get(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                            "injected");
}

log_result<std::unique_ptr<sinyal::notification_log>> make_notification_log(
    const kafka_settings& settings, observe::logger& logger) {
  auto made = notification_log::make(settings, logger);
  if (!made) return made.error();
  return std::unique_ptr<sinyal::notification_log>{std::move(*made)};
}

}  // namespace sinyal::kafka
