#include "broker/kafka/lifecycle_log.hpp"

#include "broker/kafka/group_description.hpp"
#include "broker/kafka/names.hpp"
#include "broker/kafka/probe.hpp"

#include <utility>

namespace sinyal::kafka {

lifecycle_log::lifecycle_log(const kafka_settings& settings, const lifecycle_settings& lifecycle,
                             bool embedded, observe::logger& logger)
    : settings_{settings}, lifecycle_{lifecycle}, embedded_{embedded}, logger_{logger} {}

lifecycle_log::~lifecycle_log() {
  close();
}

/// First both names, then the group: once a partition is ours, no transaction of an earlier life
/// of these names is open any more.
log_result<void> lifecycle_log::open(assignment_observer& observer) {
  if (!consumer_) {
    if (auto done = make_clients(); !done) return done.error();
  }
  if (auto done = init_producers(); !done) return done.error();
  return consumer_->subscribe(observer);
}

log_result<void> lifecycle_log::make_clients() {
  const std::string name = group_id(settings_, lifecycle_) + "-" + lifecycle_.instance;
  const std::array suffixes{"-a", "-b"};
  for (std::size_t i = 0; i < turns_.size(); ++i) {
    auto producer =
        transaction_producer::make(settings_, lifecycle_, name + suffixes[i], logger_, &heard_);
    if (!producer) return producer.error();
    turns_[i] = {std::move(*producer), false};
  }
  auto state = state_reader::make(settings_, state_topic(settings_.topic_prefix), logger_);
  if (!state) return state.error();
  state_ = std::move(*state);
  auto consumer = group_consumer::make(settings_, lifecycle_, embedded_, logger_, &heard_);
  if (!consumer) return consumer.error();
  consumer_ = std::move(*consumer);
  return {};
}

log_result<void> lifecycle_log::init_producers() {
  for (turn& each : turns_) {
    if (each.initialised) continue;
    if (auto done = each.producer->init(); !done) return done.error();
    each.initialised = true;
  }
  return {};
}

void lifecycle_log::close() {
  if (consumer_) consumer_->close();
  sent_.reset();
  consumer_.reset();
  state_.reset();
  turns_ = {};
  turn_ = 0;
}

log_result<const codec::record_view*> lifecycle_log::poll(std::chrono::milliseconds timeout) {
  return consumer_->poll(timeout);
}

void lifecycle_log::drop_records() {
  if (consumer_) consumer_->drop_records();
}

log_result<void> lifecycle_log::resume(partition_offset from) {
  if (auto done = consumer_->seek({&from, 1}); !done) return done.error();
  return consumer_->resume(from.partition);
}

log_result<void> lifecycle_log::pause(std::int32_t partition) {
  return consumer_->pause(partition);
}

log_result<void> lifecycle_log::seek(std::span<const partition_offset> to) {
  return consumer_->seek(to);
}

log_result<std::vector<std::optional<std::int64_t>>> lifecycle_log::committed(
    std::span<const std::int32_t> partitions) {
  return consumer_->committed(partitions);
}

log_result<std::vector<std::int64_t>> lifecycle_log::state_ends(
    std::span<const std::int32_t> partitions) {
  return ask_state_ends(settings_, partitions, logger_);
}

log_result<offset_range> lifecycle_log::raw_range(std::int32_t partition) {
  return consumer_->range(partition);
}

std::optional<std::int64_t> lifecycle_log::known_raw_end(std::int32_t partition) {
  return consumer_->known_end(partition);
}

log_result<void> lifecycle_log::start_state(partition_offset from) {
  return state_->start(from);
}

log_result<state_event> lifecycle_log::poll_state(std::chrono::milliseconds timeout) {
  return state_->poll(timeout);
}

void lifecycle_log::stop_state(std::int32_t partition) {
  if (state_) state_->stop(partition);
}

log_result<void> lifecycle_log::begin() {
  return producer().begin();
}

log_result<void> lifecycle_log::write(const codec::outgoing_record& record,
                                      std::int32_t partition) {
  return producer().write(record, partition, consumer_->group());
}

log_result<void> lifecycle_log::send_offsets(std::span<const partition_offset> next) {
  if (consumer_->group() == nullptr || consumer_->assignment_lost()) {
    return log_failure{failure_class::abortable, "assignment lost",
                       "the group has given these partitions to another member"};
  }
  sent_ = consumer_->list(next);
  return producer().send_offsets(sent_.get(), consumer_->group());
}

log_result<void> lifecycle_log::commit() {
  if (auto done = producer().commit(); !done) return done.error();
  if (embedded_ && sent_) consumer_->commit_plainly(sent_.get());
  turn_ = 1 - turn_;
  return {};
}

log_result<void> lifecycle_log::abort() {
  if (auto done = producer().abort(); !done) return done.error();
  turn_ = 1 - turn_;
  return {};
}

std::string lifecycle_log::rival() {
  return describe_member(settings_, group_id(settings_, lifecycle_),
                         group_instance_id(settings_, lifecycle_), logger_);
}

bool lifecycle_log::answers() {
  return cluster_answers(settings_, logger_);
}

bool lifecycle_log::up() const {
  return heard_.is_recent(last_answer::clock::now());
}

std::unique_ptr<sinyal::lifecycle_log> make_lifecycle_log(const kafka_settings& settings,
                                                          const lifecycle_settings& lifecycle,
                                                          bool embedded, observe::logger& logger) {
  return std::make_unique<lifecycle_log>(settings, lifecycle, embedded, logger);
}

}  // namespace sinyal::kafka
