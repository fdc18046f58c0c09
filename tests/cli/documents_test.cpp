// The manual page and the completions name every command and option: they are read, not run.

#include "broker/cli/command.hpp"
#include "broker/core/fact.hpp"
#include "broker/core/signal.hpp"

#include <CLI/CLI.hpp>
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace sinyal;

namespace {

std::string content(const std::string& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// Long options, without their hyphens, and names of commands.
struct vocabulary {
  std::vector<std::string> commands;
  std::vector<std::string> options;

  vocabulary() {
    CLI::App app;
    cli::chosen chosen;
    cli::add_commands(app, chosen);
    collect(app);
  }
  void collect(const CLI::App& app) {
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_lnames()) options.push_back(name);
    }
    for (const CLI::App* command : app.get_subcommands({})) {
      commands.push_back(command->get_name());
      collect(*command);
    }
  }
};

}  // namespace

TEST_CASE("completions and the manual page name every command and option") {
  const vocabulary all;
  REQUIRE(all.commands.size() == 16);
  struct row {
    std::string path;
    std::string before_option;  // a completion of fish has no hyphens, troff escapes them
    bool escapes;
  };
  for (const row& one : {row{"deploy/completions/sinyal.bash", "--", false},
                         row{"deploy/completions/_sinyal", "--", false},
                         row{"deploy/completions/sinyal.fish", "-l ", false},
                         row{"deploy/man/sinyal.1", "\\-\\-", true}}) {
    const std::string text = content(one.path);
    CAPTURE(one.path);
    for (const std::string& command : all.commands) {
      CAPTURE(command);
      CHECK(text.find(command) != std::string::npos);
    }
    for (std::string option : all.options) {
      CAPTURE(option);
      for (auto at = option.find('-'); one.escapes && at != option.npos;
           at = option.find('-', at + 2)) {
        option.insert(at, 1, '\\');
      }
      CHECK(text.find(one.before_option + option) != std::string::npos);
    }
  }
}

TEST_CASE("completions name every signal, and every reason of the quarantine") {
  for (const char* path : {"deploy/completions/sinyal.bash", "deploy/completions/_sinyal",
                           "deploy/completions/sinyal.fish"}) {
    const std::string text = content(path);
    CAPTURE(std::string{path});
    for (const core::signal_info& one : core::signal_table) {
      CAPTURE(std::string{one.name});
      CHECK(text.find(one.name) != std::string::npos);
    }
    for (std::size_t i = 0; i < core::reason_count; ++i) {
      CHECK(text.find(to_string(static_cast<core::reason>(i))) != std::string::npos);
    }
  }
}
