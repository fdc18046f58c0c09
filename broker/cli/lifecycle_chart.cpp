#include "broker/cli/lifecycle_chart.hpp"

#include "broker/cli/padded.hpp"
#include "broker/codec/json_writer.hpp"
#include "broker/core/invoice_table.hpp"
#include "broker/core/payment_table.hpp"
#include "broker/core/subscription_table.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace sinyal::cli {
namespace {

/// One transition, whatever table it is of.
struct line {
  std::string_view from;
  std::string_view fact;
  core::condition when;
  core::verdict verdict;
  std::string_view signal;
  std::string_view to;
  std::string_view anomaly;
  std::string_view reason;
  bool unreachable;
};

struct chart {
  std::string_view name;
  std::vector<std::string_view> statuses;
  std::vector<line> lines;
};

template <class Table>
chart chart_of(std::string_view name, const Table& table) {
  chart result{name, {}, {}};
  for (std::size_t i = 0; i < Table::rows; ++i) {
    result.statuses.push_back(to_string(static_cast<typename Table::status_type>(i)));
  }
  table.walk([&](auto status, auto fact, const auto& each) {
    result.lines.push_back(
        {to_string(status), to_string(fact), each.when, each.verdict,
         each.publishes ? core::to_string(*each.publishes) : std::string_view{},
         to_string(*each.to), each.flag ? to_string(*each.flag) : std::string_view{},
         each.verdict == core::verdict::conflict ? to_string(each.why) : std::string_view{},
         each.unreachable});
  });
  return result;
}

std::vector<chart> charts() {
  return {chart_of("payment", core::payment_table), chart_of("invoice", core::invoice_table),
          chart_of("subscription", core::subscription_table)};
}

std::string outcome_of(const line& line) {
  if (line.unreachable) return "unreachable";
  std::string result{to_string(line.verdict)};
  if (!line.signal.empty()) (result += ' ').append(line.signal);
  if (!line.anomaly.empty()) (result += " ! ").append(line.anomaly);
  if (!line.reason.empty()) (result += ": ").append(line.reason);
  if (line.to != line.from) (result += " -> ").append(line.to);
  return result;
}

std::string text() {
  std::string out;
  for (const chart& chart : charts()) {
    (out += out.empty() ? "" : "\n").append(chart.name).append("\n");
    std::string_view status;
    constexpr std::size_t fact_width = 18;
    for (const line& line : chart.lines) {
      if (line.from != status) out.append("\n  ").append(line.from).append("\n");
      status = line.from;
      out.append("    ").append(padded(line.fact, fact_width)).append(outcome_of(line));
      if (line.when != core::condition::always) {
        out.append("  if ").append(to_string(line.when));
      }
      out += '\n';
    }
  }
  return out;
}

/// All facts that lead from one status to another and publish the same: one edge.
struct edge {
  std::string_view from;
  std::string_view to;
  std::string_view signal;
  std::string facts;
};

/// Two facts on one edge are told apart from one fact that is on it under two conditions.
void add_fact(edge& edge, std::string_view fact) {
  const std::string_view last = std::string_view{edge.facts}.substr(
      edge.facts.rfind('\n') == std::string::npos ? 0 : edge.facts.rfind('\n') + 1);
  if (last == fact) return;
  if (!edge.facts.empty()) edge.facts += '\n';
  edge.facts += fact;
}

/// What moves or publishes. The rest changes nothing, and would hide the picture.
std::vector<edge> edges_of(const chart& chart) {
  std::vector<edge> edges;
  for (const line& line : chart.lines) {
    if (line.signal.empty() && line.from == line.to) continue;
    const auto found = std::find_if(edges.begin(), edges.end(), [&](const edge& each) {
      return each.from == line.from && each.to == line.to && each.signal == line.signal;
    });
    edge& into = found != edges.end()
                     ? *found
                     : edges.emplace_back(edge{line.from, line.to, line.signal, {}});
    add_fact(into, line.fact);
  }
  return edges;
}

std::string label_of(const edge& edge) {
  std::string label;
  for (const char c : edge.facts) {
    if (c == '\n') {
      label += ", ";
    } else {
      label += c;
    }
  }
  if (!edge.signal.empty()) label.append(" / ").append(edge.signal);
  return label;
}

std::string dot() {
  std::string out = "digraph lifecycle {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n";
  for (const chart& chart : charts()) {
    out.append("  subgraph cluster_").append(chart.name).append(" {\n    label=\"");
    out.append(chart.name).append("\";\n");
    for (const std::string_view status : chart.statuses) {
      out.append("    ").append(chart.name).append("_").append(status).append(" [label=\"");
      out.append(status).append("\"];\n");
    }
    for (const edge& edge : edges_of(chart)) {
      out.append("    ").append(chart.name).append("_").append(edge.from).append(" -> ");
      out.append(chart.name).append("_").append(edge.to).append(" [label=\"");
      out.append(label_of(edge)).append("\"];\n");
    }
    out += "  }\n";
  }
  return out += "}\n";
}

/// A composite state per table: its statuses carry its name, since `expired` is in two of them.
std::string node_of(const chart& chart, std::string_view status) {
  return status == "none" ? "[*]" : std::string{chart.name}.append("_").append(status);
}

std::string mermaid() {
  std::string out = "stateDiagram-v2\n";
  for (const chart& chart : charts()) {
    out.append("  state ").append(chart.name).append(" {\n");
    for (const std::string_view status : chart.statuses) {
      if (status == "none") continue;
      out.append("    state \"").append(status).append("\" as ").append(node_of(chart, status));
      out += '\n';
    }
    for (const edge& edge : edges_of(chart)) {
      out.append("    ").append(node_of(chart, edge.from)).append(" --> ");
      out.append(node_of(chart, edge.to)).append(" : ").append(label_of(edge)).append("\n");
    }
    out += "  }\n";
  }
  return out;
}

void put(codec::json_writer& json, const line& line) {
  json.begin_object();
  json.text("status", line.from);
  json.text("fact", line.fact);
  if (line.when != core::condition::always) json.text("when", to_string(line.when));
  json.text("verdict", line.unreachable ? "unreachable" : to_string(line.verdict));
  json.known("signal", line.signal);
  json.known("anomaly", line.anomaly);
  json.known("reason", line.reason);
  json.text("to", line.to);
  json.end_object();
}

std::string json() {
  std::string out;
  codec::json_writer json{out};
  json.begin_object();
  for (const chart& chart : charts()) {
    json.key(chart.name);
    json.begin_array();
    for (const line& line : chart.lines) put(json, line);
    json.end_array();
  }
  json.end_object();
  return out += '\n';
}

}  // namespace

std::string render_lifecycle(lifecycle_format format) {
  switch (format) {
    case lifecycle_format::dot:
      return dot();
    case lifecycle_format::mermaid:
      return mermaid();
    case lifecycle_format::json:
      return json();
    case lifecycle_format::text:
      break;
  }
  return text();
}

}  // namespace sinyal::cli
