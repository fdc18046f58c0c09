#include "broker/cli/command.hpp"
#include "broker/cli/configuration.hpp"
#include "broker/cli/exit_status.hpp"
#include "broker/cli/notify.hpp"
#include "broker/observe/clock.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <iostream>
#include <optional>
#include <random>
#include <string>

namespace sinyal::cli {

namespace {

struct notify_command_options {
  configuration_options configuration;
  notify_options notify;
};

std::optional<core::secret> first(const std::vector<core::secret>& secrets) {
  return secrets.empty() ? std::nullopt : std::optional{secrets.front()};
}

bool is_configured(const config& all, const std::string& id) {
  for (const merchant& one : all.merchants) {
    if (one.id == id) return true;
  }
  return false;
}

/// Keys and tokens of the merchant; false when nobody has any.
bool take_secrets(const config& all, notify_options& options) {
  const auto merchant = find_merchant(all, options.merchant);
  if (!merchant) {
    std::cerr << "sinyal notify: merchant " << options.merchant
              << " is not configured, so that there is no key to sign with: add it to the "
                 "configuration, or use --merchant "
              << demo_merchant().id << " with serve --embedded.\n";
    return false;
  }
  if (!is_configured(all, options.merchant)) {
    std::cerr
        << "sinyal notify: what is not signed yet is signed with the demo key, since merchant "
        << options.merchant << " is not configured\n";
  }
  options.server_key = first(merchant->server_keys);
  options.recurring_token = first(merchant->recurring_tokens);
  options.api_token = first(merchant->api_tokens);
  return true;
}

int run_notify(const notify_command_options& given) {
  notify_options options = given.notify;
  if (!options.list) {
    if (options.url.empty()) {
      std::cerr << "sinyal notify: --url is required, as in --url http://127.0.0.1:8080\n";
      return exit_usage;
    }
    if (options.files.empty() == options.scenario.empty()) {
      std::cerr << "sinyal notify: give files, or --scenario, but not both; --list names the "
                   "scenarios\n";
      return exit_usage;
    }
    const auto all = load(given.configuration, std::cerr);
    if (!all || !take_secrets(*all, options)) return exit_configuration;
  }
  options.now = observe::now();
  std::random_device entropy;
  options.seed = (std::uint64_t{entropy()} << 32) | entropy();
  return notify(options, std::cin, std::cout, std::cerr);
}

/// CLI11 takes -1 for the largest number that there is.
std::uint64_t read_seed(const std::string& text) {
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw CLI::ValidationError{"--shuffle", text + " is no whole number from 0 to 2^64 - 1."};
  }
  return seed;
}

constexpr auto notify_ending = R"(Examples:
  sinyal notify --url http://127.0.0.1:8080 --merchant G000000000 --scenario all
  sinyal notify --url http://127.0.0.1:8080 --merchant G141532850 settlement.json --repeat 3

Signs with the merchant's first server key of the configuration what has no signature_key, or
one that is no 128 hexadecimal digits; a signed notification is sent as it was recorded, whoever's
key it is signed with. Merchant G000000000, when not configured, has the demo key of sinyal serve
--embedded.

Exit status: 0 everything was answered 200; 1 it was not; 2 wrong use; 78 a key or token that
is needed is not configured.)";

}  // namespace

void add_notify(CLI::App& app, chosen& out) {
  CLI::App& command =
      add_command(app, "notify",
                  "Send test notifications, signed unless they are, or whole scripted lifecycles.",
                  notify_ending);
  auto options = std::make_shared<notify_command_options>();
  notify_options& notify = options->notify;
  notify.merchant = demo_merchant().id;
  command.add_option("FILE", notify.files, "notifications to send; - is standard input")
      ->type_name("");
  command.add_option("--url", notify.url, "of ingest, as in http://127.0.0.1:8080")
      ->type_name("URL");
  add_merchant(command, notify.merchant, "whose notifications they are");
  command.add_option("--scenario", notify.scenario, "a scripted lifecycle, or all of them")
      ->type_name("NAME");
  command.add_flag("--list", notify.list, "name the scenarios and send nothing");
  command.add_option("--repeat", notify.repeat, "send each so often, as Midtrans may")
      ->check(CLI::Range(1, 1'000'000).description(""))
      ->capture_default_str()
      ->type_name("N");
  command
      .add_option_function<std::string>(
          "--shuffle",
          [&notify](const std::string& seed) { notify.shuffle_seed = read_seed(seed); },
          "send in another order, the one that this seed makes: a whole number, from 0 on")
      ->type_name("SEED");
  command.add_option("--rate", notify.rate, "a second; 0: as fast as they are answered")
      ->check(CLI::Range(0.0, 1e6).description(""))
      ->capture_default_str()
      ->type_name("N");
  add_format(command, notify.json);
  add_configuration(command, options->configuration);
  command.callback(when_chosen(out, options, run_notify));
}

}  // namespace sinyal::cli
