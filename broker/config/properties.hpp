#pragma once
// kafka.properties: what is handed to librdkafka, and what never is because our promises rest on
// it.

#include "broker/config.hpp"
#include "broker/config/node.hpp"

#include <map>
#include <string>
#include <vector>

namespace sinyal {

/// Nested tables are dotted names: `[kafka.properties]` with `sasl.password = …` needs no quotes.
std::map<std::string, core::secret> read_properties(
    const config_node& node, const std::map<std::string, std::string>& environment,
    std::vector<std::string>& errors);

}  // namespace sinyal
