#include "broker/config/layers.hpp"

#include "broker/config/file.hpp"
#include "broker/config/keys.hpp"
#include "broker/config/nearest.hpp"
#include "broker/config/toml.hpp"

#include <algorithm>
#include <charconv>

namespace sinyal {

namespace {

constexpr std::string_view environment_prefix = "SINYAL_";
constexpr std::size_t file_bytes_max = 16 * 1024 * 1024;  // thousands of merchants fit
constexpr std::string_view merchants_all = "merchants.all";

std::string lowered(std::string_view text) {
  std::string out{text};
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::string variable_of(std::string_view full_name) {
  std::string out{environment_prefix};
  for (const char c : full_name) {
    if (c == '.') {
      out += "__";
    } else {
      out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  return out;
}

std::vector<std::string> full_names() {
  std::vector<std::string> out;
  for (const config_key& key : config_keys()) out.push_back(key.full_name());
  return out;
}

/// What a scalar of the environment or a flag is, as written: a number, true, false, or a text.
config_node scalar(std::string_view text, const std::string& origin) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) return {origin, number};
  if (text == "true" || text == "false") return {origin, text == "true"};
  return {origin, std::string{text}};
}

bool is_text(const config_key& key) {
  return std::holds_alternative<text_form>(key.form);
}

class reader {
 public:
  explicit reader(std::vector<std::string>& errors)
      : keys_{config_keys()}, names_{full_names()}, errors_{errors} {
    layers_.of_key.resize(keys_.size());
  }

  void read_file(const std::string& path) {
    const auto text = sinyal::read_file(path, file_bytes_max);
    if (!text) {
      return say("cannot read the configuration file " + path + ": " + text.error().message() +
                 '.');
    }
    toml_result parsed = parse_toml_file(*text, path);
    if (!parsed.error.empty()) return say(std::move(parsed.error));
    for (const config_node& section : *parsed.node.entries()) read_section(section.name, section);
  }

  void read_environment(const std::map<std::string, std::string>& environment) {
    for (const auto& [name, value] : environment) {
      if (!name.starts_with(environment_prefix)) continue;
      const std::string_view rest = std::string_view{name}.substr(environment_prefix.size());
      const auto split = rest.find("__");
      if (name.starts_with("SINYAL__")) {  // a key without a section
        unknown_variable(name);
        continue;
      }
      if (split == rest.npos) continue;  // not ours: Kubernetes injects SINYAL_PORT and the like
      const std::string full =
          lowered(rest.substr(0, split)) + '.' + lowered(rest.substr(split + 2));
      // Only the documented spelling counts: another would quietly be the same key twice.
      if (variable_of(full) != name || !give(full, value, name)) unknown_variable(name);
    }
  }

  void read_set(const std::string& assignment) {
    const auto equals = assignment.find('=');
    const std::string full = assignment.substr(0, equals);
    if (equals == assignment.npos || full.find('.') == full.npos) {
      return say("--set " + full +
                 " must be section.key=value, as in --set http.listen=[::]:8080.");
    }
    if (!give(full, assignment.substr(equals + 1), "--set " + full)) {
      say("--set " + full + ": unknown key." + did_you_mean(full, names_));
    }
  }

  config_layers take() { return std::move(layers_); }

 private:
  void say(std::string error) { errors_.push_back(std::move(error)); }

  void read_section(const std::string& section, const config_node& node) {
    if (section == "merchants") {
      layers_.merchants = node;
      return;
    }
    std::vector<std::string> sections{"merchants"};
    for (const config_key& key : keys_) {
      if (sections.back() != key.section) sections.emplace_back(key.section);
    }
    if (std::find(sections.begin(), sections.end(), section) == sections.end()) {
      // A key above the first section's header, or one that is missing.
      const std::string kind = node.entries() != nullptr ? "section" : "key";
      return say(node.origin + ": unknown " + kind + ' ' + section + '.' +
                 did_you_mean(section, sections));
    }
    if (node.entries() == nullptr) {
      return say(node.origin + ": " + section + " must be a section: [" + section + "].");
    }
    for (const config_node& value : *node.entries()) {
      const std::string full = section + '.' + value.name;
      const auto at = std::find(names_.begin(), names_.end(), full);
      if (at == names_.end()) {
        say(value.origin + ": unknown key " + full + '.' + did_you_mean(full, names_));
      } else {
        layers_.of_key[static_cast<std::size_t>(at - names_.begin())] = value;
      }
    }
  }

  /// False when there is no such key.
  bool give(const std::string& full, const std::string& value, const std::string& origin) {
    if (full == merchants_all) {
      give_toml(layers_.merchants, value, origin);
      return true;
    }
    const auto at = std::find(names_.begin(), names_.end(), full);
    if (at == names_.end()) return false;
    const auto index = static_cast<std::size_t>(at - names_.begin());
    auto& slot = layers_.of_key[index];
    if (keys_[index].is_compound()) {
      give_toml(slot, value, origin);
    } else {
      slot = is_text(keys_[index]) ? config_node{origin, value} : scalar(value, origin);
    }
    return true;
  }

  void give_toml(std::optional<config_node>& slot, const std::string& value,
                 const std::string& origin) {
    toml_result parsed = parse_toml_value(value, origin);
    if (!parsed.error.empty()) return say(std::move(parsed.error));
    slot = std::move(parsed.node);
  }

  void unknown_variable(const std::string& name) {
    std::vector<std::string> variables{variable_of(merchants_all)};
    for (const std::string& full : names_) variables.push_back(variable_of(full));
    say(name + ": unknown variable of the environment." + did_you_mean(name, variables));
  }

  const std::span<const config_key> keys_;
  const std::vector<std::string> names_;
  std::vector<std::string>& errors_;
  config_layers layers_;
};

}  // namespace

config_layers read_layers(const config_source& source, std::vector<std::string>& errors) {
  reader all{errors};
  const auto named = source.environment.find("SINYAL_CONFIG");
  if (source.file) {
    all.read_file(*source.file);
  } else if (named != source.environment.end() && named->second.empty()) {
    errors.emplace_back("SINYAL_CONFIG is empty: let it name a file, or unset it.");
  } else if (named != source.environment.end()) {
    all.read_file(named->second);
  }
  all.read_environment(source.environment);
  for (const std::string& one : source.sets) all.read_set(one);
  return all.take();
}

}  // namespace sinyal
