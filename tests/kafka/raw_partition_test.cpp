#include "broker/kafka/raw_partition.hpp"

#include "broker/kafka/handles.hpp"
#include "broker/kafka/names.hpp"
#include "tests/kafka/cluster.hpp"

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <string>
#include <vector>

namespace {

using namespace sinyal;

/// To the raw topic, with its number as key and value.
void write(const test::cluster& mock, std::int32_t partition, int from, int to) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", mock.settings.bootstrap_servers.c_str(), nullptr, 0);
  const kafka::client_handle producer{rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0)};
  const std::string topic = kafka::notifications_topic(mock.settings.raw_prefix());
  for (int i = from; i < to; ++i) {
    const std::string text = std::to_string(i);
    rd_kafka_producev(producer.get(), RD_KAFKA_V_TOPIC(topic.c_str()),
                      RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_KEY(text.data(), text.size()),
                      RD_KAFKA_V_VALUE(const_cast<char*>(text.data()), text.size()),
                      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
  }
  REQUIRE(rd_kafka_flush(producer.get(), 30'000) == RD_KAFKA_RESP_ERR_NO_ERROR);
}

using each_record = std::function<bool(const codec::record_view&, const offset_range&)>;

auto read(const test::cluster& mock, std::int32_t partition, const each_record& each) {
  const std::atomic<bool> stop{false};
  return kafka::read_raw_partition(mock.settings, partition, each, stop, test::quiet());
}

}  // namespace

TEST_CASE("a partition is read from its start to the end that it had at first, and no other") {
  const test::cluster mock;
  write(mock, 2, 0, 300);
  write(mock, 1, 900, 950);
  std::vector<std::string> keys;
  const auto range = read(mock, 2, [&](const codec::record_view& record, const offset_range& all) {
    if (keys.empty()) write(mock, 2, 300, 310);  // comes too late
    CHECK(record.partition == 2);
    CHECK(record.offset == static_cast<std::int64_t>(keys.size()));
    CHECK((all.start == 0 && all.end == 300));
    keys.emplace_back(record.key);
    return true;
  });
  REQUIRE(range.has_value());
  CHECK((range->start == 0 && range->end == 300));
  REQUIRE(keys.size() == 300);
  CHECK((keys.front() == "0" && keys.back() == "299"));
}

TEST_CASE("an empty partition has nothing to read") {
  const test::cluster mock;
  const auto range = read(mock, 0, [](const auto&, const auto&) {
    FAIL("no record");
    return true;
  });
  REQUIRE(range.has_value());
  CHECK(range->end == 0);
}

TEST_CASE("reading ends where its reader has enough, and where it is to stop") {
  const test::cluster mock;
  write(mock, 0, 0, 100);
  int count = 0;
  CHECK(read(mock, 0, [&](const auto&, const auto&) { return ++count < 7; }).has_value());
  CHECK(count == 7);
  std::atomic<bool> stop{false};
  count = 0;
  const auto stop_soon = [&](const auto&, const auto&) { return stop = ++count == 7, true; };
  CHECK(kafka::read_raw_partition(mock.settings, 0, stop_soon, stop, test::quiet()).has_value());
  CHECK(count == 7);
}

TEST_CASE("what cannot be read is said") {
  const auto none = [](const auto&, const auto&) { return true; };
  test::cluster mock;
  mock.settings.partitions = 5;
  auto wrong = read(mock, 4, none);
  REQUIRE(wrong.has_error());
  CHECK(wrong.error().message.starts_with(
      "midtrans.notifications has 4 partitions, but kafka.partitions is 5. Hint: "));
  mock.settings.bootstrap_servers = "127.0.0.1:1";
  mock.settings.start_timeout_ms = 300;
  wrong = read(mock, 0, none);
  REQUIRE(wrong.has_error());
  CHECK(wrong.error().message.starts_with("Kafka at 127.0.0.1:1 did not answer"));
}

TEST_CASE("a Kafka that falls silent amid the records is waited for so long and no longer") {
  test::cluster mock;
  mock.settings.start_timeout_ms = 1000;
  // Not all is fetched before the first record is taken.
  mock.settings.properties.emplace("fetch.message.max.bytes", "1000");
  mock.settings.properties.emplace("queued.min.messages", "1");
  constexpr int batches = 20;
  for (int i = 0; i < batches; ++i) write(mock, 0, 100 * i, 100 * (i + 1));
  int count = 0;
  const auto silent = read(mock, 0, [&](const auto&, const auto&) {
    if (++count == 1) rd_kafka_mock_broker_set_down(mock.mock(), 1);
    return true;
  });
  REQUIRE(silent.has_error());
  CHECK(silent.error().message.find("Hint: ") != std::string::npos);
}
