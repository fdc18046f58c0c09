#include "broker/cli/command.hpp"
#include "broker/cli/exit_status.hpp"
#include "broker/kafka/library.hpp"
#include "broker/observe/version.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace sinyal::cli {

namespace {

struct version_options {
  bool json = false;
};

int show_version(const version_options& options) {
  const observe::versions all = observe::read_versions(kafka::library_version());
  if (options.json) {
    std::cout << to_json(all) << '\n';
  } else {
    std::cout << "sinyal     " << all.version << "\ncommit     " << all.commit << "\nlibrdkafka "
              << all.librdkafka << "\nBoost      " << all.boost << "\nOpenSSL    " << all.openssl
              << '\n';
  }
  return exit_done;
}

}  // namespace

void add_version(CLI::App& app, chosen& out) {
  CLI::App& command = add_command(app, "version", "What this program is and what it is made of.",
                                  "Example:\n  sinyal version --format json\n\nExit status: 0.");
  auto options = std::make_shared<version_options>();
  add_format(command, options->json);
  command.callback(when_chosen(out, options, show_version));
}

}  // namespace sinyal::cli
