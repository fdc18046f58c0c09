// How many events a second the library hands to a handler, against a bare librdkafka loop over the
// same records: `bench bare|library BOOTSTRAP PREFIX COUNT`. Prints events, seconds, CPU seconds.

#include <librdkafka/rdkafka.h>

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

std::string group_of(const char* what) {
  return std::string{"bench-"} + what + "-" + std::to_string(getpid());
}

void library(const std::string& bootstrap, const std::string& prefix, long count) {
  sinyal::subscriber subscriber{
      {.bootstrap_servers = bootstrap, .group = group_of("library"), .topic_prefix = prefix}};
  stop_watch watch{count};
  std::int64_t sum = 0;
  const auto settled =
      subscriber.on<sinyal::payment_settled>([&](const sinyal::event<sinyal::payment>& event) {
        watch.event();
        sum += event.payment.gross_amount.hundredths();
        if (watch.events() == count) subscriber.stop();
      });
  subscriber.run();
  watch.print("library");
}

/// Polls, looks at each record, and commits as often as the library does.
void bare(const std::string& bootstrap, const std::string& prefix, long count) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char why[512];
  const std::string group = group_of("bare");
  const char* const settings[][2] = {{"bootstrap.servers", bootstrap.c_str()},
                                     {"group.id", group.c_str()},
                                     {"isolation.level", "read_committed"},
                                     {"auto.offset.reset", "earliest"},
                                     {"auto.commit.interval.ms", "500"}};
  for (const auto& each : settings) {
    if (rd_kafka_conf_set(conf, each[0], each[1], why, sizeof why) != RD_KAFKA_CONF_OK) {
      std::fprintf(stderr, "%s\n", why);
      std::exit(1);
    }
  }
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
  rd_kafka_poll_set_consumer(client);
  rd_kafka_topic_partition_list_t* topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, (prefix + ".payment.settled").c_str(), -1);
  rd_kafka_subscribe(client, topics);
  stop_watch watch{count};
  std::size_t bytes = 0;
  while (watch.events() < count) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(client, 100);
    if (message == nullptr) continue;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      watch.event();
      bytes += message->len;
    }
    rd_kafka_message_destroy(message);
  }
  watch.print("bare");
  rd_kafka_consumer_close(client);
  rd_kafka_topic_partition_list_destroy(topics);
  rd_kafka_destroy(client);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) return 2;
  const auto run = std::string{arguments[1]} == "bare" ? bare : library;
  run(arguments[2], arguments[3], std::atol(arguments[4]));
}
