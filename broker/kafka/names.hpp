#pragma once
// What Kafka knows our topics, our group and its members by. They are settled for ever: under
// another name everything would begin anew.

#include "broker/config.hpp"
#include "broker/core/signal.hpp"

#include <string>
#include <string_view>

namespace sinyal::kafka {

std::string notifications_topic(std::string_view prefix);
std::string state_topic(std::string_view prefix);
std::string quarantine_topic(std::string_view prefix);
std::string signal_topic(std::string_view prefix, core::signal signal);

/// Of lifecycle's consumer group: `midtrans-sinyal-lifecycle`.
std::string group_id(const kafka_settings& settings, const lifecycle_settings& lifecycle);
/// Of a member that keeps its partitions over a restart.
std::string group_instance_id(const kafka_settings& settings, const lifecycle_settings& lifecycle);

}  // namespace sinyal::kafka
