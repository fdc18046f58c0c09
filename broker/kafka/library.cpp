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

}  // namespace

std::string library_version() {
  return rd_kafka_version_str();
}

std::vector<std::string> property_errors(const kafka_settings& settings) {
  std::vector<std::string> errors;
  conf_handle conf{rd_kafka_conf_new()};
  rd_kafka_conf_set_log_cb(conf.get(), nullptr);
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
  // A client that knows of no broker: it reads the files and checks what only all together tells.
  const client_handle client{rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), why.data(), why.size())};
  if (client) {
    static_cast<void>(conf.release());  // it is the client's now
  } else {
    errors.push_back(std::string{"kafka.properties: "} + why.data() + '.');
  }
  return errors;
}

}  // namespace sinyal::kafka
