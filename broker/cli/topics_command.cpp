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

struct topics_options {
  configuration_options configuration;
  cli::role role = role::all;
  bool json = false;
};

/// `kind` is what `name` is the name of: a topic, or the subject of a schema.
void print(std::string_view kind, std::string_view name, std::string_view difference,
           std::string_view message, bool json) {
  if (json) {
    std::string line;
    codec::json_writer out{line};
    out.begin_object();
    out.text(kind, name);
    out.text("difference", difference);
    out.text("message", message);
    out.end_object();
    std::cout << line << '\n';
    return;
  }
  constexpr std::size_t topic_width = 40;
  constexpr std::size_t difference_width = 17;
  std::cout << padded(name, topic_width) << ' ' << padded(difference, difference_width) << ' '
            << message << '\n';
}

int failed(const auto& why) {
  std::cerr << "sinyal topics: " << why.message << '\n';
  return exit_failed;
}

/// Shows what differs; 1 when anything does but a longer retention.
int plan_topics(const config& all, const topics_options& options, observe::logger& logger) {
  const auto differences = kafka::plan_topics(all.kafka, topics_of(options.role), logger);
  if (!differences) return failed(differences.error());
  for (const kafka::topic_difference& one : *differences) {
    print("topic", one.topic, to_string(one.what), options.json ? one.sentence() : one.message,
          options.json);
  }
  for (const std::string& hint : hints_of(*differences)) {
    if (!options.json) std::cout << "Hint: " << hint << '\n';
  }
  if (!at_least(kafka::severity::loses, *differences).empty()) return exit_failed;
  const auto count = kafka::wanted_topics(all.kafka, topics_of(options.role)).size();
  std::cerr << (differences->empty() ? "No difference: " : "Nothing to mend: ")
            << kafka::as_wanted(count) << (differences->empty() ? ".\n" : ", or keep more.\n");
  return exit_done;
}

/// Shows what the schema registry lacks, if there is one; 1 when that is anything.
int plan_schemas(const config& all, const topics_options& options) {
  if (!has_registry(all, options.role)) return exit_done;
  const registry::client registry = registry_of(all);
  const auto known = registry.look_up_all();
  if (!known) return failed(known.error());
  int status = exit_done;
  for (std::size_t i = 0; i < known->size(); ++i) {
    if ((*known)[i]) {
      if (const auto why = registry.unmarkable(*(*known)[i])) return failed(*why);
      continue;
    }
    status = exit_failed;
    print("subject", registry.subject_of(static_cast<core::signal>(i)), "unregistered",
          "the schema registry has not this version's schema", options.json);
  }
  if (status == exit_done) {
    std::cerr << "No difference: all " << known->size() << " schemas are registered.\n";
  } else if (!options.json) {
    std::cout << "Hint: run `sinyal topics apply`\n";
  }
  return status;
}

/// Registers what is not, if there is a registry. One subject's refusal hinders no other.
int apply_schemas(const config& all, const topics_options& options) {
  if (!has_registry(all, options.role)) return exit_done;
  const registry::client registry = registry_of(all);
  int status = exit_done;
  for (std::size_t i = 0; i < core::signal_count; ++i) {
    const auto signal = static_cast<core::signal>(i);
    auto known = registry.look_up(signal);
    if (!known) return failed(known.error());
    if (*known) continue;
    const auto added = registry.add(signal);
    if (!added) {
      status = failed(added.error());
      if (!added.error().of_one) return status;
      continue;
    }
    print("subject", registry.subject_of(signal), "registered", "id " + std::to_string(added->id),
          options.json);
  }
  return status == exit_done ? plan_schemas(all, options) : status;
}

int run_plan(const topics_options& options) {
  const auto all = load(options.configuration, std::cerr);
  if (!all) return exit_configuration;
  observe::logger quiet{{observe::log_level::error}};
  const int topics = plan_topics(*all, options, quiet);
  const int schemas = plan_schemas(*all, options);
  return std::max(topics, schemas);
}

int run_apply(const topics_options& options) {
  const auto all = load(options.configuration, std::cerr);
  if (!all) return exit_configuration;
  observe::logger quiet{{observe::log_level::error}};
  const auto created = kafka::create_topics(all->kafka, topics_of(options.role), quiet);
  if (!created) return failed(created.error());
  for (const std::string& topic : *created) print("topic", topic, "created", "", options.json);
  const int topics = plan_topics(*all, options, quiet);
  const int schemas = apply_schemas(*all, options);
  return std::max(topics, schemas);
}

constexpr auto plan_ending = R"(Example:
  sinyal topics plan --config sinyal.toml --format json

Changes nothing. Compares partitions, cleanup.policy, message.timestamp.type, copies, unclean
leader election, retention.ms, and the raw log's max.message.bytes. With schema_registry.url it
also shows which schemas are not registered.

Exit status: 0 no difference, or only a retention longer than configured; 1 a difference was found,
or Kafka or the schema registry cannot be reached; 78 wrong configuration.)";

constexpr auto apply_ending = R"(Example:
  sinyal topics apply --config sinyal.toml

Creates what is missing and changes nothing that is there: what a partition count, a compacted
topic or a retention means to the records in it is for a person to decide. With
schema_registry.url it also registers each signal's schema, under <topic>-value.

Exit status: 0 all is as it must be now; 1 a difference is left, or Kafka or the schema registry
cannot be reached or refuses; 78 wrong configuration.)";

void add_one(CLI::App& topics, chosen& out, const char* name, const char* summary,
             const char* ending, int (*run)(const topics_options&)) {
  CLI::App& command = add_command(topics, name, summary, ending);
  auto options = std::make_shared<topics_options>();
  add_configuration(command, options->configuration);
  add_role(command, options->role);
  add_format(command, options->json);
  command.callback(when_chosen(out, options, run));
}

}  // namespace

void add_topics(CLI::App& app, chosen& out) {
  CLI::App& topics =
      add_command(app, "topics", "Compare the catalogue's topics with the cluster's.",
                  "See sinyal topics plan --help and sinyal topics apply --help.");
  topics.require_subcommand(1);
  add_one(topics, out, "plan", "Show how the cluster's topics differ, and change nothing.",
          plan_ending, run_plan);
  add_one(topics, out, "apply", "Create the topics and register the schemas that are missing.",
          apply_ending, run_apply);
}

}  // namespace sinyal::cli
