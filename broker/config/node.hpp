#pragma once
// A value as somebody gave it, and where: what file, environment and flags have in common.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace sinyal {

struct config_node {
  using list = std::vector<config_node>;
  struct table {
    list named;  // each has its name
  };

  std::string origin;  // `sinyal.toml:12`, `SINYAL_HTTP__LISTEN` or `--set http.listen`
  std::variant<std::monostate, std::string, std::int64_t, double, bool, list, table> value;
  std::string name = {};  // of a table's entry

  const std::string* text() const { return std::get_if<std::string>(&value); }
  const list* items() const { return std::get_if<list>(&value); }
  const list* entries() const {
    const table* found = std::get_if<table>(&value);
    return found == nullptr ? nullptr : &found->named;
  }
};

/// For an error's sentence: `"abc"`, `12`, `a list`. Never called for a secret.
std::string show(const config_node& node);

}  // namespace sinyal
