#include "broker/cli/choice.hpp"
#include "broker/cli/command.hpp"
#include "broker/cli/exit_status.hpp"
#include "broker/cli/lifecycle_chart.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace sinyal::cli {

namespace {

struct lifecycle_options {
  lifecycle_format format = lifecycle_format::text;
};

int show_lifecycle(const lifecycle_options& options) {
  std::cout << render_lifecycle(options.format);
  return exit_done;
}

constexpr auto lifecycle_ending = R"(Example:
  sinyal lifecycle --format dot | dot -Tsvg > lifecycle.svg

Exit status: 0.)";

}  // namespace

void add_lifecycle(CLI::App& app, chosen& out) {
  CLI::App& command =
      add_command(app, "lifecycle", "The state machine, as a table or a graph.", lifecycle_ending);
  auto options = std::make_shared<lifecycle_options>();
  add_choice<lifecycle_format>(command, "--format", "text, dot (Graphviz), mermaid or json",
                               {{"text", lifecycle_format::text},
                                {"dot", lifecycle_format::dot},
                                {"mermaid", lifecycle_format::mermaid},
                                {"json", lifecycle_format::json}},
                               options->format)
      .default_str("text")
      ->type_name("FORMAT");
  command.callback(when_chosen(out, options, show_lifecycle));
}

}  // namespace sinyal::cli
