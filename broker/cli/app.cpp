#include "broker/cli/app.hpp"

#include "broker/cli/choice.hpp"
#include "broker/cli/command.hpp"
#include "broker/cli/exit_status.hpp"
#include "broker/config/nearest.hpp"
#include "broker/core/subject.hpp"
#include "broker/kafka/library.hpp"
#include "broker/observe/version.hpp"

#include <CLI/CLI.hpp>

#include <fcntl.h>
#include <iostream>
#include <optional>
#include <poll.h>
#include <span>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace sinyal::cli {

namespace {

constexpr auto program_ending = R"(
Example, with nothing to install:
  sinyal serve --embedded --set http.listen=127.0.0.1:8080
Every command has its own --help. The manual page is sinyal(1).

Exit status: 0 done; 1 failed, or a difference was found; 2 wrong use; 78 wrong configuration.)";

/// A word where a command must be, and none of that name: CLI11 would only say that an argument was
/// not expected. `words` are those after the name of `app`.
std::optional<std::string> unknown_command(const CLI::App& app, std::span<char*> words,
                                           const std::string& path) {
  const auto commands = app.get_subcommands({});
  if (commands.empty() || words.empty() || words[0][0] == '-') return std::nullopt;
  const std::string_view word = words[0];
  std::vector<std::string> names;
  for (const CLI::App* command : commands) {
    names.push_back(command->get_name());
    if (names.back() == word) {
      return unknown_command(*command, words.subspan(1), path + ' ' + names.back());
    }
  }
  return path + ": unknown command " + std::string{word} + '.' + did_you_mean(word, names) +
         " See " + path + " --help.";
}

/// `sinyal topics plan`: whose help says more about what went wrong.
std::string path_of(const CLI::App& app) {
  std::string path = "sinyal";
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    path += ' ' + at->get_name();
  }
  return path;
}

/// A descriptor that was closed (`>&-`) would be the number of the first socket that is opened,
/// which then got what is printed.
void hold_standard_descriptors() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) < 0) ::open("/dev/null", O_RDWR);  // takes the lowest number
  }
}

/// `| head`: who read has seen enough.
bool reader_is_gone() {
  pollfd out{STDOUT_FILENO, 0, 0};
  return ::poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

/// The exit status. A full disk behind a redirection shows at the last write at the latest.
int finish(int status) {
  if (std::cout.flush() || status != exit_done || reader_is_gone()) return status;
  std::cerr << "sinyal: standard output could not be written. Hint: is the disk full?\n";
  return exit_failed;
}

}  // namespace

void add_commands(CLI::App& app, chosen& out) {
  add_serve(app, out);
  add_check(app, out);
  add_topics(app, out);
  add_explain(app, out);
  add_notify(app, out);
  add_tail(app, out);
  add_trace(app, out);
  add_quarantine(app, out);
  add_verify(app, out);
  add_rebuild(app, out);
  add_lifecycle(app, out);
  add_version(app, out);
}

CLI::App& add_command(CLI::App& app, const std::string& name, const std::string& summary,
                      const std::string& ending_text) {
  CLI::App* command = app.add_subcommand(name, summary);
  command->footer('\n' + ending_text);
  return *command;
}

void add_format(CLI::App& command, bool& json) {
  add_choice<bool>(command, "--format", "text, or json: one document a line",
                   {{"text", false}, {"json", true}}, json)
      .default_str("text")
      ->type_name("FORMAT");
}

void add_merchant(CLI::App& command, std::string& to, const std::string& help) {
  const auto wrong = [](const std::string& text) {
    return core::is_merchant_id(text)
               ? std::string{}
               : text + " is no merchant's id: 1 to 64 letters, digits, hyphens or underscores.";
  };
  command.add_option("--merchant", to, help)->check(wrong)->capture_default_str()->type_name("ID");
}

int run(int argc, char** argv) {
  hold_standard_descriptors();
  CLI::App app{"Sinyal: an event broker for Midtrans payment notifications.", "sinyal"};
  app.footer(program_ending);
  app.require_subcommand(1);
  const observe::versions versions = observe::read_versions(kafka::library_version());
  app.set_version_flag("--version", "sinyal " + versions.version + " (" + versions.commit + ')',
                       "the version, in one line");
  app.set_help_flag("-h,--help", "this text");
  chosen command;
  add_commands(app, command);
  if (argc < 2) {
    std::cerr << app.help();
    return exit_usage;
  }
  const std::span words{argv + 1, static_cast<std::size_t>(argc - 1)};
  if (const auto unknown = unknown_command(app, words, "sinyal")) {
    std::cerr << *unknown << '\n';
    return exit_usage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wanted) {
    return finish(app.exit(wanted, std::cout, std::cerr));  // --help, --version
  } catch (const CLI::ParseError& error) {
    const std::string path = path_of(app);
    std::cerr << path << ": " << error.what() << "\nSee " << path << " --help.\n";
    return exit_usage;
  }
  return finish(command.run());
}

}  // namespace sinyal::cli
