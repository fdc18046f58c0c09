// Fills topics, so that lifecycle has something to read.
//   bench_fill raw BROKERS PREFIX PARTITIONS COUNT      the raw log: COUNT notifications
//   bench_fill state BROKERS PREFIX PARTITIONS COUNT    the state of COUNT settled payments, as
//                                                       lifecycle would have left it
// Prints what it wrote, as JSON; `state` the bytes of the subjects' records alone.

#include "broker/lifecycle/restore.hpp"
#include "broker/lifecycle/transform.hpp"
#include "tests/bench/raw_record.hpp"

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <sys/types.h>

namespace {

using namespace sinyal;

struct totals {
  std::uint64_t records = 0, key_bytes = 0, value_bytes = 0, header_bytes = 0;
};

class topic_writer {
 public:
  topic_writer(const std::string& brokers, const std::string& topic) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", brokers);
    set(conf, "enable.idempotence", "true");
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    rd_kafka_conf_set_opaque(conf, this);
    std::string why(512, '\0');
    client_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, why.data(), why.size()));
    if (!client_) throw std::runtime_error{why};
    topic_.reset(rd_kafka_topic_new(client_.get(), topic.c_str(), nullptr));
  }

  void write(std::int32_t partition, std::int64_t timestamp_ms, std::string_view key,
             std::string_view value, const codec::header_list& headers) {
    totals_.records += 1;
    totals_.key_bytes += key.size();
    totals_.value_bytes += value.size();
    for (std::size_t i = 0; i < headers.size(); ++i) {
      totals_.header_bytes += headers[i].name.size() + headers[i].value.size();
    }
    while (!enqueued(partition, timestamp_ms, key, value, headers))
      rd_kafka_poll(client_.get(), 50);
    rd_kafka_poll(client_.get(), 0);
  }

  totals finish() {
    if (rd_kafka_flush(client_.get(), 60000) != RD_KAFKA_RESP_ERR_NO_ERROR || failed_) {
      throw std::runtime_error{"not every record was delivered"};
    }
    return totals_;
  }

 private:
  struct destroy {
    void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
    void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  };

  static void set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
    std::string why(512, '\0');
    if (rd_kafka_conf_set(conf, name, value.c_str(), why.data(), why.size()) != RD_KAFKA_CONF_OK) {
      throw std::runtime_error{why};
    }
  }

  static void delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
      static_cast<topic_writer*>(self)->failed_ = true;
  }

  /// False: the queue is full.
  bool enqueued(std::int32_t partition, std::int64_t timestamp_ms, std::string_view key,
                std::string_view value, const codec::header_list& headers) {
    rd_kafka_headers_t* made = rd_kafka_headers_new(headers.size());
    for (std::size_t i = 0; i < headers.size(); ++i) {
      rd_kafka_header_add(made, headers[i].name.data(),
                          static_cast<ssize_t>(headers[i].name.size()), headers[i].value.data(),
                          static_cast<ssize_t>(headers[i].value.size()));
    }
    const rd_kafka_resp_err_t code = rd_kafka_producev(
        client_.get(), RD_KAFKA_V_RKT(topic_.get()), RD_KAFKA_V_PARTITION(partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key.data(), key.size()),
        RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
        RD_KAFKA_V_TIMESTAMP(timestamp_ms), RD_KAFKA_V_HEADERS(made), RD_KAFKA_V_END);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
    rd_kafka_headers_destroy(made);
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
    throw std::runtime_error{rd_kafka_err2str(code)};
  }

  std::unique_ptr<rd_kafka_t, destroy> client_;
  std::unique_ptr<rd_kafka_topic_t, destroy> topic_;
  totals totals_;
  bool failed_ = false;
};

struct order {
  std::string brokers, prefix;
  std::int32_t partitions;
  std::int64_t count;
};

totals fill_raw(const order& what) {
  topic_writer topic{what.brokers, what.prefix + ".notifications"};
  bench::workload source{"SHOP"};
  for (std::int64_t i = 0; i < what.count; ++i) {
    const bench::raw_record record{source.next(), what.partitions, i};
    const codec::record_view raw = record.view();
    topic.write(raw.partition, raw.timestamp_ms, raw.key, *raw.value, record.headers());
  }
  return topic.finish();
}

totals fill_state(const order& what) {
  topic_writer topic{what.brokers, what.prefix + ".state"};
  lifecycle::transform transform{{}};
  bench::workload source{"SHOP"};
  for (std::int64_t i = 0; i < what.count; ++i) {
    const bench::raw_record record{source.settled(), what.partitions, i};
    const auto made = transform.apply(record.view(), std::nullopt).value();
    for (const codec::outgoing_record& out : made.records) {
      if (out.to != codec::destination::state) continue;
      topic.write(record.view().partition, out.timestamp_ms, out.key, *out.value, out.headers);
    }
  }
  const totals subjects = topic.finish();
  // The raw log is empty: its position is its start.
  codec::header_list headers;
  headers.add("sinyal_version", codec::state_version);
  for (std::int32_t partition = 0; partition < what.partitions; ++partition) {
    topic.write(partition, 0, lifecycle::position_key, lifecycle::encode_position(0), headers);
  }
  topic.finish();
  return subjects;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) return 2;
  const order what{arguments[2], arguments[3], std::atoi(arguments[4]), std::atoll(arguments[5])};
  try {
    const bool raw = std::string_view{arguments[1]} == "raw";
    const totals done = raw ? fill_raw(what) : fill_state(what);
    std::cout << "{\"records\":" << done.records << ",\"key_bytes\":" << done.key_bytes
              << ",\"value_bytes\":" << done.value_bytes
              << ",\"header_bytes\":" << done.header_bytes << "}\n";
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_fill: " << error.what() << '\n';
    return 1;
  }
}
