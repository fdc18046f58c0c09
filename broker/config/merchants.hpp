#pragma once
// [[merchants]]: ids, and the references to their secrets.

#include "broker/config.hpp"
#include "broker/config/node.hpp"

#include <map>
#include <string>
#include <vector>

namespace sinyal {

std::vector<merchant> read_merchants(const config_node& node,
                                     const std::map<std::string, std::string>& environment,
                                     std::vector<std::string>& errors);

}  // namespace sinyal
