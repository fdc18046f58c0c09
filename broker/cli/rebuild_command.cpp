#include "broker/cli/command.hpp"
#include "broker/cli/configuration.hpp"
#include "broker/cli/exit_status.hpp"
#include "broker/cli/lifecycle_role.hpp"
#include "broker/cli/progress_line.hpp"
#include "broker/cli/signals.hpp"
#include "broker/cli/unfit_topics.hpp"
#include "broker/codec/json_writer.hpp"
#include "broker/kafka/rebuild_log.hpp"
#include "broker/lifecycle/rebuild.hpp"

#include <CLI/CLI.hpp>

#include <atomic>
#include <chrono>
#include <iostream>
#include <string>

namespace sinyal::cli {

namespace {

struct rebuild_options {
  configuration_options configuration;
  lifecycle::rebuild_choices choices;
  bool dry_run = false;
  bool json = false;
};

int rebuild_failed(const std::string& why) {
  std::cerr << "sinyal rebuild: " << why << '\n';
  return exit_failed;
}

void print_rebuilt(const lifecycle::rebuilt& made, const rebuild_options& options) {
  if (options.json) {
    std::string line;
    codec::json_writer out{line};
    out.begin_object();
    out.number("partition", made.partition);
    out.number("position", made.position);
    out.number("notifications", made.notifications);
    if (!options.dry_run) out.number("subjects", static_cast<std::int64_t>(made.subjects));
    out.end_object();
    std::cout << line << std::endl;
    return;
  }
  std::cout << "partition " << made.partition << ": up to raw offset " << made.position << ", "
            << made.notifications << " notifications";
  if (options.dry_run) {
    std::cout << " to fold" << std::endl;
  } else {
    std::cout << ", " << made.subjects << " subjects" << std::endl;
  }
}

lifecycle::rebuild_settings rebuild_settings_of(const config& all, const rebuild_options& options) {
  lifecycle::rebuild_settings out;
  out.partitions = all.kafka.partitions;
  out.choices = options.choices;
  out.dry_run = options.dry_run;
  out.transaction_timeout = std::chrono::milliseconds{all.lifecycle.transaction_timeout_ms};
  return out;
}

int run_rebuild(const rebuild_options& options) {
  const auto all = load(options.configuration, std::cerr);
  if (!all) return exit_configuration;
  observe::logger logger{{observe::log_level::error}};
  const auto unfit = unfit_topics(*all, kafka::topics_of::lifecycle);
  if (!unfit) return rebuild_failed(unfit.error().message);
  for (const std::string& each : *unfit) rebuild_failed(each);
  if (!unfit->empty()) return exit_failed;
  std::atomic<bool> stop{false};
  const signal_watch signals{[&](int) { stop = true; }};
  const auto log = kafka::make_rebuild_log(all->kafka, all->lifecycle, logger);
  if (!log) return rebuild_failed(log.error().message);
  progress_line line;
  lifecycle::rebuild rebuild{
      rebuild_settings_of(*all, options),
      lifecycle::make_transformer(transform_settings_of(*all)),
      **log,
      {[&](auto partition, auto done, auto of) { line.show(partition, done, of); },
       [&](const lifecycle::rebuilt& made) {
         line.clear();
         print_rebuilt(made, options);
       }},
      stop};
  const auto done = rebuild.run();
  if (done) return exit_done;
  line.clear();
  return rebuild_failed(done.error().message);
}

constexpr auto rebuild_ending = R"(Example, where the state topic is lost or cannot be read:
  stop every lifecycle, wait lifecycle.session_timeout_ms, by when it has left its group,
  delete the topic <topic_prefix>.state, then
  sinyal topics apply --config sinyal.toml
  sinyal rebuild --config sinyal.toml
  and start lifecycle again: it goes on as if nothing had happened.

Folds the raw log up to the position that the group has committed and writes the state that
lifecycle had then into the empty state topic. Publishes and quarantines nothing, and joins no
group. Needs memory for the state of one partition. One that is interrupted leaves a part of the
state, which lifecycle refuses: delete the topic and begin again.

Exit status: 0 the state is whole; 1 refused, failed or interrupted; 78 wrong configuration.)";

}  // namespace

void add_rebuild(CLI::App& app, chosen& out) {
  CLI::App& command =
      add_command(app, "rebuild", "Make a lost state anew out of the raw log.", rebuild_ending);
  auto options = std::make_shared<rebuild_options>();
  command.add_flag("--dry-run", options->dry_run, "check everything and write nothing");
  command.add_flag("--to-end", options->choices.to_end,
                   "up to the raw log's end, where the group's offsets have expired and all of "
                   "the log was processed");
  command.add_flag("--from-trimmed-log", options->choices.from_trimmed_log,
                   "although the raw log's beginning was deleted: subjects of then are lost");
  add_format(command, options->json);
  add_configuration(command, options->configuration);
  command.callback(when_chosen(out, options, run_rebuild));
}

}  // namespace sinyal::cli
