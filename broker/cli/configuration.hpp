#pragma once
// `--config FILE` and `--set section.key=value`, which every command that needs them takes.

#include "broker/config.hpp"

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace sinyal::cli {

enum class role : std::uint8_t { all, ingest, lifecycle };

struct configuration_options {
  std::optional<std::string> file;
  std::vector<std::string> sets;
  std::string bootstrap_servers;  // over all else, where given
  config_source source() const;   // with this process's environment
};

void add_configuration(CLI::App& command, configuration_options& to);
void add_bootstrap_servers(CLI::App& command, configuration_options& to);
void add_role(CLI::App& command, role& to);

/// The configuration, with what librdkafka says against kafka.properties among its errors.
config_result read_configuration(const configuration_options& options);

/// What is wrong with a configuration only for this role.
std::vector<std::string> role_errors(const config& all, role role);

/// Errors and warnings as a person reads them, one a line.
void complain(std::ostream& to, const config_result& result);

/// The configuration, or nothing where it has errors: they are on `complaints` then.
std::optional<config> load(const configuration_options& options, std::ostream& complaints);

/// Merchant G000000000, whom `serve --embedded` serves when no other is configured. Its key is
/// known to all the world: it is for a laptop.
merchant demo_merchant();

/// The configured merchant of this id, the demo merchant where its id is asked for, or null.
std::optional<merchant> find_merchant(const config& all, const std::string& id);

}  // namespace sinyal::cli
