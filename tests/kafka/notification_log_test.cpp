// Ingest's side of Kafka against librdkafka's mock cluster: plumbing and faults, no promises.

#include "broker/kafka/notification_log.hpp"

#include "broker/core/subject.hpp"
#include "tests/kafka/cluster.hpp"

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <chrono>
#include <memory>
#include <poll.h>
#include <string>
#include <vector>

namespace {

using namespace sinyal;
using test::cluster;
using ticket_ptr = boost::intrusive_ptr<append_ticket>;

constexpr std::int16_t produce_key = 0;  // of Kafka's protocol
constexpr std::int16_t init_producer_id_key = 22;

struct appender {
  explicit appender(const kafka_settings& settings)
      : log{std::move(*kafka::notification_log::make(settings, test::quiet()))} {
    headers.add("sinyal_version", "1");
    headers.add("sinyal_peer", "");
  }
  enqueue_result append(std::string_view key, ticket_ptr ticket, std::string_view value = "{}") {
    return log->append({key, value, &headers, 1234567890123}, std::move(ticket));
  }
  /// Drains until the condition holds; false after ten seconds.
  template <class Condition>
  bool until(Condition&& holds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (!holds()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      pollfd wakeup{log->ready_fd(), POLLIN, 0};
      ::poll(&wakeup, 1, 100);
      log->drain();
    }
    return true;
  }
  bool answered(const ticket_ptr& ticket) {
    return until([&] { return ticket->outstanding == 0; });
  }

  codec::header_list headers;
  std::unique_ptr<kafka::notification_log> log;
};

ticket_ptr make_ticket() {
  return ticket_ptr{new append_ticket};
}

}  // namespace

TEST_CASE("an append is acknowledged once, and read back as it was given") {
  cluster mock;
  appender at{mock.settings};
  const ticket_ptr ticket = make_ticket();
  int woken = 0;
  ticket->session = &woken;
  ticket->wake = [](void* session) { ++*static_cast<int*>(session); };
  CHECK(at.append("G1:payment:A", ticket, std::string_view{"a\0b", 3}) == enqueue_result::enqueued);
  CHECK(at.append("G1:invoice:B", ticket) == enqueue_result::enqueued);
  CHECK(ticket->outstanding == 2);
  REQUIRE(at.answered(ticket));
  CHECK(woken == 1);
  CHECK(ticket->worst == append_outcome::stored);
  const auto records = mock.read("midtrans.notifications", 2);
  REQUIRE(records.size() == 2);
  for (const test::read_record& each : records) {
    CHECK(each.partition == core::partition_of(each.key, mock.settings.partitions));
    CHECK(each.timestamp_ms == 1234567890123);
    CHECK(each.headers == std::vector<std::string>{"sinyal_version=1", "sinyal_peer="});
  }
  const bool first_is_a = records[0].key == "G1:payment:A";
  CHECK(records[first_is_a ? 0 : 1].value == std::string_view{"a\0b", 3});
}

TEST_CASE("metadata and a connection show by themselves") {
  cluster mock;
  appender at{mock.settings};
  CHECK_FALSE(at.log->started());
  CHECK(at.until([&] { return at.log->started() && at.log->up(); }));
  rd_kafka_mock_broker_set_down(mock.mock(), 1);
  CHECK(at.until([&] { return !at.log->up(); }));
  CHECK(at.log->started());  // an outage does not undo that
  rd_kafka_mock_broker_set_up(mock.mock(), 1);
  CHECK(at.until([&] { return at.log->up(); }));
}

TEST_CASE("a full queue takes nothing, and takes again when there is room") {
  cluster mock;
  mock.settings.queue_records_max = 3;
  appender at{mock.settings};
  REQUIRE(at.until([&] { return at.log->started(); }));
  rd_kafka_mock_broker_set_down(mock.mock(), 1);
  std::vector<ticket_ptr> tickets;
  for (int i = 0; i < 3; ++i) {
    tickets.push_back(make_ticket());
    CHECK(at.append("G1:payment:A", tickets.back()) == enqueue_result::enqueued);
  }
  const ticket_ptr late = make_ticket();
  CHECK(at.append("G1:payment:A", late) == enqueue_result::full);
  CHECK(late->outstanding == 0);
  CHECK(late->use_count() == 1);
  rd_kafka_mock_broker_set_up(mock.mock(), 1);
  for (const ticket_ptr& each : tickets) {
    REQUIRE(at.answered(each));
    CHECK(each->worst == append_outcome::stored);
  }
  CHECK(at.append("G1:payment:A", late) == enqueue_result::enqueued);
  CHECK(at.answered(late));
}

