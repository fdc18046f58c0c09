// Lifecycle's side of Kafka against the mock cluster: that records come and go through the handles
// as the seam says. What a transaction is worth is tested on a real Kafka.

#include "broker/kafka/lifecycle_log.hpp"

#include "broker/core/subject.hpp"
#include "broker/kafka/notification_log.hpp"
#include "tests/kafka/cluster.hpp"

#include <doctest/doctest.h>
#include <librdkafka/rdkafka_mock.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace sinyal;
using namespace std::chrono_literals;

struct watcher : assignment_observer {
  void assigned(std::span<const std::int32_t> partitions) override {
    now.assign(partitions.begin(), partitions.end());
  }
  void revoked(std::span<const std::int32_t>, bool) override { now.clear(); }
  std::vector<std::int32_t> now;
};

void append(const test::cluster& mock, std::string_view key, std::string_view value) {
  const auto log = std::move(*kafka::make_notification_log(mock.settings, test::quiet()));
  codec::header_list headers;
  headers.add("sinyal_version", "1");
  const boost::intrusive_ptr<append_ticket> ticket{new append_ticket};
  REQUIRE(log->append({key, value, &headers, 5}, ticket) == enqueue_result::enqueued);
}  // the log's end waits for the acknowledgement

struct member {
  explicit member(const test::cluster& mock) {
    lifecycle_settings settings;
    settings.instance = "test";
    log = kafka::make_lifecycle_log(mock.settings, settings, true, test::quiet());
  }
  /// Opened, and given its partitions; the mock's first join takes three seconds.
  bool joins() {
    if (!log->open(seen)) return false;
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (seen.now.empty() && std::chrono::steady_clock::now() < deadline) {
      if (!log->poll(100ms)) return false;
    }
    return !seen.now.empty();
  }
  const codec::record_view* next() {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (std::chrono::steady_clock::now() < deadline) {
      const auto polled = log->poll(100ms);
      if (!polled) return nullptr;
      if (*polled != nullptr) return *polled;
    }
    return nullptr;
  }
  watcher seen;
  std::unique_ptr<lifecycle_log> log;
};

/// One for the whole file, since joining takes so long. Every test leaves it between two batches.
struct shared {
  test::cluster mock;
  member at{mock};
  bool joined = at.joins();
};
shared& joined() {
  static shared all;
  REQUIRE(all.joined);
  all.at.log->drop_records();
  return all;
}

}  // namespace

TEST_CASE("read, transform, write, commit, and go on from another offset") {
  auto& [mock, at, is_joined] = joined();
  const std::string key = "G1:payment:A";
  const std::int32_t partition = core::partition_of(key, mock.settings.partitions);
  append(mock, key, "one");
  append(mock, key, "two");
  CHECK(at.seen.now == std::vector<std::int32_t>{0, 1, 2, 3});

  // Paused until somebody says from where.
  const auto early = at.log->poll(200ms);
  CHECK((early && *early == nullptr));
  REQUIRE(at.log->resume({partition, 1}));
  const codec::record_view* record = at.next();
  REQUIRE(record != nullptr);
  CHECK(record->offset == 1);
  CHECK(record->key == key);
  CHECK(record->value == "two");
  CHECK(record->header("sinyal_version") == "1");
  CHECK(record->timestamp_ms == 5);

  codec::outgoing_record out;
  out.to = codec::destination::signal;
  out.signal = core::signal::payment_settled;
  out.key = key;
  out.value = "settled";
  out.headers.add("ce_type", "sinyal.payment.settled.v1");
  out.timestamp_ms = 7;
  const partition_offset next{partition, 2};
  for (int turn = 0; turn < 2; ++turn) {  // both producers
    REQUIRE(at.log->begin());
    REQUIRE(at.log->write(out, partition));
    REQUIRE(at.log->send_offsets({&next, 1}));
    REQUIRE(at.log->commit());
  }
  const auto records = mock.read("midtrans.payment.settled", 2);
  REQUIRE(records.size() == 2);
  CHECK(records[0].partition == partition);
  CHECK(records[0].value == "settled");
  CHECK(records[0].timestamp_ms == 7);
  CHECK(records[0].headers == std::vector<std::string>{"ce_type=sinyal.payment.settled.v1"});

  at.log->drop_records();
  const partition_offset back{partition, 0};
  REQUIRE(at.log->seek({&back, 1}));
  record = at.next();
  REQUIRE(record != nullptr);
  CHECK(record->offset == 0);
}

