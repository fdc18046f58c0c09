#include "broker/kafka/prefetch_queue.hpp"

#include "tests/kafka/cluster.hpp"

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>

#include <array>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace sinyal;
using namespace std::chrono_literals;
using kafka::prefetch_queue;

constexpr const char* topic = "many";

kafka::conf_handle conf_with(const std::vector<std::pair<const char*, std::string>>& properties) {
  kafka::conf_handle conf{rd_kafka_conf_new()};
  std::array<char, 256> why{};
  for (const auto& [name, value] : properties) {
    CHECK(rd_kafka_conf_set(conf.get(), name, value.c_str(), why.data(), why.size()) ==
          RD_KAFKA_CONF_OK);
  }
  return conf;
}

kafka::client_handle client_of(rd_kafka_type_t type, kafka::conf_handle conf) {
  std::array<char, 256> why{};
  return kafka::client_handle{rd_kafka_new(type, conf.release(), why.data(), why.size())};
}

void write(const std::string& servers, int count) {
  const auto producer = client_of(RD_KAFKA_PRODUCER, conf_with({{"bootstrap.servers", servers}}));
  const std::string value(1000, 'x');
  for (int i = 0; i < count; ++i) {
    rd_kafka_producev(producer.get(), RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(0),
                      RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
  }
  CHECK(rd_kafka_flush(producer.get(), 30'000) == RD_KAFKA_RESP_ERR_NO_ERROR);
}

TEST_CASE("records beyond a full queue come without a pause") {
  constexpr int count = 5000;
  constexpr auto pause = 500ms;  // librdkafka's are up to a second
  for (const auto& [name, value] :
       {std::pair{"queued.min.messages", "100"}, std::pair{"queued.max.messages.kbytes", "100"}}) {
    CAPTURE(name);
    const test::cluster mock;
    const std::string& servers = mock.settings.bootstrap_servers;
    write(servers, count);
    auto conf = conf_with({{"bootstrap.servers", servers},
                           {"group.id", "none"},
                           {"fetch.message.max.bytes", "100000"},
                           {"fetch.wait.max.ms", "10"},
                           {name, value}});
    const auto client = client_of(RD_KAFKA_CONSUMER, std::move(conf));
    const kafka::topic_handle reading{rd_kafka_topic_new(client.get(), topic, nullptr)};
    const kafka::queue_handle records{rd_kafka_queue_new(client.get())};
    rd_kafka_consume_start_queue(reading.get(), 0, RD_KAFKA_OFFSET_BEGINNING, records.get());
    prefetch_queue queue{client.get(),
                         [&](int ms) { return rd_kafka_consume_queue(records.get(), ms); },
                         [] {
                           kafka::offsets_handle all{rd_kafka_topic_partition_list_new(1)};
                           rd_kafka_topic_partition_list_add(all.get(), topic, 0);
                           return all;
                         }};
    const auto begun = std::chrono::steady_clock::now();
    auto last = begun;
    int taken = 0;
    int pauses = 0;
    while (taken < count && std::chrono::steady_clock::now() - begun < 60s) {
      const auto message = queue.next(100ms);
      if (!message || message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
      CHECK(message->offset == taken);
      const auto now = std::chrono::steady_clock::now();
      if (taken++ > 0 && now - last > pause) ++pauses;
      last = now;
    }
    CHECK(taken == count);
    CHECK(pauses <= 1);  // one may be the machine's
    rd_kafka_consume_stop(reading.get(), 0);
  }
}

TEST_CASE("nothing is asked of the client's threads for a queue that was never full") {
  const auto client =
      client_of(RD_KAFKA_CONSUMER, conf_with({{"group.id", "none"}, {"queued.min.messages", "2"}}));
  int asked = 0;
  rd_kafka_message_t* polled = nullptr;
  prefetch_queue queue{client.get(), [&](int) { return polled; },
                       [&] {
                         ++asked;
                         return kafka::offsets_handle{};
                       }};
  const auto next = [&](rd_kafka_message_t* message) {
    polled = message;
    queue.next(1ms).release();  // it is not the client's
  };
  rd_kafka_message_t record{};
  next(&record);
  next(nullptr);
  next(&record);
  next(nullptr);
  CHECK(asked == 0);
  next(&record);
  next(&record);
  next(nullptr);
  CHECK(asked == 1);
  next(nullptr);
  CHECK(asked == 1);
}

}  // namespace
