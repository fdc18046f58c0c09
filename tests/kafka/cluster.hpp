#pragma once
// A mock cluster with the project's topics, and a reader of what is in them.

#include "broker/config.hpp"
#include "broker/kafka/embedded.hpp"
#include "broker/kafka/tail.hpp"
#include "broker/observe/log.hpp"

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace sinyal {

/// What doctest shows of a call that failed.
inline std::ostream& operator<<(std::ostream& out, const log_failure& failure) {
  return out << failure.reason << ": " << failure.message;
}

}  // namespace sinyal

namespace sinyal::test {

inline observe::logger& quiet() {
  static std::FILE* const nowhere = std::fopen("/dev/null", "w");
  static observe::logger logger{{.level = observe::log_level::error, .out = nowhere}};
  return logger;
}

struct read_record {
  std::int32_t partition = 0;
  std::int64_t timestamp_ms = 0;
  std::string key, value;
  std::vector<std::string> headers;  // name=value
};

struct cluster {
  cluster() {
    settings.partitions = 4;
    embedded = std::move(*kafka::embedded_cluster::start(settings, quiet()));
    settings.bootstrap_servers = embedded->bootstrap_servers();
  }
  rd_kafka_mock_cluster_s* mock() { return embedded->mock(); }

  /// From the topic's beginning, until there are so many or ten seconds are over.
  std::vector<read_record> read(const std::string& topic, std::size_t count) const {
    std::vector<read_record> records;
    std::atomic<bool> stop{false};
    const auto take = [&](std::string_view, const codec::record_view& record) {
      read_record& at = records.emplace_back();
      at = {record.partition,
            record.timestamp_ms,
            std::string{record.key},
            std::string{record.value.value_or("")},
            {}};
      for (const codec::header_view& each : record.headers) {
        at.headers.push_back(std::string{each.name} + "=" + std::string{each.value});
      }
      return records.size() < count;
    };
    static_cast<void>(
        kafka::tail({settings, {topic}, kafka::tail_from::beginning}, take, stop, quiet()));
    return records;
  }

  kafka_settings settings;
  std::unique_ptr<kafka::embedded_cluster> embedded;
};

}  // namespace sinyal::test
