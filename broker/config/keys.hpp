#pragma once
// The one table of all keys but merchants': it drives file, environment, flags, help texts and
// deploy/sinyal.example.toml. Names are a public contract: they never change their meaning.

#include "broker/config.hpp"
#include "broker/config/node.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sinyal {

/// Where in `config` a key's value is kept.
using key_target =
    std::variant<std::uint32_t* (*)(config&), std::uint64_t* (*)(config&),
                 std::int32_t* (*)(config&), bool* (*)(config&), std::string* (*)(config&),
                 event_format* (*)(config&), schema_ids* (*)(config&), core::secret* (*)(config&),
                 std::vector<std::string>* (*)(config&),
                 std::map<std::string, core::secret>* (*)(config&)>;

/// Of a number: bounds, both allowed. Of a text: what it must look like.
struct whole_number {
  std::int64_t min = 0;
  std::int64_t max = 0;
  bool or_minus_one = false;
};
struct text_form {
  bool (*fits)(std::string_view text) = nullptr;
  std::string_view must_be;      // ends the sentence "… must be"
  bool may_hold_secret = false;  // by mistake: what does not fit is not shown then
};

struct config_key {
  std::string_view section;
  std::string_view name;
  key_target target;
  std::variant<std::monostate, whole_number, text_form> form;
  std::string_view unit;  // empty where there is none
  std::string_view help;

  std::string full_name() const { return std::string{section} + '.' + std::string{name}; }
  /// Lists and tables are given as TOML values by environment and flags, anything else as written.
  bool is_compound() const {
    return std::holds_alternative<std::vector<std::string>* (*)(config&)>(target) ||
           is_properties();
  }
  bool is_properties() const {
    return std::holds_alternative<std::map<std::string, core::secret>* (*)(config&)>(target);
  }
  bool is_secret() const { return std::holds_alternative<core::secret* (*)(config&)>(target); }
};

std::span<const config_key> config_keys();

/// Writes the value to its place; the answer is the sentence that says what is wrong with it, but
/// for where it stands. Not for kafka.properties and secrets.
std::optional<std::string> assign(const config_key& key, const config_node& node, config& to);

/// The value as a TOML value.
std::string show_value(const config_key& key, const config& of);

/// A whole configuration file, every key with its default and what it is for, all commented out.
std::string example_config();

}  // namespace sinyal
