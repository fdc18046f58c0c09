// How many events a second the library hands to a handler, against a bare librdkafka loop over the
// same records, against one that reads their headers, where an event's id is, and against one that
// reads by hand what the library reads of each: its headers and its JSON.
//
//   bench bare|headers|by-hand|library BOOTSTRAP PREFIX COUNT [QUEUE_KBYTES]
//
// Prints events, seconds, CPU seconds. QUEUE_KBYTES: how far the client fetches ahead.

#include <librdkafka/rdkafka.h>
#include <simdjson.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <sinyal/subscriber.hpp>
#include <string>
#include <unistd.h>

namespace {

using clock_type = std::chrono::steady_clock;

/// From the first event to the last, so that neither joining nor leaving the group is counted.
class stop_watch {
 public:
  explicit stop_watch(long count) : count_{count} {}
  void event() {
    if (events_++ == 0) {
      begun_ = clock_type::now();
      cpu_ = std::clock();
    }
    if (events_ == count_) {
      took_ = clock_type::now() - begun_;
      cpu_ = std::clock() - cpu_;
    }
  }
  long events() const { return events_; }
  void print(const char* what) const {
    std::printf("%s %ld events %.3f s %.3f cpu_s %.0f events/s\n", what, events_, took_.count(),
                static_cast<double>(cpu_) / CLOCKS_PER_SEC,
                static_cast<double>(events_) / took_.count());
  }

 private:
  long count_;
  long events_ = 0;
  clock_type::time_point begun_;
  std::chrono::duration<double> took_{};
  std::clock_t cpu_ = 0;
};

struct options {
  std::string what, bootstrap, prefix;
  long count = 0;
  std::string queue_kbytes;
};

std::string group_of(const std::string& what) {
  return "bench-" + what + "-" + std::to_string(getpid());
}

void library(const options& told) {
  sinyal::subscriber subscriber{
      {.bootstrap_servers = told.bootstrap,
       .group = group_of(told.what),
       .topic_prefix = told.prefix,
       .properties = {{"queued.max.messages.kbytes", told.queue_kbytes}}}};
  stop_watch watch{told.count};
  std::int64_t sum = 0;
  const auto settled =
      subscriber.on<sinyal::payment_settled>([&](const sinyal::event<sinyal::payment>& event) {
        watch.event();
        sum += event.payment.gross_amount.hundredths();
        if (watch.events() == told.count) subscriber.stop();
      });
  subscriber.run();
  watch.print("library");
  if (sum == 0) std::exit(1);
}

/// The attributes of an event, without which nobody knows whether it came before.
std::int64_t read_headers(const rd_kafka_message_t& message) {
  std::int64_t sum = 0;
  rd_kafka_headers_t* headers = nullptr;
  rd_kafka_message_headers(&message, &headers);
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == 0; ++i) {
    sum += static_cast<std::int64_t>(size);
  }
  return sum;
}

std::int64_t read_json(simdjson::dom::parser& parser, const rd_kafka_message_t& message) {
  const simdjson::dom::element data =
      parser.parse(static_cast<const char*>(message.payload), message.len);
  const std::string_view amount = data["payment"]["gross_amount"];
  return static_cast<std::int64_t>(amount.size());
}

/// Polls, looks at each record, and commits as often as the library does.
void by_hand(const options& told) {
  const bool reads_json = told.what == "by-hand";
  const bool reads_headers = reads_json || told.what == "headers";
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char why[512];
  const std::string group = group_of(told.what);
  const char* const settings[][2] = {{"bootstrap.servers", told.bootstrap.c_str()},
                                     {"group.id", group.c_str()},
                                     {"isolation.level", "read_committed"},
                                     {"auto.offset.reset", "earliest"},
                                     {"auto.commit.interval.ms", "500"},
                                     {"queued.max.messages.kbytes", told.queue_kbytes.c_str()}};
  for (const auto& each : settings) {
    if (rd_kafka_conf_set(conf, each[0], each[1], why, sizeof why) != RD_KAFKA_CONF_OK) {
      std::fprintf(stderr, "%s\n", why);
      std::exit(1);
    }
  }
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
  rd_kafka_poll_set_consumer(client);
  rd_kafka_topic_partition_list_t* topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, (told.prefix + ".payment.settled").c_str(), -1);
  rd_kafka_subscribe(client, topics);
  stop_watch watch{told.count};
  simdjson::dom::parser parser;
  std::int64_t sum = 0;
  while (watch.events() < told.count) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(client, 100);
    if (message == nullptr) continue;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      watch.event();
      sum += static_cast<std::int64_t>(message->len);
      if (reads_headers) sum += read_headers(*message);
      if (reads_json) sum += read_json(parser, *message);
    }
    rd_kafka_message_destroy(message);
  }
  watch.print(told.what.c_str());
  if (sum == 0) std::exit(1);
  rd_kafka_consumer_close(client);
  rd_kafka_topic_partition_list_destroy(topics);
  rd_kafka_destroy(client);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 5) return 2;
  const options told{arguments[1], arguments[2], arguments[3], std::atol(arguments[4]),
                     count > 5 ? arguments[5] : "65536"};  // librdkafka's own
  told.what == "library" ? library(told) : by_hand(told);
}
