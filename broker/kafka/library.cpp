#include "broker/kafka/library.hpp"

#include "broker/kafka/handles.hpp"

#include <librdkafka/rdkafka.h>

#include <array>

namespace sinyal::kafka {

namespace {

std::string verdict_of(rd_kafka_conf_res_t result) {
  return result == RD_KAFKA_CONF_UNKNOWN ? "is unknown to librdkafka "
                                         : "has a value that librdkafka does not take: see ";
}

conf_handle quiet_conf() {
  conf_handle conf{rd_kafka_conf_new()};
  rd_kafka_conf_set_log_cb(conf.get(), nullptr);
  return conf;
}

struct client_kind {
  rd_kafka_type_t type;
  const char* name;  // of the property of ours that forbids others
  const char* value;
};
/// Clients that know of no broker: they read the files, and check what only all together tells.
constexpr std::array clients{client_kind{RD_KAFKA_PRODUCER, "enable.idempotence", "true"},
                             client_kind{RD_KAFKA_CONSUMER, "group.id", "check"}};

}  // namespace

std::string library_version() {
  return rd_kafka_version_str();
}

std::vector<std::string> property_errors(const kafka_settings& settings) {
  std::vector<std::string> errors;
  const conf_handle conf = quiet_conf();
  std::array<char, 512> why{};
  for (const auto& [name, value] : settings.properties) {
    const std::string text{value.reveal()};
    const auto result =
        rd_kafka_conf_set(conf.get(), name.c_str(), text.c_str(), why.data(), why.size());
    if (result == RD_KAFKA_CONF_OK) continue;
    errors.push_back("kafka.properties: " + name + ' ' + verdict_of(result) +
                     (result == RD_KAFKA_CONF_UNKNOWN ? library_version() + ": see " : "") +
                     "its CONFIGURATION.md.");
  }
  if (!errors.empty() || settings.properties.empty()) return errors;
  for (const auto& [type, name, value] : clients) {
    conf_handle whole{rd_kafka_conf_dup(conf.get())};
    rd_kafka_conf_set(whole.get(), name, value, why.data(), why.size());
    const client_handle client{rd_kafka_new(type, whole.get(), why.data(), why.size())};
    if (!client) return {std::string{"kafka.properties: "} + why.data() + '.'};
    static_cast<void>(whole.release());  // it is the client's now
  }
  return {};
}

}  // namespace sinyal::kafka
