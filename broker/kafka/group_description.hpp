#pragma once
// Who is in a group, as its coordinator tells.

#include "broker/config.hpp"
#include "broker/observe/log.hpp"
#include "broker/ports.hpp"

#include <string>
#include <vector>

namespace sinyal::kafka {

/// The member with this group.instance.id, as a text for a log: client id, host and member id.
std::string describe_member(const kafka_settings& settings, const std::string& group,
                            const std::string& instance, observe::logger& logger);

struct group_member {
  std::string instance;  // its group.instance.id; empty: it has none
  std::string text;      // client id, host and member id
};

/// All of them; none where there is no such group.
log_result<std::vector<group_member>> group_members(const kafka_settings& settings,
                                                    const std::string& group,
                                                    observe::logger& logger);

}  // namespace sinyal::kafka