TEST_CASE("each delivery error has its answer") {
  struct row {
    const char* name;
    rd_kafka_resp_err_t error;
    append_outcome outcome;
  };
  cluster mock;
  appender at{mock.settings};
  REQUIRE(at.until([&] { return at.log->started(); }));
  for (const row& each :
       {row{"too large", RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, append_outcome::refused},
        row{"a leader that moves is retried", RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            append_outcome::stored},
        row{"too few replicas for a moment", RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
            append_outcome::stored},
        // Last, since the client takes the topic for forbidden until its next metadata.
        row{"no rights", RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, append_outcome::refused}}) {
    CAPTURE(each.name);
    rd_kafka_mock_push_request_errors(mock.mock(), produce_key, 1, each.error);
    const ticket_ptr ticket = make_ticket();
    CHECK(at.append("G1:payment:A", ticket) == enqueue_result::enqueued);
    REQUIRE(at.answered(ticket));
    CHECK(ticket->worst == each.outcome);
    CHECK(at.log->up());  // what is refused was answered
  }
}

TEST_CASE("an outage longer than the message's time is a timeout") {
  cluster mock;
  mock.settings.message_timeout_ms = 300;
  appender at{mock.settings};
  REQUIRE(at.until([&] { return at.log->started(); }));
  rd_kafka_mock_broker_set_down(mock.mock(), 1);
  const ticket_ptr ticket = make_ticket();
  CHECK(at.append("G1:payment:A", ticket) == enqueue_result::enqueued);
  REQUIRE(at.answered(ticket));
  CHECK(ticket->worst == append_outcome::timed_out);
}

TEST_CASE("a record that is too large for the client is refused at once") {
  cluster mock;
  mock.settings.record_bytes_max = 20000;
  appender at{mock.settings};
  const ticket_ptr ticket = make_ticket();
  CHECK(at.append("G1:payment:A", ticket, std::string(21000, 'x')) == enqueue_result::failed);
  CHECK(ticket->outstanding == 0);
}

TEST_CASE("a record that leaves no room for what quarantine adds is refused, too") {
  cluster mock;
  mock.settings.record_bytes_max = 20000;
  appender at{mock.settings};
  const std::string longest(mock.settings.raw_record_bytes_max(), 'x');
  CHECK(at.append("G1:payment:A", make_ticket(), longest) == enqueue_result::failed);
  const ticket_ptr ticket = make_ticket();
  REQUIRE(at.append("G1:payment:A", ticket, longest.substr(1000)) == enqueue_result::enqueued);
  REQUIRE(at.answered(ticket));
  CHECK(ticket->worst == append_outcome::stored);
}

TEST_CASE("a producer that fails for good is replaced, and who waited is told") {
  cluster mock;
  appender at{mock.settings};
  REQUIRE(at.until([&] { return at.log->started(); }));
  rd_kafka_mock_broker_set_down(mock.mock(), 1);
  std::vector<ticket_ptr> tickets;
  for (int i = 0; i < 20; ++i) {
    tickets.push_back(make_ticket());
    CHECK(at.append("G1:payment:A", tickets.back()) == enqueue_result::enqueued);
  }
  at.log->fail_for_test();
  for (const ticket_ptr& each : tickets) {
    REQUIRE(at.answered(each));
    CHECK(each->worst == append_outcome::timed_out);
    CHECK(each->use_count() == 1);
  }
  rd_kafka_mock_broker_set_up(mock.mock(), 1);
  const ticket_ptr next = make_ticket();
  REQUIRE(at.append("G1:payment:A", next) == enqueue_result::enqueued);
  REQUIRE(at.answered(next));
  CHECK(next->worst == append_outcome::stored);
}

TEST_CASE("a producer whose every successor fails for good is replaced at leisure") {
  cluster mock;
  const std::vector<rd_kafka_resp_err_t> denied(
      10000, RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);  // as without rights to be idempotent
  rd_kafka_mock_push_request_errors_array(mock.mock(), init_producer_id_key, denied.size(),
                                          denied.data());
  appender at{mock.settings};
  int failures = 0;
  bool has_failed = false;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{3};
  REQUIRE(at.until([&] {
    const bool fails = at.append("G1:payment:A", make_ticket()) == enqueue_result::failed;
    if (fails && !has_failed) ++failures;
    has_failed = fails;
    return std::chrono::steady_clock::now() > end;
  }));
  CHECK(failures >= 2);
  CHECK(failures <= 4);  // without a pause there are more than a dozen
}

TEST_CASE("tickets outlive a log that is closed over them") {
  const ticket_ptr ticket = make_ticket();
  {
    cluster mock;
    appender at{mock.settings};
    REQUIRE(at.until([&] { return at.log->started(); }));
    rd_kafka_mock_broker_set_down(mock.mock(), 1);
    CHECK(at.append("G1:payment:A", ticket) == enqueue_result::enqueued);
  }
  CHECK(ticket->use_count() == 1);
  CHECK(ticket->outstanding == 1);
}

TEST_CASE("a property that librdkafka does not know is named, its value is not") {
  cluster mock;
  mock.settings.properties["no.such.property"] = core::secret{"hush"};
  const auto made = kafka::make_notification_log(mock.settings, test::quiet());
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().message.find("no.such.property") != std::string::npos);
  CHECK(made.error().message.find("hush") == std::string::npos);
}
