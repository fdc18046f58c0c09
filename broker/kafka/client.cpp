#include "broker/kafka/client.hpp"

#include <array>

namespace sinyal::kafka {

namespace {

log_failure bad_configuration(const std::string& text) {
  return {failure_class::fatal, "configuration", text};
}

void on_log(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  auto* owner = static_cast<client_owner*>(rd_kafka_opaque(client));
  if (owner != nullptr) owner->log(level, facility, text);
}

/// Errors of connections: the clients reconnect by themselves, and calls say what fails for good.
void on_error(rd_kafka_t* client, int code, const char* text, void*) {
  auto* owner = static_cast<client_owner*>(rd_kafka_opaque(client));
  if (owner == nullptr) return;
  const auto name = rd_kafka_err2name(static_cast<rd_kafka_resp_err_t>(code));
  owner->logger().warning("kafka client error", {{"error", name}, {"text", text}});
}

}  // namespace

void client_owner::log(int syslog_level, std::string_view facility, std::string_view text) {
  constexpr int syslog_warning = 4;
  const auto level =
      syslog_level <= syslog_warning ? observe::log_level::warning : observe::log_level::debug;
  logger_.write(level, "librdkafka", {{"facility", facility}, {"text", text}});
}

log_result<void> set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
  std::array<char, 512> why{};
  if (rd_kafka_conf_set(conf, name, value.c_str(), why.data(), why.size()) == RD_KAFKA_CONF_OK) {
    return {};
  }
  // The text may quote the value, which may be a secret.
  return bad_configuration(std::string{"librdkafka refuses the property "} + name +
                           ". Hint: see kafka.properties and librdkafka's CONFIGURATION.md");
}

log_result<conf_handle> make_conf(const kafka_settings& settings, client_owner& owner,
                                  const properties& ours) {
  conf_handle conf{rd_kafka_conf_new()};
  rd_kafka_conf_set_opaque(conf.get(), &owner);
  rd_kafka_conf_set_log_cb(conf.get(), on_log);
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  const properties common{
      {"bootstrap.servers", settings.bootstrap_servers},
      {"client.id", "sinyal"},
      {"socket.nagle.disable", "true"},
      {"reconnect.backoff.max.ms", std::to_string(settings.reconnect_backoff_max_ms)},
      // An idle connection that the broker closes is nothing to log.
      {"log.connection.close", "false"},
  };
  for (const auto& [name, value] : common) {
    if (auto done = set(conf.get(), name, value); !done) return done.error();
  }
  for (const auto& [name, value] : settings.properties) {
    const std::string text{value.reveal()};
    if (auto done = set(conf.get(), name.c_str(), text); !done) return done.error();
  }
  for (const auto& [name, value] : ours) {
    if (auto done = set(conf.get(), name, value); !done) return done.error();
  }
  return conf;
}

log_result<client_handle> make_client(rd_kafka_type_t type, conf_handle conf) {
  std::array<char, 512> why{};
  client_handle client{rd_kafka_new(type, conf.get(), why.data(), why.size())};
  if (!client) return bad_configuration(std::string{"no Kafka client: "} + why.data());
  static_cast<void>(conf.release());  // it is the client's now
  return client;
}

log_result<client_handle> make_client(rd_kafka_type_t type, const kafka_settings& settings,
                                      client_owner& owner, const properties& ours) {
  auto conf = make_conf(settings, owner, ours);
  if (!conf) return conf.error();
  return make_client(type, std::move(*conf));
}

topic_handle open_topic(rd_kafka_t* client, const std::string& name) {
  return topic_handle{rd_kafka_topic_new(client, name.c_str(), nullptr)};
}

log_failure no_answer(const kafka_settings& settings, log_failure why) {
  why.message = "Kafka at " + settings.bootstrap_servers + " did not answer: " + why.message +
                ". Hint: check kafka.bootstrap_servers and kafka.properties";
  return why;
}

}  // namespace sinyal::kafka
