#pragma once
// File, then environment, then flags: what was given for each key by the last of them.

#include "broker/config.hpp"
#include "broker/config/node.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sinyal {

struct config_layers {
  std::vector<std::optional<config_node>> of_key;  // in the order of config_keys()
  std::optional<config_node> merchants;
};

/// Unknown sections and keys and what cannot be read go to `errors`.
config_layers read_layers(const config_source& source, std::vector<std::string>& errors);

}  // namespace sinyal
