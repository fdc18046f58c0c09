// Requests of the group, of the raw log and of the questions of a restore, answered with every
// error that matters: the class that the seam tells, or that the client mends it by itself.

#include "broker/core/subject.hpp"
#include "broker/kafka/group_consumer.hpp"
#include "broker/kafka/lifecycle_log.hpp"
#include "broker/kafka/notification_log.hpp"
#include "tests/kafka/cluster.hpp"

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace sinyal;
using namespace std::chrono_literals;
using what = failure_class;

/// Requests by their number in Kafka's protocol.
enum class request : std::int16_t {
  fetch = 1,
  list_offsets = 2,
  metadata = 3,
  fetch_offsets = 9,
  find_coordinator = 10,
  join = 11,
  heartbeat = 12,
  sync = 14,
};

struct watcher : assignment_observer {
  void assigned(std::span<const std::int32_t> partitions) override {
    now.assign(partitions.begin(), partitions.end());
    ++times;
  }
  void revoked(std::span<const std::int32_t>, bool) override { now.clear(); }
  std::vector<std::int32_t> now;
  int times = 0;
};

/// A member of a group of its own, since one that has failed for good spoils its group's next join.
struct member {
  member(const test::cluster& mock, const std::string& group) {
    lifecycle_settings settings;
    settings.instance = "test";
    settings.group = group;
    settings.session_timeout_ms = 6000;  // for so long the mock waits for members that are gone
    log = kafka::make_lifecycle_log(mock.settings, settings, true, test::quiet());
    opened = log->open(seen).has_value();
  }
  /// Polls until something holds, or something fails.
  std::optional<log_failure> polls_until(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (!holds() && std::chrono::steady_clock::now() < deadline) {
      const auto polled = log->poll(50ms);
      if (!polled) return polled.error();
      records += *polled != nullptr;
    }
    return std::nullopt;
  }
  std::optional<log_failure> joins() {
    return polls_until([this] { return !seen.now.empty(); });
  }

  watcher seen;
  int records = 0;
  bool opened = false;
  std::unique_ptr<lifecycle_log> log;
};

void inject(test::cluster& mock, request during, rd_kafka_resp_err_t answer,
            std::size_t times = 1) {
  const std::vector<rd_kafka_resp_err_t> answers(times, answer);
  rd_kafka_mock_push_request_errors_array(mock.mock(), static_cast<std::int16_t>(during), times,
                                          answers.data());
}

/// A record in the raw log, acknowledged; where it stands.
partition_offset append_one(const test::cluster& mock) {
  const std::string key = "G1:payment:A";
  const auto raw = std::move(*kafka::make_notification_log(mock.settings, test::quiet()));
  codec::header_list headers;
  headers.add("sinyal_version", "1");
  const boost::intrusive_ptr<append_ticket> ticket{new append_ticket};
  REQUIRE(raw->append({key, "v", &headers, 5}, ticket) == enqueue_result::enqueued);
  return {core::partition_of(key, mock.settings.partitions), 0};
}  // the log's end waits for the acknowledgement

std::string bytes_of(const rd_kafka_consumer_group_metadata_t* group) {
  void* buffer = nullptr;
  std::size_t size = 0;
  REQUIRE(rd_kafka_consumer_group_metadata_write(group, &buffer, &size) == nullptr);
  std::string bytes{static_cast<const char*>(buffer), size};
  rd_kafka_mem_free(nullptr, buffer);
  return bytes;
}

/// What became of one question: nothing where it was answered in the end.
std::optional<what> class_of(const std::optional<log_failure>& failed) {
  if (!failed) return std::nullopt;
  return failed->what;
}
int number(std::optional<what> kind) {
  return kind ? static_cast<int>(*kind) : -1;
}

}  // namespace

