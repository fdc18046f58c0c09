#pragma once
// The one place that knows the TOML library.

#include "broker/config/node.hpp"

#include <string>
#include <string_view>

namespace sinyal {

/// `error` is a sentence that says where and what.
struct toml_result {
  config_node node;
  std::string error;  // empty: `node` is there
};

/// A whole file; its name is for origins and the error.
toml_result parse_toml_file(std::string_view text, const std::string& name);
/// One value, as in the environment: `["a", "b"]`.
toml_result parse_toml_value(std::string_view text, const std::string& origin);

}  // namespace sinyal
