#include "broker/cli/command.hpp"
#include "broker/cli/configuration.hpp"
#include "broker/cli/exit_status.hpp"
#include "broker/cli/lifecycle_role.hpp"
#include "broker/cli/printable.hpp"
#include "broker/cli/progress_line.hpp"
#include "broker/cli/signals.hpp"
#include "broker/cli/tail.hpp"
#include "broker/cli/trace.hpp"
#include "broker/kafka/raw_partition.hpp"

#include <CLI/CLI.hpp>

#include <atomic>
#include <iostream>
#include <string>
#include <unistd.h>
#include <utility>

namespace sinyal::cli {

namespace {

struct trace_options {
  configuration_options configuration;
  std::string subject;
  bool json = false;
};

int trace_failed(const std::string& why, int status = exit_failed) {
  std::cerr << "sinyal trace: " << why << '\n';
  return status;
}

/// Whose a subject without a merchant is: the only one's that is configured, or that one's whom
/// `serve --embedded` serves when none is.
core::subject_key whole_key(const config& all, tail_filter found) {
  if (found.merchant.empty()) {
    found.merchant = all.merchants.empty() ? demo_merchant().id : all.merchants.front().id;
  }
  return {std::move(found.merchant), *std::move(found.subject)};
}

int run_trace(const trace_options& options) {
  const auto all = load(options.configuration, std::cerr);
  if (!all) return exit_configuration;
  tail_filter found;
  if (const auto wrong = choose_subject(*all, "SUBJECT", options.subject, found)) {
    return trace_failed(*wrong, exit_usage);
  }
  const lifecycle::transform_settings transform = transform_settings_of(*all);
  story story{{.subject = whole_key(*all, std::move(found)),
               .topic_prefix = all->kafka.topic_prefix,
               .transform = transform,
               .json = options.json,
               .colours = !options.json && ::isatty(STDOUT_FILENO) == 1},
              std::cout};

  std::atomic<bool> stop{false};
  const signal_watch signals{[&](int) { stop = true; }};
  observe::logger logger{{observe::log_level::error}};
  const std::int32_t partition = core::partition_of(story.key(), all->kafka.partitions);
  progress_line line;
  std::int64_t records = 0;
  const auto read = kafka::read_raw_partition(
      all->kafka, partition,
      [&](const codec::record_view& raw, const offset_range& log) {
        ++records;
        line.show(partition, raw.offset - log.start, log.end - log.start);
        if (raw.key != story.key()) return true;
        line.clear();
        story.tell(raw);
        return std::cout.flush().good();  // the reader of a pipe may have gone, or a disk be full
      },
      stop, logger);
  line.clear();
  if (!read) return trace_failed(read.error().message);
  if (stop) return trace_failed("interrupted: the story is not whole.");
  const std::string where = "partition " + std::to_string(partition) + " of " + transform.raw_topic;
  if (read->start > 0) {
    std::cerr << "sinyal trace: " << where << " begins at offset " << read->start
              << ": what came before was deleted. The story may lack its beginning, and then its "
                 "sequences and verdicts are not those of what was published.\n";
  }
  if (story.notifications() > 0) {
    story.conclude(partition, *read);
    return exit_done;
  }
  return trace_failed("nothing is known of " + printable(story.key()) + ": none of the " +
                      std::to_string(records) + " records in " + where +
                      " is about it. Hint: check the id's spelling, its case too, and the "
                      "merchant.");
}

constexpr auto trace_ending = R"(Examples:
  sinyal trace G141532850:payment:SHOP-1001 --config sinyal.toml
  sinyal trace subscription:d98a63b8-97e4-4059-825f-0f62340407e9 --format json
  sinyal trace payment:SHOP-1001 --bootstrap-servers 127.0.0.1:PORT   as serve --embedded prints it

Reads the subject's partition of the raw log from its start to its end and judges the subject's
notifications as lifecycle does, so that ids and sequences are those of the events; what
lifecycle has still to publish is among them. MERCHANT may be left out where one is configured.
Joins no consumer group and writes nothing.

Exit status: 0 told; 1 Kafka cannot be read, nothing is known of the subject, interrupted, or
standard output cannot be written; 2 wrong use; 78 wrong configuration.)";

}  // namespace

void add_trace(CLI::App& app, chosen& out) {
  CLI::App& command = add_command(
      app, "trace", "One order's, invoice's or subscription's whole story.", trace_ending);
  auto options = std::make_shared<trace_options>();
  command
      .add_option("SUBJECT", options->subject,
                  "[MERCHANT:]KIND:ID, with kind payment, invoice or subscription")
      ->required()
      ->type_name("");
  add_bootstrap_servers(command, options->configuration);
  add_format(command, options->json);
  add_configuration(command, options->configuration);
  command.callback(when_chosen(out, options, run_trace));
}

}  // namespace sinyal::cli
