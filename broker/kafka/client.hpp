#pragma once
// What all of our Kafka clients have in common: the settings that reach them, and their log.

#include "broker/config.hpp"
#include "broker/kafka/handles.hpp"
#include "broker/observe/log.hpp"
#include "broker/ports.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sinyal::kafka {

/// The opaque of every client: its callbacks find their way home through it. Outlives the client.
class client_owner {
 public:
  explicit client_owner(observe::logger& logger) : logger_{logger} {}
  virtual ~client_owner() = default;

  /// What librdkafka itself logs, from any of its threads.
  void log(int syslog_level, std::string_view facility, std::string_view text);
  observe::logger& logger() { return logger_; }

 private:
  observe::logger& logger_;
};

using properties = std::vector<std::pair<const char*, std::string>>;

/// Where to connect and how, what a user adds in kafka.properties, then ours, which win.
log_result<conf_handle> make_conf(const kafka_settings& settings, client_owner& owner,
                                  const properties& ours);
log_result<client_handle> make_client(rd_kafka_type_t type, conf_handle conf);
/// Both at once, for a client that hears of nothing but its log and its connections.
log_result<client_handle> make_client(rd_kafka_type_t type, const kafka_settings& settings,
                                      client_owner& owner, const properties& ours = {});

/// A topic opened beforehand: the first record to one that is not may wait for a second (librdkafka
/// issue 5032).
topic_handle open_topic(rd_kafka_t* client, const std::string& name);

/// The failure of a first question, with the settings to look at.
log_failure no_answer(const kafka_settings& settings, log_failure why);

log_result<void> set(rd_kafka_conf_t* conf, const char* name, const std::string& value);

}  // namespace sinyal::kafka
