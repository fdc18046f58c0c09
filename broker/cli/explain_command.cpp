#include "broker/cli/choice.hpp"
#include "broker/cli/command.hpp"
#include "broker/cli/configuration.hpp"
#include "broker/cli/exit_status.hpp"
#include "broker/cli/explain.hpp"
#include "broker/observe/clock.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <unistd.h>

namespace sinyal::cli {

namespace {

struct explain_command_options {
  configuration_options configuration;
  explain_options explain;
};

int run_explain(const explain_command_options& given) {
  const auto all = load(given.configuration, std::cerr);
  if (!all) return exit_configuration;
  explain_options options = given.explain;
  if (options.verify) {
    const auto merchant = find_merchant(*all, options.merchant);
    if (!merchant) {
      std::cerr << "sinyal explain: --verify needs server_keys of merchant " << options.merchant
                << ": add it to the configuration.\n";
      return exit_configuration;
    }
    options.server_keys = merchant->server_keys;
  }
  options.json_depth_max = all->http.json_depth_max;
  options.topic_prefix = all->kafka.topic_prefix;
  options.colours = !options.json && ::isatty(STDOUT_FILENO) == 1;
  options.received_at = observe::now();
  return explain(options, std::cin, std::cout, std::cerr);
}

constexpr auto explain_ending = R"(Example:
  sinyal explain settlement.json refund.json
  sinyal explain - --format json < notifications.jsonl

All files together are one history, in the order given; a file may hold one JSON document or
one a line. Nothing is sent anywhere and no configuration is needed.

Exit status: 0 all could be applied; 1 a notification is a conflict, was not admitted or a
file could not be read; 2 wrong use; 78 --verify without the merchant's keys.)";

}  // namespace

void add_explain(CLI::App& app, chosen& out) {
  CLI::App& command = add_command(
      app, "explain", "What notifications mean: fact, verdict, signals, and why.", explain_ending);
  auto options = std::make_shared<explain_command_options>();
  command.add_option("FILE", options->explain.files, "notifications; - is standard input")
      ->required()
      ->type_name("");
  add_merchant(command, options->explain.merchant, "whose they are");
  add_choice<std::optional<codec::endpoint>>(
      command, "--endpoint",
      "notifications, recurring, payments, invoices or subscriptions; guessed unless given: a "
      "payment without signature_key is a document of the merchant's",
      {{"notifications", codec::endpoint::notifications},
       {"recurring", codec::endpoint::recurring},
       {"payments", codec::endpoint::payments},
       {"invoices", codec::endpoint::invoices},
       {"subscriptions", codec::endpoint::subscriptions}},
      options->explain.endpoint)
      .type_name("NAME");
  command.add_flag("--verify", options->explain.verify,
                   "check signatures, with the configured server_keys");
  add_format(command, options->explain.json);
  add_configuration(command, options->configuration);
  command.callback(when_chosen(out, options, run_explain));
}

}  // namespace sinyal::cli
