// What lifecycle is measured against: the same reading and writing, exactly once, and no work. One
// group consumer, two transactional producers in turn, for each record that it reads as many
// records of as many bytes and headers, to the same topics, as Sinyal wrote in the same run.
//   bench_copy_loop BROKERS FROM TO BATCH_WAIT_MS PLAN
//
// FROM and TO are topic prefixes. PLAN is a file; its lines are followed in rotation, one for each
// record read, with the records to write: `TOPIC VALUE_BYTES HEADERS HEADER_BYTES` of each, with a
// space between all. Prints `<nanoseconds of the monotonic clock> <records copied>` a transaction.

#include "broker/kafka/prefetch_queue.hpp"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// As lifecycle has them.
constexpr std::size_t batch_records_max = 5000;
constexpr std::size_t batch_bytes_max = 8388608;
constexpr int call_ms = 60000;

volatile std::sig_atomic_t stopped = 0;

template <auto Function>
struct call {
  template <typename Handle>
  void operator()(Handle* handle) const {
    Function(handle);
  }
};
using client = std::unique_ptr<rd_kafka_t, call<rd_kafka_destroy>>;
using topic = std::unique_ptr<rd_kafka_topic_t, call<rd_kafka_topic_destroy>>;
using header_set = std::unique_ptr<rd_kafka_headers_t, call<rd_kafka_headers_destroy>>;
using message = std::unique_ptr<rd_kafka_message_t, call<rd_kafka_message_destroy>>;
using offset_list =
    std::unique_ptr<rd_kafka_topic_partition_list_t, call<rd_kafka_topic_partition_list_destroy>>;
using group_metadata = std::unique_ptr<rd_kafka_consumer_group_metadata_t,
                                       call<rd_kafka_consumer_group_metadata_destroy>>;
using properties = std::map<std::string, std::string>;

void require(rd_kafka_error_t* error) {
  if (error != nullptr) throw std::runtime_error{rd_kafka_error_string(error)};
}
void require(rd_kafka_resp_err_t code) {
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error{rd_kafka_err2str(code)};
}

client make_client(rd_kafka_type_t type, const properties& all) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  std::string why(512, '\0');
  for (const auto& [name, value] : all) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why.data(), why.size()) !=
        RD_KAFKA_CONF_OK) {
      throw std::runtime_error{why};
    }
  }
  client made{rd_kafka_new(type, conf, why.data(), why.size())};
  if (!made) throw std::runtime_error{why};
  return made;
}

/// One record to write for a record read.
struct output {
  std::string topic;
  std::size_t value_bytes;
  std::shared_ptr<rd_kafka_headers_t> headers;
};
using plan = std::vector<std::vector<output>>;

/// `count` headers of `bytes` in names and values together.
std::shared_ptr<rd_kafka_headers_t> make_headers(std::size_t count, std::size_t bytes) {
  rd_kafka_headers_t* made = rd_kafka_headers_new(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string text((i + 1) * bytes / count - i * bytes / count, 'h');
    const std::size_t name = text.size() / 3 + 1;
    rd_kafka_header_add(made, text.data(), static_cast<ssize_t>(name), text.data() + name,
                        static_cast<ssize_t>(text.size() - name));
  }
  return {made, rd_kafka_headers_destroy};
}

plan read_plan(const std::string& path) {
  std::ifstream file{path};
  plan steps;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words{line};
    std::vector<output>& step = steps.emplace_back();
    output next;
    for (std::size_t count = 0, bytes = 0;
         words >> next.topic >> next.value_bytes >> count >> bytes;) {
      next.headers = make_headers(count, bytes);
      step.push_back(next);
    }
  }
  if (steps.empty()) throw std::runtime_error{"no plan in " + path};
  return steps;
}

class transactional_producer {
 public:
  transactional_producer(const std::string& brokers, const std::string& prefix, char turn)
      : prefix_{prefix},
        client_{make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers},
                                                {"transactional.id", prefix + "-copy-" + turn},
                                                {"transaction.timeout.ms", "60000"},
                                                {"queue.buffering.max.messages", "500000"},
                                                {"socket.nagle.disable", "true"},
                                                {"retry.backoff.ms", "10"}})} {
    require(rd_kafka_init_transactions(client_.get(), call_ms));
  }

  void open(const std::string& name) {
    topic& made = topics_[name];
    if (!made)
      made.reset(rd_kafka_topic_new(client_.get(), (prefix_ + "." + name).c_str(), nullptr));
  }

  void begin() { require(rd_kafka_begin_transaction(client_.get())); }

  void write(const std::string& name, std::int32_t partition, const void* key, std::size_t key_size,
             const std::string& value, const rd_kafka_headers_t& headers,
             const std::string& cause) {
    rd_kafka_headers_t* own = rd_kafka_headers_copy(&headers);
    rd_kafka_header_add(own, "sinyal_cause", -1, cause.data(), static_cast<ssize_t>(cause.size()));
    require(rd_kafka_producev(
        client_.get(), RD_KAFKA_V_RKT(topics_.at(name).get()), RD_KAFKA_V_PARTITION(partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key, key_size),
        RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()), RD_KAFKA_V_HEADERS(own),
        RD_KAFKA_V_END));
  }

  void commit(const rd_kafka_topic_partition_list_t& offsets,
              const rd_kafka_consumer_group_metadata_t& group) {
    require(rd_kafka_send_offsets_to_transaction(client_.get(), &offsets, &group, call_ms));
    require(rd_kafka_commit_transaction(client_.get(), call_ms));
    rd_kafka_poll(client_.get(), 0);
  }

 private:
  std::string prefix_;
  client client_;
  std::map<std::string, topic> topics_;
};

