#include "broker/cli/command.hpp"
#include "broker/cli/configuration.hpp"
#include "broker/cli/exit_status.hpp"
#include "broker/cli/kafka_role.hpp"
#include "broker/cli/padded.hpp"
#include "broker/cli/schema_registry.hpp"
#include "broker/codec/json_writer.hpp"
#include "broker/kafka/topics.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <string>
#include <string_view>

namespace sinyal::cli {

namespace {

struct check_options {
  configuration_options configuration;
  cli::role role = role::all;
  bool json = false;
};

/// Prints each finding as it is made.
class findings {
 public:
  explicit findings(bool json) : json_{json} {}

  bool json() const { return json_; }

  void add(std::string_view check, std::string_view result, std::string_view message) {
    if (json_) {
      std::string line;
      codec::json_writer out{line};
      out.begin_object();
      out.text("check", check);
      out.text("result", result);
      out.text("message", message);
      out.end_object();
      std::cout << line << std::endl;
    } else {
      constexpr std::size_t result_width = 8;
      constexpr std::size_t check_width = 14;
      std::cout << padded(result, result_width) << padded(check, check_width) << ' ' << message
                << std::endl;
    }
  }

 private:
  bool json_;
};

int check_kafka(const config& all, role role, findings& out) {
  observe::logger quiet{{observe::log_level::error}};
  const auto differences = kafka::plan_topics(all.kafka, topics_of(role), quiet);
  if (!differences) {
    out.add("kafka", "error", differences.error().message);
    return exit_failed;
  }
  out.add("kafka", "ok", all.kafka.bootstrap_servers + " answers");
  const auto wrong = at_least(kafka::severity::loses, *differences);
  for (const kafka::topic_difference& one : wrong) {
    const bool breaks = kafka::severity_of(one.what) == kafka::severity::breaks;
    out.add("topics", breaks ? "error" : "warning", out.json() ? one.sentence() : one.message);
  }
  for (const std::string& hint : hints_of(wrong)) {
    if (!out.json()) out.add("topics", "hint", hint);
  }
  if (!at_least(kafka::severity::breaks, wrong).empty()) return exit_failed;
  if (!wrong.empty()) return exit_done;
  const auto count = kafka::wanted_topics(all.kafka, topics_of(role)).size();
  out.add("topics", "ok", kafka::as_wanted(count));
  return exit_done;
}

int check_registry(const config& all, role role, findings& out) {
  if (!has_registry(all, role)) return exit_done;
  const auto marks = registry_of(all).marks();
  if (!marks) {
    out.add("schemas", "error", marks.error().message);
    return exit_failed;
  }
  out.add("schemas", "ok", "the registry at " + all.schema_registry.url + " has what is needed");
  return exit_done;
}

int check(const check_options& options) {
  config_result result = read_configuration(options.configuration);
  for (std::string& error : role_errors(result.value, options.role)) {
    // Where the file could not be read, that nobody is in it is no news.
    if (result.errors.empty()) result.errors.push_back(std::move(error));
  }
  findings out{options.json};
  for (const std::string& error : result.errors) out.add("configuration", "error", error);
  for (const std::string& warning : result.warnings) out.add("configuration", "warning", warning);
  if (result.errors.empty()) {
    out.add("configuration", "ok",
            "merchants: " + std::to_string(result.value.merchants.size()) +
                "; every secret could be read");
  }
  int status = exit_failed;
  if (result.kafka_usable) {
    status = check_kafka(result.value, options.role, out);
  } else {
    out.add("kafka", "skipped", "its settings are wrong");
  }
  if (result.errors.empty()) {
    status = std::max(status, check_registry(result.value, options.role, out));
  }
  return result.errors.empty() ? status : exit_configuration;
}

constexpr auto check_ending = R"(Example:
  sinyal check --config /etc/sinyal/sinyal.toml

All problems are told at once. Waits kafka.start_timeout_ms for the cluster.

Exit status: 0 all is well; 1 Kafka or the schema registry cannot be reached, or a topic or a
schema is not as it must be (a retention shorter than configured is only warned of, as by serve);
78 the configuration or a secret is wrong.)";

}  // namespace

void add_check(CLI::App& app, chosen& out) {
  CLI::App& command = add_command(
      app, "check", "Check configuration, secrets, Kafka, topics and schemas.", check_ending);
  auto options = std::make_shared<check_options>();
  add_configuration(command, options->configuration);
  add_role(command, options->role);
  add_format(command, options->json);
  command.callback(when_chosen(out, options, check));
}

}  // namespace sinyal::cli
