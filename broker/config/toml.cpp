#include "broker/config/toml.hpp"

// errors as values: what a user wrote is no exception
#define TOML_EXCEPTIONS 0
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wconversion"
#include <toml++/toml.h>
#pragma GCC diagnostic pop

#include <functional>

namespace sinyal {

namespace {

/// Says where a node stands.
using locate = std::function<std::string(const toml::node&)>;

config_node convert(const toml::node& from, const locate& where) {
  config_node to{where(from), {}};
  if (const auto* table = from.as_table()) {
    config_node::table entries;
    for (const auto& [key, value] : *table) {
      entries.named.push_back(convert(value, where));
      entries.named.back().name = key.str();
    }
    to.value = std::move(entries);
  } else if (const auto* array = from.as_array()) {
    config_node::list items;
    for (const toml::node& item : *array) items.push_back(convert(item, where));
    to.value = std::move(items);
  } else if (const auto* text = from.as_string()) {
    to.value = text->get();
  } else if (const auto* number = from.as_integer()) {
    to.value = number->get();
  } else if (const auto* fraction = from.as_floating_point()) {
    to.value = fraction->get();
  } else if (const auto* flag = from.as_boolean()) {
    to.value = flag->get();
  }
  return to;  // dates have no place in a configuration: they stay empty
}

}  // namespace

toml_result parse_toml_file(std::string_view text, const std::string& name) {
  const toml::parse_result parsed = toml::parse(text);
  const auto line = [&](const toml::source_region& at) {
    return name + ':' + std::to_string(at.begin.line);
  };
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return {{}, line(error.source()) + ": " + std::string{error.description()} + '.'};
  }
  return {convert(parsed.table(), [&](const toml::node& node) { return line(node.source()); }), {}};
}

toml_result parse_toml_value(std::string_view text, const std::string& origin) {
  const toml::parse_result parsed = toml::parse("value = " + std::string{text});
  if (!parsed || parsed.table().size() != 1) {
    return {{},
            origin + " must be a TOML value, as in [\"a\", \"b\"] or {name = \"value\"}" +
                (parsed ? std::string{} : ": " + std::string{parsed.error().description()}) + '.'};
  }
  return {convert(*parsed.table().get("value"), [&](const toml::node&) { return origin; }), {}};
}

}  // namespace sinyal