struct settings {
  std::string brokers, from, to;
  milliseconds batch_wait;
};

class copy_loop {
 public:
  copy_loop(const settings& how, plan steps)
      : how_{how},
        steps_{std::move(steps)},
        position_headers_{make_headers(2, 27)},
        producers_{transactional_producer{how.brokers, how.to, 'a'},
                   transactional_producer{how.brokers, how.to, 'b'}},
        consumer_{make_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", how.brokers},
                                                  {"group.id", how.to + "-copy"},
                                                  {"group.instance.id", how.to},
                                                  {"isolation.level", "read_committed"},
                                                  {"enable.auto.commit", "false"},
                                                  {"auto.offset.reset", "earliest"},
                                                  {"check.crcs", "true"},
                                                  {"socket.nagle.disable", "true"},
                                                  {"queued.min.messages", "20000"},
                                                  {"queued.max.messages.kbytes", "32768"}})},
        queue_{consumer_.get()} {
    for (transactional_producer& each : producers_) {
      each.open("state");
      for (const auto& step : steps_) {
        for (const output& out : step) each.open(out.topic);
      }
    }
    rd_kafka_poll_set_consumer(consumer_.get());
    const offset_list topics{rd_kafka_topic_partition_list_new(1)};
    rd_kafka_topic_partition_list_add(topics.get(), (how.from + ".notifications").c_str(),
                                      RD_KAFKA_PARTITION_UA);
    require(rd_kafka_subscribe(consumer_.get(), topics.get()));
  }
  ~copy_loop() {
    batch_.clear();
    rd_kafka_consumer_close(consumer_.get());
  }

  void run() {
    while (stopped == 0) {
      collect();
      if (!batch_.empty()) copy();
    }
  }

 private:
  /// Waits for a first record, then takes what comes within the batch's wait.
  void collect() {
    std::size_t bytes = 0;
    steady_clock::time_point until{};
    milliseconds timeout{100};
    while (batch_.size() < batch_records_max && bytes < batch_bytes_max) {
      message next{queue_.next(timeout).release()};
      if (!next) return;
      require(next->err);
      bytes += next->key_len + next->len;
      batch_.push_back(std::move(next));
      const auto now = steady_clock::now();
      if (batch_.size() == 1) until = now + how_.batch_wait;
      timeout = std::max(std::chrono::duration_cast<milliseconds>(until - now), milliseconds{0});
    }
  }

  void copy() {
    transactional_producer& producer = producers_[turn_];
    const group_metadata group{rd_kafka_consumer_group_metadata(consumer_.get())};
    std::map<std::int32_t, std::int64_t> next_offsets;
    producer.begin();
    for (const message& each : batch_) {
      for (const output& out : steps_[copied_++ % steps_.size()]) {
        fill(*each, out.value_bytes);
        cause_ = std::to_string(each->partition) + ":" + std::to_string(each->offset);
        producer.write(out.topic, each->partition, each->key, each->key_len, value_, *out.headers,
                       cause_);
      }
      next_offsets[each->partition] = each->offset + 1;
    }
    const offset_list offsets{rd_kafka_topic_partition_list_new(12)};
    for (const auto& [partition, offset] : next_offsets) {
      value_ = "{\"offset\":" + std::to_string(offset) + "}";
      producer.write("state", partition, "position", 8, value_, *position_headers_, cause_);
      rd_kafka_topic_partition_list_add(offsets.get(), (how_.from + ".notifications").c_str(),
                                        partition)
          ->offset = offset;
    }
    producer.commit(*offsets, *group);
    turn_ = 1 - turn_;
    batch_.clear();
    std::cout << steady_clock::now().time_since_epoch().count() << ' ' << copied_ << std::endl;
  }

  /// The record's own value, over and over, up to `bytes`.
  void fill(const rd_kafka_message_t& from, std::size_t bytes) {
    value_.clear();
    while (value_.size() < bytes) {
      value_.append(static_cast<const char*>(from.payload),
                    std::min(from.len, bytes - value_.size()));
    }
  }

  settings how_;
  plan steps_;
  std::shared_ptr<rd_kafka_headers_t> position_headers_;
  std::array<transactional_producer, 2> producers_;
  client consumer_;
  sinyal::kafka::prefetch_queue queue_;  // without pauses, as lifecycle's
  std::vector<message> batch_;
  std::string value_;
  std::string cause_;
  std::size_t turn_ = 0;
  std::uint64_t copied_ = 0;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) return 2;
  std::signal(SIGTERM, [](int) { stopped = 1; });
  try {
    const settings how{arguments[1], arguments[2], arguments[3],
                       milliseconds{std::atoi(arguments[4])}};
    copy_loop{how, read_plan(arguments[5])}.run();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_copy_loop: " << error.what() << '\n';
    return 1;
  }
}
