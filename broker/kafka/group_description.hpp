#pragma once
// Who is in a group, as its coordinator tells.

#include "broker/config.hpp"
#include "broker/observe/log.hpp"

#include <string>

namespace sinyal::kafka {

/// The member with this group.instance.id, as a text for a log: client id, host and member id.
std::string describe_member(const kafka_settings& settings, const std::string& group,
                            const std::string& instance, observe::logger& logger);

}  // namespace sinyal::kafka
