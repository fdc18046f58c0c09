#include "broker/kafka/rebuild_log.hpp"

#include "broker/kafka/group_consumer.hpp"
#include "broker/kafka/group_description.hpp"
#include "broker/kafka/names.hpp"
#include "broker/kafka/partition_ranges.hpp"
#include "broker/kafka/state_reader.hpp"
#include "broker/kafka/transaction_producer.hpp"

#include <string>
#include <utility>
#include <vector>

namespace sinyal::kafka {

namespace {

class log_over_kafka final : public rebuild_log {
 public:
  log_over_kafka(const kafka_settings& settings, std::string group, observe::logger& logger)
      : settings_{settings}, group_{std::move(group)}, logger_{logger} {}

  log_result<void> make(const lifecycle_settings& lifecycle) {
    auto producer = transaction_producer::make(settings_, lifecycle, group_ + "-rebuild", logger_);
    if (!producer) return producer.error();
    auto raw = state_reader::make(settings_, notifications_topic(settings_.raw_prefix()), logger_);
    if (!raw) return raw.error();
    auto state = state_reader::make(settings_, state_topic(settings_.topic_prefix), logger_);
    if (!state) return state.error();
    auto quarantine =
        state_reader::make(settings_, quarantine_topic(settings_.topic_prefix), logger_);
    if (!quarantine) return quarantine.error();
    // It never subscribes: it asks as a client of the group's name, and is no member.
    auto consumer = group_consumer::make(settings_, lifecycle, false, logger_);
    if (!consumer) return consumer.error();
    producer_ = std::move(*producer);
    raw_ = std::move(*raw);
    state_ = std::move(*state);
    quarantine_ = std::move(*quarantine);
    consumer_ = std::move(*consumer);
    return {};
  }

  log_result<void> open() override { return producer_->init(); }
  log_result<std::vector<std::string>> members() override {
    const auto members = group_members(settings_, group_, logger_);
    if (!members) return members.error();
    std::vector<std::string> texts;
    for (const group_member& each : *members) texts.push_back(each.text);
    return texts;
  }
  log_result<std::vector<std::optional<std::int64_t>>> committed(
      std::span<const std::int32_t> partitions) override {
    return consumer_->committed(partitions);
  }
  log_result<offset_range> raw_range(std::int32_t partition) override {
    return consumer_->range(partition);
  }
  log_result<std::vector<std::int64_t>> state_ends(
      std::span<const std::int32_t> partitions) override {
    return ask_state_ends(settings_, partitions, logger_);
  }

  log_result<offset_range> quarantine_range(std::int32_t partition) override {
    const topic_partition asked{quarantine_topic(settings_.topic_prefix), partition};
    const auto ranges = ask_ranges(settings_, {&asked, 1}, logger_);
    if (!ranges) return ranges.error();
    return ranges->front();
  }

  log_result<void> start(topic of, partition_offset from) override {
    return reader(of).start(from);
  }
  log_result<state_event> poll(topic of, std::chrono::milliseconds timeout) override {
    return reader(of).poll(timeout);
  }
  void stop(topic of, std::int32_t partition) override { reader(of).stop(partition); }

  log_result<void> begin() override { return producer_->begin(); }
  log_result<void> write(const codec::outgoing_record& record, std::int32_t partition) override {
    return producer_->write(record, partition, nullptr);
  }
  log_result<void> commit() override { return producer_->commit(); }
  log_result<void> abort() override { return producer_->abort(); }

 private:
  state_reader& reader(topic of) {
    if (of == topic::quarantine) return *quarantine_;
    return of == topic::raw ? *raw_ : *state_;
  }

  kafka_settings settings_;
  std::string group_;
  observe::logger& logger_;
  std::unique_ptr<transaction_producer> producer_;
  std::unique_ptr<state_reader> raw_;
  std::unique_ptr<state_reader> state_;
  std::unique_ptr<state_reader> quarantine_;
  std::unique_ptr<group_consumer> consumer_;
};

}  // namespace

log_result<std::unique_ptr<rebuild_log>> make_rebuild_log(const kafka_settings& settings,
                                                          const lifecycle_settings& lifecycle,
                                                          observe::logger& logger) {
  auto made = std::make_unique<log_over_kafka>(settings, group_id(settings, lifecycle), logger);
  if (auto done = made->make(lifecycle); !done) return done.error();
  return std::unique_ptr<rebuild_log>{std::move(made)};
}

}  // namespace sinyal::kafka
