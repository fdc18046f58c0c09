#include "broker/cli/command.hpp"
#include "broker/cli/padded.hpp"
#include "broker/cli/serve.hpp"
#include "broker/config/keys.hpp"

#include <CLI/CLI.hpp>

#include <string>

namespace sinyal::cli {

namespace {

constexpr auto beginning = R"(Examples:
  sinyal serve --config /etc/sinyal/sinyal.toml
  sinyal serve --role ingest --config sinyal.toml
  sinyal serve --embedded              serves merchant G000000000 with a key that it prints

SIGHUP reads merchants, their secrets and log.level again. SIGTERM stops: not ready, serving on for
http.drain_delay_ms, then finishing what was begun. A second one stops at once.

Exit status: 0 stopped as asked; 1 Kafka cannot be reached, a topic or a schema is not as it must
be, or lifecycle failed; 2 wrong use; 78 wrong configuration.

Configuration, by file, by SINYAL_<SECTION>__<KEY>, or by --set; [[merchants]] have id,
server_keys, recurring_tokens and api_tokens (by environment: SINYAL_MERCHANTS__ALL):
)";

std::string serve_ending() {
  constexpr std::size_t key_width = 44;
  const config defaults;
  std::string out = beginning;
  for (const config_key& key : config_keys()) {
    const std::string key_value = "  " + key.full_name() + " = " + show_value(key, defaults);
    out += padded(key_value, key_width) + ' ';
    out += std::string{key.unit} + (key.unit.empty() ? "" : ", ") + std::string{key.help} + '\n';
  }
  out.pop_back();
  return out;
}

}  // namespace

void add_serve(CLI::App& app, chosen& out) {
  CLI::App& command =
      add_command(app, "serve", "Take notifications in and publish their signals.", serve_ending());
  auto options = std::make_shared<serve_options>();
  add_configuration(command, options->configuration);
  add_role(command, options->role);
  command.add_flag("--embedded", options->embedded,
                   "a broker inside this process instead of a Kafka: for a first look");
  command.callback(when_chosen(out, options, serve));
}

}  // namespace sinyal::cli
