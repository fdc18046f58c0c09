#pragma once
// Does the cluster answer at all? Asked with a client of its own, so from any thread.

#include "broker/config.hpp"
#include "broker/observe/log.hpp"

namespace sinyal::kafka {

/// Whether a metadata request is answered within lifecycle_log::call_timeout, and names a broker;
/// true as well where no client could be made to ask.
bool cluster_answers(const kafka_settings& settings, observe::logger& logger);

}  // namespace sinyal::kafka
