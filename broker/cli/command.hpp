#pragma once
// What a command adds to the command line. One file a command; app.cpp lists them all.

#include <functional>
#include <memory>
#include <string>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace sinyal::cli {

/// The chosen command, once the line is parsed.
struct chosen {
  std::function<int()> run;  // returns the exit status
};

/// Adds a command with its summary and an ending for its help: an example and its exit statuses.
CLI::App& add_command(CLI::App& app, const std::string& name, const std::string& summary,
                      const std::string& ending);

/// `--format text|json`
void add_format(CLI::App& command, bool& json);

/// `--merchant ID`
void add_merchant(CLI::App& command, std::string& to, const std::string& help);

/// Options live until the command has run: `options` are kept by the callback.
template <typename Options>
auto when_chosen(chosen& out, std::shared_ptr<Options> options, int (*run)(const Options&)) {
  return [&out, options, run] { out.run = [options, run] { return run(*options); }; };
}

void add_serve(CLI::App& app, chosen& out);
void add_check(CLI::App& app, chosen& out);
void add_topics(CLI::App& app, chosen& out);
void add_explain(CLI::App& app, chosen& out);
void add_notify(CLI::App& app, chosen& out);
void add_tail(CLI::App& app, chosen& out);
void add_trace(CLI::App& app, chosen& out);
void add_quarantine(CLI::App& app, chosen& out);
void add_verify(CLI::App& app, chosen& out);
void add_rebuild(CLI::App& app, chosen& out);
void add_lifecycle(CLI::App& app, chosen& out);
void add_version(CLI::App& app, chosen& out);

/// All of them.
void add_commands(CLI::App& app, chosen& out);

}  // namespace sinyal::cli
