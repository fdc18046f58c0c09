#include "broker/cli/command.hpp"
#include "broker/cli/configuration.hpp"
#include "broker/cli/exit_status.hpp"
#include "broker/cli/progress_line.hpp"
#include "broker/cli/quarantine.hpp"
#include "broker/cli/signals.hpp"
#include "broker/config/nearest.hpp"
#include "broker/kafka/names.hpp"
#include "broker/kafka/stretch_reader.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <iostream>
#include <string>
#include <unistd.h>
#include <vector>

namespace sinyal::cli {

namespace {

struct quarantine_options {
  configuration_options configuration;
  std::string merchant;
  std::string reason;
  bool money = false;
  std::string place;
  bool json = false;
};

int quarantine_failed(const std::string& why, int status = exit_failed) {
  std::cerr << "sinyal quarantine: " << why << '\n';
  return status;
}

quarantine_style style_of(const quarantine_options& options) {
  return {options.json, !options.json && ::isatty(STDOUT_FILENO) == 1};
}

/// Reads all of the quarantine to the end that it has at first, or the record of that place.
log_result<void> read_quarantine(const kafka_settings& settings,
                                 std::optional<partition_offset> place,
                                 const std::function<bool(const codec::record_view&)>& each,
                                 const std::atomic<bool>& stop) {
  observe::logger logger{{observe::log_level::error}};
  const auto reader = kafka::stretch_reader::make(settings, logger);
  if (!reader) return reader.error();
  const std::string topic = kafka::quarantine_topic(settings.topic_prefix);
  const auto count = (*reader)->partition_count(topic, stop);
  if (!count) return count.error();
  std::vector<kafka::topic_partition> asked;
  for (std::int32_t i = 0; i < *count; ++i) {
    if (!place || place->partition == i) asked.push_back({topic, i});
  }
  const auto ranges = kafka::ask_ranges(settings, asked, logger);
  if (!ranges) return ranges.error();
  std::vector<kafka::stretch> all;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    offset_range part = (*ranges)[i];
    if (place) {
      part.start = std::max(part.start, place->offset);
      part.end = std::min(part.end, place->offset + 1);
    }
    all.push_back({asked[i], part});
  }
  return (*reader)->read(
      all, [&](std::size_t, const codec::record_view& record) { return each(record); }, stop);
}

int run_list(const quarantine_options& options) {
  const auto all = load(options.configuration, std::cerr);
  if (!all) return exit_configuration;
  quarantine_filter filter{options.merchant, {}, options.money};
  if (!options.reason.empty()) {
    filter.reason = parse_reason(options.reason);
    if (!filter.reason) {
      std::vector<std::string_view> known;
      for (std::size_t i = 0; i < core::reason_count; ++i) {
        known.push_back(to_string(static_cast<core::reason>(i)));
      }
      return quarantine_failed(
          "unknown reason " + options.reason + "." + did_you_mean(options.reason, known),
          exit_usage);
    }
  }
  std::atomic<bool> stop{false};
  const signal_watch signals{[&](int) { stop = true; }};
  std::int64_t shown = 0;
  const auto show = [&](const codec::record_view& record) {
    if (!filter.lets_through(record)) return true;
    ++shown;
    show_quarantined(std::cout, record, style_of(options));
    return std::cout.good();
  };
  if (const auto read = read_quarantine(all->kafka, {}, show, stop); !read) {
    return quarantine_failed(read.error().message);
  }
  if (stop) return quarantine_failed("interrupted: not all was shown");
  if (shown == 0) std::cerr << "Nothing is in quarantine.\n";
  return exit_done;
}

int run_show(const quarantine_options& options) {
  const auto place = parse_place(options.place);
  if (!place) return quarantine_failed("PLACE must be PARTITION:OFFSET, as in 3:17", exit_usage);
  const auto all = load(options.configuration, std::cerr);
  if (!all) return exit_configuration;
  std::atomic<bool> stop{false};
  const signal_watch signals{[&](int) { stop = true; }};
  bool found = false;
  const auto show = [&](const codec::record_view& record) {
    found = true;
    show_whole(std::cout, record, style_of(options));
    return true;
  };
  if (const auto read = read_quarantine(all->kafka, *place, show, stop); !read) {
    return quarantine_failed(read.error().message);
  }
  if (stop) return quarantine_failed("interrupted");
  if (found) return exit_done;
  return quarantine_failed("nothing is in quarantine at " + options.place +
                           ". Hint: sinyal quarantine list tells the places");
}

constexpr auto list_ending = R"(Examples:
  sinyal quarantine list --money
  sinyal quarantine list --reason amount_mismatch --format json

Shows what could not be applied, and why: where it is in the quarantine, its reason, its subject,
and whether it claims that money came. Those of a partition are in order. Joins no group and writes
nothing. The story around one: sinyal trace SUBJECT.

Exit status: 0 shown; 1 Kafka cannot be read, or interrupted; 2 wrong use; 78 wrong
configuration.)";

constexpr auto show_ending = R"(Example:
  sinyal quarantine show 3:17

Shows one with all of its headers and the notification as it came. PLACE is what list tells.

Exit status: 0 shown; 1 nothing is there, or Kafka cannot be read; 2 wrong use; 78 wrong
configuration.)";

}  // namespace

void add_quarantine(CLI::App& app, chosen& out) {
  CLI::App& quarantine =
      add_command(app, "quarantine", "Show what could not be applied, and why.",
                  "See sinyal quarantine list --help and sinyal quarantine show --help.");
  quarantine.require_subcommand(1);
  const auto add = [&](const char* name, const char* summary, const char* ending,
                       int (*run)(const quarantine_options&)) -> CLI::App& {
    auto options = std::make_shared<quarantine_options>();
    CLI::App& command = add_command(quarantine, name, summary, ending);
    if (run == run_list) {
      add_merchant(command, options->merchant, "only this one's");
      command.add_option("--reason", options->reason, "only what is there for this reason")
          ->type_name("REASON");
      command.add_flag("--money", options->money, "only what claims that money came");
    } else {
      command.add_option("PLACE", options->place, "PARTITION:OFFSET")->required()->type_name("");
    }
    add_bootstrap_servers(command, options->configuration);
    add_format(command, options->json);
    add_configuration(command, options->configuration);
    command.callback(when_chosen(out, options, run));
    return command;
  };
  add("list", "Show all, or some.", list_ending, run_list);
  add("show", "Show one, with its headers and its body.", show_ending, run_show);
}

}  // namespace sinyal::cli
