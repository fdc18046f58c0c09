#include "broker/cli/configuration.hpp"

#include "broker/cli/choice.hpp"
#include "broker/kafka/library.hpp"

#include <CLI/CLI.hpp>

#include <ostream>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace sinyal::cli {

namespace {

std::map<std::string, std::string> read_environment() {
  std::map<std::string, std::string> out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    const auto equals = text.find('=');
    if (equals != text.npos) out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

}  // namespace

config_source configuration_options::source() const {
  config_source source{file, read_environment(), sets};
  if (!bootstrap_servers.empty()) {
    source.sets.push_back("kafka.bootstrap_servers=" + bootstrap_servers);
  }
  return source;
}

void add_configuration(CLI::App& command, configuration_options& to) {
  command
      .add_option_function<std::string>(
          "--config", [&to](const std::string& path) { to.file = path; },
          "configuration file (TOML); SINYAL_CONFIG unless given, or none")
      ->type_name("FILE");
  command
      .add_option("--set", to.sets,
                  "one key, over file and environment, as in --set http.listen=[::]:80; repeatable")
      ->type_name("SECTION.KEY=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

void add_bootstrap_servers(CLI::App& command, configuration_options& to) {
  command
      .add_option("--bootstrap-servers", to.bootstrap_servers,
                  "short for --set kafka.bootstrap_servers=…")
      ->type_name("HOST:PORT");
}

void add_role(CLI::App& command, role& to) {
  add_choice<role>(command, "--role", "all, ingest or lifecycle",
                   {{"all", role::all}, {"ingest", role::ingest}, {"lifecycle", role::lifecycle}},
                   to)
      .default_str("all")
      ->type_name("ROLE");
}

config_result read_configuration(const configuration_options& options) {
  config_result result = load_config(options.source());
  if (!result.kafka_usable) return result;
  for (std::string& error : kafka::property_errors(result.value.kafka)) {
    result.errors.push_back(std::move(error));
    result.kafka_usable = false;
  }
  return result;
}

std::vector<std::string> role_errors(const config& all, role role) {
  if (role == role::lifecycle || !all.merchants.empty()) return {};
  return {
      "no merchant is configured, so that nothing could be taken in: add [[merchants]] with id "
      "and server_keys, or set SINYAL_MERCHANTS__ALL."};
}

void complain(std::ostream& to, const config_result& result) {
  for (const std::string& error : result.errors) to << "sinyal: error: " << error << '\n';
  for (const std::string& warning : result.warnings) to << "sinyal: warning: " << warning << '\n';
}

std::optional<config> load(const configuration_options& options, std::ostream& complaints) {
  config_result result = read_configuration(options);
  complain(complaints, result);
  if (!result.errors.empty()) return std::nullopt;
  return std::move(result.value);
}

merchant demo_merchant() {
  return {"G000000000",
          {core::secret{"SB-Mid-server-demo"}},
          {core::secret{"demo-recurring-token"}},
          {core::secret{"demo-api-token"}}};
}

std::optional<merchant> find_merchant(const config& all, const std::string& id) {
  for (const merchant& one : all.merchants) {
    if (one.id == id) return one;
  }
  if (merchant demo = demo_merchant(); demo.id == id) return demo;
  return std::nullopt;
}

}  // namespace sinyal::cli