TEST_CASE("every answer to the questions of a restore has its class") {
  test::cluster mock;
  member at{mock, "restore"};
  REQUIRE(at.opened);
  REQUIRE_FALSE(at.joins());
  const std::int32_t partition = 0;
  const auto committed = [&]() -> std::optional<log_failure> {
    auto done = at.log->committed({&partition, 1});
    return done ? std::nullopt : std::optional{done.error()};
  };
  const auto range = [&]() -> std::optional<log_failure> {
    auto done = at.log->raw_range(partition);
    return done ? std::nullopt : std::optional{done.error()};
  };
  const auto ends = [&]() -> std::optional<log_failure> {
    auto done = at.log->state_ends({&partition, 1});
    return done ? std::nullopt : std::optional{done.error()};
  };
  struct row {
    request during;
    rd_kafka_resp_err_t answer;
    std::function<std::optional<log_failure>()> question;
    std::optional<what> expected;  // absent: it was answered all the same
    std::size_t times = 1;
  };
  const std::vector<row> rows{
      {request::fetch_offsets, RD_KAFKA_RESP_ERR_NOT_COORDINATOR, committed, what::retriable},
      {request::fetch_offsets, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, committed, {}},
      {request::fetch_offsets, RD_KAFKA_RESP_ERR__TRANSPORT, committed, {}},
      {request::fetch_offsets, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, committed,
       what::topic},
      {request::list_offsets, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, range, what::retriable},
      {request::list_offsets, RD_KAFKA_RESP_ERR__TRANSPORT, range, {}},
      {request::list_offsets, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, range, what::topic, 2},
      {request::list_offsets, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, ends, what::retriable, 2},
      {request::list_offsets, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, ends, what::topic, 2},
      {request::list_offsets, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, ends, {}},
      {request::metadata, RD_KAFKA_RESP_ERR__TRANSPORT, ends, {}},
  };
  for (const row& each : rows) {
    CAPTURE(static_cast<int>(each.during));
    CAPTURE(std::string{rd_kafka_err2name(each.answer)});
    inject(mock, each.during, each.answer, each.times);
    const auto failed = each.question();
    rd_kafka_mock_clear_request_errors(mock.mock(), static_cast<std::int16_t>(each.during));
    // What is to be asked again may have been by the client itself.
    if (failed || each.expected != what::retriable) {
      CHECK(number(class_of(failed)) == number(each.expected));
    }
    CHECK_FALSE(each.question());  // asked again, it is answered
  }
  MESSAGE(rows.size() << " rows");
}

TEST_CASE("what the raw log's fetches are answered reaches the loop, or is fetched again") {
  struct row {
    rd_kafka_resp_err_t answer;
    std::optional<what> expected;
  };
  test::cluster mock;
  member at{mock, "fetch"};
  REQUIRE(at.opened);
  REQUIRE_FALSE(at.joins());
  const auto raw = std::move(*kafka::make_notification_log(mock.settings, test::quiet()));
  const std::string key = "G1:payment:A";
  const std::int32_t partition = core::partition_of(key, mock.settings.partitions);
  REQUIRE(at.log->resume({partition, 0}));
  for (const row& each :
       {row{RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, {}}, row{RD_KAFKA_RESP_ERR__TRANSPORT, {}},
        row{RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, {}}}) {
    CAPTURE(std::string{rd_kafka_err2name(each.answer)});
    inject(mock, request::fetch, each.answer);
    codec::header_list headers;
    headers.add("sinyal_version", "1");
    const boost::intrusive_ptr<append_ticket> ticket{new append_ticket};
    REQUIRE(raw->append({key, "v", &headers, 5}, ticket) == enqueue_result::enqueued);
    const int before = at.records;
    // What is on its way when the error is injected comes before it.
    const auto failed =
        at.polls_until([&] { return at.records > before && !each.expected.has_value(); });
    CHECK((failed || at.records > before));
    rd_kafka_mock_clear_request_errors(mock.mock(), static_cast<std::int16_t>(request::fetch));
    CHECK(number(class_of(failed)) == number(each.expected));
    if (failed) CHECK_FALSE(at.polls_until([&] { return at.records > before; }));
  }
}

