#include "broker/cli/command.hpp"
#include "broker/cli/configuration.hpp"
#include "broker/cli/exit_status.hpp"
#include "broker/cli/kafka_role.hpp"
#include "broker/codec/json_writer.hpp"
#include "broker/kafka/topics.hpp"

#include <CLI/CLI.hpp>

#include <array>
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

std::string_view to_string(kafka::topic_difference::kind kind) {
  constexpr std::array<std::string_view, 6> names{"missing",   "partitions", "not_compacted",
                                                  "compacted", "copies",     "unclean"};
  return names[static_cast<std::size_t>(kind)];
}

void print(std::string_view topic, std::string_view difference, std::string_view message,
           bool json) {
  if (json) {
    std::string line;
    codec::json_writer out{line};
    out.begin_object();
    out.text("topic", topic);
    out.text("difference", difference);
    out.text("message", message);
    out.end_object();
    std::cout << line << '\n';
    return;
  }
  constexpr std::size_t topic_width = 40;
  constexpr std::size_t difference_width = 14;
  const auto pad = [](std::string_view text, std::size_t width) {
    return text.size() < width ? std::string(width - text.size(), ' ') : std::string{};
  };
  std::cout << topic << pad(topic, topic_width) << ' ' << difference
            << pad(difference, difference_width) << ' ' << message << '\n';
}

int failed(const log_failure& why) {
  std::cerr << "sinyal topics: " << why.message << '\n';
  return exit_failed;
}

/// Shows what the cluster lacks; 1 when that is anything.
int plan(const config& all, const topics_options& options, observe::logger& logger) {
  const auto differences = kafka::plan_topics(all.kafka, topics_of(options.role), logger);
  if (!differences) return failed(differences.error());
  for (const kafka::topic_difference& one : *differences) {
    print(one.topic, to_string(one.what), one.message, options.json);
  }
  if (!differences->empty()) return exit_failed;
  const auto count = kafka::wanted_topics(all.kafka, topics_of(options.role)).size();
  std::cerr << "No difference: all " << count << " topics are as the catalogue wants them.\n";
  return exit_done;
}

int run_plan(const topics_options& options) {
  const auto all = load(options.configuration, std::cerr);
  if (!all) return exit_configuration;
  observe::logger quiet{{observe::log_level::error}};
  return plan(*all, options, quiet);
}

int run_apply(const topics_options& options) {
  const auto all = load(options.configuration, std::cerr);
  if (!all) return exit_configuration;
  observe::logger quiet{{observe::log_level::error}};
  const auto created = kafka::create_topics(all->kafka, topics_of(options.role), quiet);
  if (!created) return failed(created.error());
  for (const std::string& topic : *created) print(topic, "created", "", options.json);
  return plan(*all, options, quiet);
}

constexpr auto plan_ending = R"(Example:
  sinyal topics plan --config sinyal.toml --format json

Changes nothing.

Exit status: 0 no difference; 1 a difference was found, or Kafka cannot be reached;
78 wrong configuration.)";

constexpr auto apply_ending = R"(Example:
  sinyal topics apply --config sinyal.toml

Creates what is missing and changes nothing that is there: what a partition count or a
compacted topic means to the records in it is for a person to decide.

Exit status: 0 all topics are as they must be now; 1 a difference is left, or Kafka cannot be
reached; 78 wrong configuration.)";

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
  add_one(topics, out, "plan", "Show what the cluster lacks, and change nothing.", plan_ending,
          run_plan);
  add_one(topics, out, "apply", "Create the topics that are missing.", apply_ending, run_apply);
}

}  // namespace sinyal::cli
