#pragma once
// The transactional log over librdkafka: a group consumer, a reader of the state topic and two
// transactional producers that take turns, since the broker still writes the markers of one's
// transaction when the next begins.

#include "broker/config.hpp"
#include "broker/kafka/group_consumer.hpp"
#include "broker/kafka/last_answer.hpp"
#include "broker/kafka/state_reader.hpp"
#include "broker/kafka/transaction_producer.hpp"
#include "broker/observe/log.hpp"
#include "broker/ports.hpp"

#include <array>
#include <memory>
#include <string>

namespace sinyal::kafka {

class lifecycle_log final : public sinyal::lifecycle_log {
 public:
  /// `embedded`: the mock cluster loses transactions' offsets, so they are committed plainly too.
  lifecycle_log(const kafka_settings& settings, const lifecycle_settings& lifecycle, bool embedded,
                observe::logger& logger);
  ~lifecycle_log() override;

  log_result<void> open(assignment_observer& observer) override;
  void close() override;

  log_result<const codec::record_view*> poll(std::chrono::milliseconds timeout) override;
  void drop_records() override;

  log_result<void> resume(partition_offset from) override;
  log_result<void> pause(std::int32_t partition) override;
  log_result<void> seek(std::span<const partition_offset> to) override;

  log_result<std::vector<std::optional<std::int64_t>>> committed(
      std::span<const std::int32_t> partitions) override;
  log_result<std::vector<std::int64_t>> state_ends(
      std::span<const std::int32_t> partitions) override;
  log_result<offset_range> raw_range(std::int32_t partition) override;
  std::optional<std::int64_t> known_raw_end(std::int32_t partition) override;

  log_result<void> start_state(partition_offset from) override;
  log_result<state_event> poll_state(std::chrono::milliseconds timeout) override;
  void stop_state(std::int32_t partition) override;

  log_result<void> begin() override;
  log_result<void> write(const codec::outgoing_record& record, std::int32_t partition) override;
  log_result<void> send_offsets(std::span<const partition_offset> next) override;
  log_result<void> commit() override;
  log_result<void> abort() override;

  std::string rival() override;
  bool answers() override;
  bool up() const override;

 private:
  struct turn {
    std::unique_ptr<transaction_producer> producer;
    bool initialised = false;
  };
  log_result<void> make_clients();
  log_result<void> init_producers();
  transaction_producer& producer() { return *turns_[turn_].producer; }

  kafka_settings settings_;
  lifecycle_settings lifecycle_;
  bool embedded_;
  observe::logger& logger_;
  last_answer heard_;  // by the clients below
  std::array<turn, 2> turns_;
  std::size_t turn_ = 0;  // whose transaction is open, or comes next
  std::unique_ptr<group_consumer> consumer_;
  std::unique_ptr<state_reader> state_;
  offsets_handle sent_;  // with the open transaction; kept for the embedded broker
};

/// The same as its port, which is all that serve knows of it.
std::unique_ptr<sinyal::lifecycle_log> make_lifecycle_log(const kafka_settings& settings,
                                                          const lifecycle_settings& lifecycle,
                                                          bool embedded, observe::logger& logger);

}  // namespace sinyal::kafka
