#pragma once
// The raw log as ingest appends to it: an idempotent producer that never blocks, whose delivery
// reports are events behind one file descriptor. All on ingest's I/O thread.

#include "broker/config.hpp"
#include "broker/kafka/client.hpp"
#include "broker/kafka/handles.hpp"
#include "broker/kafka/last_answer.hpp"
#include "broker/kafka/reachability.hpp"
#include "broker/observe/log.hpp"
#include "broker/ports.hpp"

#include <chrono>
#include <deque>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace sinyal::kafka {

class notification_log final : public sinyal::notification_log {
 public:
  static log_result<std::unique_ptr<notification_log>> make(const kafka_settings& settings,
                                                            observe::logger& logger);
  /// Gives what is on its way a moment to arrive; tickets still open then are let go unanswered.
  ~notification_log() override;

  enqueue_result append(const raw_append& record,
                        boost::intrusive_ptr<append_ticket> ticket) override;
  int ready_fd() const override { return wakeup_; }
  void drain() override;
  bool started() const override { return started_ && !fatal_; }
  bool up() const override { return up_; }

  /// Makes the producer fail for good, as librdkafka's own tests do.
  void fail_for_test();

 private:
  /// A record on its way. Its address is what the delivery report brings back.
  struct pending {
    boost::intrusive_ptr<append_ticket> ticket;  // null: the slot is free
  };
  /// One producer and all that dies with it. Members in the order of their lives.
  struct generation {
    std::deque<pending> slots;
    std::vector<pending*> free;
    client_handle client;
    topic_handle topic;
    queue_handle events;
  };

  notification_log(const kafka_settings& settings, observe::logger& logger);
  log_result<std::unique_ptr<generation>> make_generation();
  void replace();
  static void bury(std::unique_ptr<generation> dead);
  void handle(rd_kafka_event_t& event);
  void delivered(const rd_kafka_message_t& message);
  void failed(rd_kafka_event_t& event);
  void statistics(std::string_view json);
  void tell_reachable();
  void wake_myself() const;
  pending* reserve(boost::intrusive_ptr<append_ticket> ticket);
  void release(pending* slot);

  kafka_settings settings_;
  client_owner owner_;
  observe::logger& logger_;
  std::string topic_name_;
  int wakeup_ = -1;
  bool started_ = false;
  last_answer heard_;  // its clients' threads note in it
  reachability reachable_;
  bool up_ = false;     // as last told
  bool fatal_ = false;  // the producer is to be replaced by drain()
  std::chrono::steady_clock::time_point replaced_at_;
  std::unique_ptr<generation> now_;
  std::vector<std::future<void>> burials_;  // those that are not over
};

/// The same as its port, which is all that serve knows of it.
log_result<std::unique_ptr<sinyal::notification_log>> make_notification_log(
    const kafka_settings& settings, observe::logger& logger);

}  // namespace sinyal::kafka