TEST_CASE("what the group answers is a failure with its class, or it is joined all the same") {
  struct row {
    request during;
    rd_kafka_resp_err_t answer;
    std::optional<what> expected;
  };
  const std::vector<row> rows{
      {request::find_coordinator, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, {}},
      {request::join, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, {}},
      {request::join, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, what::topic},
      {request::join, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, what::replaced},
      {request::sync, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, what::replaced},
      {request::heartbeat, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, what::replaced},
  };
  // Side by side, each in a cluster of its own: joining and heartbeats take their seconds.
  std::vector<std::future<std::string>> told;
  for (const row& each : rows) {
    told.push_back(std::async(std::launch::async, [&each] {
      test::cluster mock;
      if (each.during != request::heartbeat) inject(mock, each.during, each.answer);
      member at{mock, "group"};
      if (!at.opened) return std::string{"not opened"};
      auto failed = at.polls_until([&] { return !at.seen.now.empty(); });
      if (each.during == request::heartbeat && !failed) {
        inject(mock, each.during, each.answer);
        failed = at.polls_until([&] { return at.seen.times == 2; });
      }
      if (number(class_of(failed)) != number(each.expected)) {
        return failed ? failed->reason + ": " + failed->message : std::string{"no failure"};
      }
      if (failed) return std::string{};
      return std::string{at.seen.now.empty() ? "joined too late" : ""};
    }));
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(static_cast<int>(rows[i].during));
    CAPTURE(std::string{rd_kafka_err2name(rows[i].answer)});
    CHECK(told[i].get() == "");
  }
}

TEST_CASE("a batch keeps the group that it began in, also when that has gone on without it") {
  test::cluster mock;
  lifecycle_settings settings;
  settings.instance = "test";
  settings.group = "keeps";
  watcher seen;
  const auto consumer =
      std::move(*kafka::group_consumer::make(mock.settings, settings, true, test::quiet()));
  REQUIRE(consumer->subscribe(seen));
  const partition_offset from = append_one(mock);
  const auto polls_until = [&](const std::function<bool()>& holds) {
    bool any = false;
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (!holds() && std::chrono::steady_clock::now() < deadline) {
      const auto polled = consumer->poll(50ms);
      any = any || (polled && *polled != nullptr);
    }
    return any;
  };
  polls_until([&] { return !seen.now.empty(); });
  CHECK(consumer->group() == nullptr);
  REQUIRE(consumer->seek({&from, 1}));
  REQUIRE(consumer->resume(from.partition));
  REQUIRE(polls_until([&] { return consumer->group() != nullptr; }));
  const std::string begun = bytes_of(consumer->group());

  inject(mock, request::heartbeat, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (!consumer->assignment_lost() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(10ms);
  }
  REQUIRE(consumer->assignment_lost());
  CHECK(bytes_of(consumer->group()) == begun);
  consumer->drop_records();
  CHECK(consumer->group() == nullptr);
}

TEST_CASE("offsets of partitions that were lost are refused here, not by the broker") {
  test::cluster mock;
  member at{mock, "lost"};
  REQUIRE(at.opened);
  REQUIRE_FALSE(at.joins());
  const partition_offset from = append_one(mock);
  REQUIRE(at.log->resume(from));
  REQUIRE_FALSE(at.polls_until([&] { return at.records > 0; }));
  inject(mock, request::heartbeat, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
  REQUIRE(at.log->begin());
  const partition_offset next{from.partition, from.offset + 1};
  auto sent = at.log->send_offsets({&next, 1});
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (sent && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(10ms);
    sent = at.log->send_offsets({&next, 1});
  }
  REQUIRE_FALSE(sent);
  CHECK(sent.error().what == what::abortable);
  CHECK(sent.error().reason == "assignment lost");
  CHECK(at.log->abort());
}
