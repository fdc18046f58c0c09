#include "broker/kafka/names.hpp"

namespace sinyal::kafka {

std::string notifications_topic(std::string_view prefix) {
  return std::string{prefix} + ".notifications";
}
std::string state_topic(std::string_view prefix) {
  return std::string{prefix} + ".state";
}
std::string quarantine_topic(std::string_view prefix) {
  return std::string{prefix} + ".quarantine";
}
std::string signal_topic(std::string_view prefix, core::signal signal) {
  return std::string{prefix} + "." + std::string{core::info(signal).topic};
}

std::string group_id(const kafka_settings& settings, const lifecycle_settings& lifecycle) {
  return settings.topic_prefix + "-" + lifecycle.group;
}
std::string group_instance_id(const kafka_settings& settings, const lifecycle_settings& lifecycle) {
  return settings.topic_prefix + "-" + lifecycle.instance;
}

}  // namespace sinyal::kafka
