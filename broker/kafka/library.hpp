#pragma once
// What can be asked of librdkafka without a cluster.

#include "broker/config.hpp"

#include <string>
#include <vector>

namespace sinyal::kafka {

/// Of the librdkafka that this process runs with, which may be newer than the one it was built for.
std::string library_version();

/// What librdkafka says against kafka.properties: names and values that it does not take, files
/// that it cannot read. Sentences; they quote no value, which may be a secret.
std::vector<std::string> property_errors(const kafka_settings& settings);

}  // namespace sinyal::kafka