TEST_CASE("offsets without a batch of this generation are refused here, not by the broker") {
  auto& [mock, at, is_joined] = joined();
  REQUIRE(at.log->begin());
  const partition_offset next{0, 1};
  const auto sent = at.log->send_offsets({&next, 1});
  REQUIRE_FALSE(sent);
  CHECK(sent.error().what == failure_class::abortable);
  CHECK(at.log->abort());
}

TEST_CASE("a write to a partition that no topic has is the topic's failure") {
  auto& [mock, at, is_joined] = joined();
  append(mock, "G1:payment:D", "one");
  const std::int32_t partition = core::partition_of("G1:payment:D", mock.settings.partitions);
  REQUIRE(at.log->resume({partition, 0}));
  REQUIRE(at.next() != nullptr);
  REQUIRE(at.log->begin());
  codec::outgoing_record out;
  out.to = codec::destination::quarantine;
  out.key = "k";
  out.value = "v";
  out.headers.add("sinyal_reason", "x");
  REQUIRE(at.log->write(out, partition));
  const auto written = at.log->write(out, 99);
  REQUIRE_FALSE(written);
  CHECK(written.error().what == failure_class::topic);
  CHECK(written.error().partition == 99);
  CHECK(at.log->abort());
}

TEST_CASE("the state topic is read from an offset to its end") {
  auto& [mock, at, is_joined] = joined();
  append(mock, "G1:payment:B", "one");
  const std::int32_t partition = core::partition_of("G1:payment:B", mock.settings.partitions);
  REQUIRE(at.log->resume({partition, 0}));
  REQUIRE(at.next() != nullptr);
  REQUIRE(at.log->begin());
  codec::outgoing_record out;
  out.to = codec::destination::state;
  for (const char* value : {"1", "2", "3"}) {
    out.key = "k";
    out.value = value;
    REQUIRE(at.log->write(out, partition));
  }
  const partition_offset next{partition, 1};
  REQUIRE(at.log->send_offsets({&next, 1}));
  REQUIRE(at.log->commit());

  const auto ends = at.log->state_ends({&partition, 1});
  REQUIRE(ends.has_value());
  CHECK(ends->at(0) == 3);
  REQUIRE(at.log->start_state({partition, 1}));
  std::vector<std::string> values;
  std::int64_t end = -1;
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (end < 0 && std::chrono::steady_clock::now() < deadline) {
    const auto event = at.log->poll_state(100ms);
    REQUIRE(event.has_value());
    if (event->what == state_event::kind::record) values.emplace_back(*event->record->value);
    if (event->what == state_event::kind::end) end = event->offset;
  }
  at.log->stop_state(partition);
  CHECK(values == std::vector<std::string>{"2", "3"});
  CHECK(end == 3);
  CHECK(at.log->known_raw_end(partition).value_or(-1) >= 1);
  const auto range = at.log->raw_range(partition);
  REQUIRE(range.has_value());
  CHECK(range->end >= 1);
}

TEST_CASE("that Kafka is away shows, and that it is back, while nobody calls") {
  shared& all = joined();
  const auto becomes = [&](bool up) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (all.at.log->up() != up && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(20ms);
    }
    return all.at.log->up() == up;
  };
  CHECK(becomes(true));
  rd_kafka_mock_broker_set_down(all.mock.mock(), 1);
  CHECK(becomes(false));
  rd_kafka_mock_broker_set_up(all.mock.mock(), 1);
  CHECK(becomes(true));
}

TEST_CASE("closing gives the partitions back") {
  auto& [mock, at, is_joined] = joined();
  at.log->close();
  CHECK(at.seen.now.empty());
}
