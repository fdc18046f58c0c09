#include "broker/cli/lifecycle_chart.hpp"
#include "broker/core/invoice_table.hpp"
#include "broker/core/payment_table.hpp"
#include "broker/core/subscription_table.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sinyal;
using cli::lifecycle_format;
using cli::render_lifecycle;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Is there a line from here to there that tells of the fact and the signal?
bool has_edge(const std::string& picture, const std::string& start, const std::string& fact,
              const std::string& signal) {
  for (std::size_t at = picture.find(start); at != std::string::npos;
       at = picture.find(start, at + 1)) {
    std::string line = picture.substr(at, picture.find('\n', at) - at);
    const std::size_t slash = line.find(" / ");
    const std::string published = slash == std::string::npos ? "" : line.substr(slash + 3);
    if (has(line.substr(0, slash), fact) && published.starts_with(signal) &&
        published.empty() == signal.empty()) {
      return true;
    }
  }
  return false;
}

template <class Table>
std::size_t check_edges(const std::string& name, const Table& table) {
  const std::string mermaid = render_lifecycle(lifecycle_format::mermaid);
  const std::string dot = render_lifecycle(lifecycle_format::dot);
  std::size_t edges = 0;
  table.walk([&](auto status, auto fact, const auto& each) {
    if (!each.publishes && *each.to == status) return;
    const std::string from{to_string(status)};
    const std::string to{to_string(*each.to)};
    const std::string signal{each.publishes ? core::to_string(*each.publishes) : ""};
    CAPTURE(from);
    CAPTURE(to);
    CHECK(has_edge(
        mermaid,
        "  " + (from == "none" ? "[*]" : name + "_" + from) + " --> " + name + "_" + to + " : ",
        std::string{to_string(fact)}, signal));
    CHECK(has_edge(dot, name + "_" + from + " -> " + name + "_" + to + " [label=\"",
                   std::string{to_string(fact)}, signal));
    ++edges;
  });
  return edges;
}

template <class Table>
void check_statuses(const std::string& name, const Table&) {
  for (std::size_t i = 0; i < Table::rows; ++i) {
    const std::string status{to_string(static_cast<typename Table::status_type>(i))};
    CAPTURE(status);
    CHECK(has(render_lifecycle(lifecycle_format::text), "\n  " + status + "\n"));
    CHECK(has(render_lifecycle(lifecycle_format::dot), name + "_" + status + " [label="));
    CHECK(has(render_lifecycle(lifecycle_format::json), "{\"status\":\"" + status + "\""));
    CHECK(has(render_lifecycle(lifecycle_format::mermaid),
              status == "none" ? "[*]" : "state \"" + status + "\" as " + name + "_" + status));
  }
}

}  // namespace

TEST_CASE("every status is in every format of the life cycles") {
  check_statuses("payment", core::payment_table);
  check_statuses("invoice", core::invoice_table);
  check_statuses("subscription", core::subscription_table);
}

TEST_CASE("no edge of the tables is missing in the pictures") {
  CHECK(check_edges("payment", core::payment_table) > 100);
  CHECK(check_edges("invoice", core::invoice_table) > 15);
  CHECK(check_edges("subscription", core::subscription_table) > 10);
}

TEST_CASE("every signal is told of") {
  for (const auto format : {lifecycle_format::text, lifecycle_format::dot,
                            lifecycle_format::mermaid, lifecycle_format::json}) {
    const std::string all = render_lifecycle(format);
    for (const auto& signal : core::signal_table) {
      CAPTURE(signal.name);
      CHECK(has(all, std::string{signal.name}));
    }
  }
}

TEST_CASE("the text shows what a cell depends on") {
  const std::string text = render_lifecycle(lifecycle_format::text);
  CHECK(has(text, "if reversal channel"));
  CHECK(has(text, "conflict: reversal_not_possible"));
  CHECK(has(text, "advance payment_settled ! paid_after_expire -> settled"));
}
