#include "broker/cli/command.hpp"
#include "broker/cli/configuration.hpp"
#include "broker/cli/exit_status.hpp"
#include "broker/cli/signals.hpp"
#include "broker/cli/tail.hpp"
#include "broker/config/nearest.hpp"
#include "broker/kafka/names.hpp"
#include "broker/kafka/tail.hpp"

#include <CLI/CLI.hpp>

#include <atomic>
#include <iostream>
#include <string>
#include <unistd.h>
#include <vector>

namespace sinyal::cli {

namespace {

struct tail_options {
  configuration_options configuration;
  std::vector<std::string> signals;
  std::string merchant;
  std::string subject;
  bool from_beginning = false;
  tail_format format;
};

/// Full names of the topics to read; nothing, and a complaint, for a signal that is none.
std::vector<std::string> topics_to_read(const config& all, const std::vector<std::string>& names) {
  std::vector<std::string> topics;
  for (const std::string& name : names) {
    const auto signal = core::parse_signal(name);
    if (!signal) {
      std::vector<std::string_view> known;
      for (const core::signal_info& one : core::signal_table) known.push_back(one.name);
      std::cerr << "sinyal tail: unknown signal " << name << '.' << did_you_mean(name, known)
                << '\n';
      return {};
    }
    topics.push_back(kafka::signal_topic(all.kafka.topic_prefix, *signal));
  }
  if (!names.empty()) return topics;
  for (std::size_t i = 0; i < core::signal_count; ++i) {
    topics.push_back(kafka::signal_topic(all.kafka.topic_prefix, static_cast<core::signal>(i)));
  }
  return topics;
}

int run_tail(const tail_options& options) {
  const auto all = load(options.configuration, std::cerr);
  if (!all) return exit_configuration;
  const auto topics = topics_to_read(*all, options.signals);
  if (topics.empty()) return exit_usage;
  tail_filter filter{options.merchant, {}};
  const auto wrong = options.subject.empty()
                         ? std::nullopt
                         : choose_subject(*all, "--subject", options.subject, filter);
  if (wrong) {
    std::cerr << "sinyal tail: " << *wrong << '\n';
    return exit_usage;
  }
  tail_format format = options.format;
  format.colours = !format.json && ::isatty(STDOUT_FILENO) == 1;

  std::atomic<bool> stop{false};
  const signal_watch signals{[&](int) { stop = true; }};
  observe::logger logger{{observe::log_level::error}};
  const auto from = options.from_beginning ? kafka::tail_from::beginning : kafka::tail_from::end;
  const auto show = [&](std::string_view topic, const codec::record_view& record) {
    if (filter.lets_through(record.key)) {
      std::cout << format_event(topic, record, format) << std::endl;
    }
    return std::cout.good();  // the reader of a pipe may have gone, or a disk be full
  };
  if (::isatty(STDERR_FILENO) == 1) {
    std::cerr << "Reading "
              << (topics.size() == 1 ? "1 topic" : std::to_string(topics.size()) + " topics")
              << " of Kafka at " << all->kafka.bootstrap_servers << ", from "
              << (options.from_beginning ? "the beginning" : "now on") << ". Ctrl-C ends.\n";
  }
  const auto read = kafka::tail({all->kafka, topics, from}, show, stop, logger);
  if (read) return exit_done;
  std::cerr << "sinyal tail: " << read.error().message << '\n';
  return exit_failed;
}

constexpr auto tail_ending = R"(Examples:
  sinyal tail --signal payment_settled --signal payment_refunded
  sinyal tail --subject G141532850:payment:SHOP-1001 --from-beginning --format json
  sinyal tail --bootstrap-servers 127.0.0.1:PORT      as serve --embedded prints it

Shows committed signals as they arrive, until Ctrl-C, or until nobody reads them any more, as in
sinyal tail | head -1; joins no consumer group.

Exit status: 0 ended so; 1 Kafka cannot be read, or standard output not be written; 2 wrong use; 78
wrong configuration.)";

}  // namespace

void add_tail(CLI::App& app, chosen& out) {
  CLI::App& command = add_command(app, "tail", "Show signals as they arrive.", tail_ending);
  auto options = std::make_shared<tail_options>();
  command.add_option("--signal", options->signals, "only this one; repeatable; all unless given")
      ->type_name("NAME")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_merchant(command, options->merchant, "only this one's");
  command.add_option("--subject", options->subject, "only this one: [MERCHANT:]KIND:ID")
      ->type_name("SUBJECT");
  command.add_flag("--with-notification", options->format.with_notification,
                   "show the notification that each came from");
  command.add_flag("--from-beginning", options->from_beginning,
                   "show what was published before, too");
  add_bootstrap_servers(command, options->configuration);
  add_format(command, options->format.json);
  add_configuration(command, options->configuration);
  command.callback(when_chosen(out, options, run_tail));
}

}  // namespace sinyal::cli
