#include "broker/cli/judged_view.hpp"

#include "broker/cli/explain_fact.hpp"
#include "broker/cli/painted.hpp"
#include "broker/cli/printable.hpp"
#include "broker/codec/event.hpp"
#include "broker/kafka/names.hpp"

#include <ostream>

namespace sinyal::cli {
namespace {

/// What stands in place of a verdict where nothing was judged.
std::string_view verdict_word(const judged& what) {
  if (what.outcome.verdict) return to_string(*what.outcome.verdict);
  return what.subject.kind == core::subject_kind::account ? "account" : "ping";
}

std::string_view colour_of(const lifecycle::transformed& outcome) {
  if (outcome.verdict == core::verdict::conflict) return red;
  return outcome.verdict == core::verdict::advance ? green : yellow;
}

std::string verdict_details(const lifecycle::transformed& outcome) {
  std::string details;
  if (!outcome.status_before.empty()) {
    details.append("  ").append(outcome.status_before);
    if (outcome.status_after != outcome.status_before) {
      details.append(" -> ").append(outcome.status_after);
    }
  }
  if (!outcome.note.empty()) details += "  (" + outcome.note + ")";
  return details;
}

}  // namespace

void text_or_null(codec::json_writer& json, std::string_view name, std::string_view text) {
  if (text.empty()) {
    json.raw(name, "null");
  } else {
    json.text(name, text);
  }
}

void add_judged(codec::json_writer& json, const judged& what, const judged_style& style) {
  const lifecycle::transformed& outcome = what.outcome;
  json.key("subject");
  json.begin_object();
  json.text("kind", to_string(what.subject.kind));
  json.text("id", what.subject.id);
  json.end_object();
  json.raw("fact", outcome.fact ? fact_json(*outcome.fact) : "null");
  json.text("verdict", verdict_word(what));
  text_or_null(json, "reason", outcome.why ? to_string(outcome.why->reason) : outcome.note);
  text_or_null(json, "status_before", outcome.status_before);
  text_or_null(json, "status_after", outcome.status_after);
  json.key("signals");
  json.begin_array();
  for (const core::emission& each : outcome.emissions) {
    json.begin_object();
    json.text("signal", to_string(each.signal));
    json.text("topic", kafka::signal_topic(style.topic_prefix, each.signal));
    json.number("subjectsequence", each.sequence);
    if (!style.key.empty()) json.text("ce_id", codec::event_id(style.key, each));
    json.end_object();
  }
  json.end_array();
}

void show_judged(std::ostream& out, const judged& what, const judged_style& style) {
  const lifecycle::transformed& outcome = what.outcome;
  if (outcome.fact) out << "  fact       " << printable(fact_line(*outcome.fact)) << '\n';
  out << "  verdict    " << painted(verdict_word(what), colour_of(outcome), style.colours)
      << verdict_details(outcome) << '\n';
  if (outcome.why) {
    out << "  quarantine " << to_string(outcome.why->reason) << ": "
        << printable(outcome.why->message) << '\n';
  }
  for (const core::emission& each : outcome.emissions) {
    out << "  signal     " << painted(to_string(each.signal), bold, style.colours) << "  "
        << kafka::signal_topic(style.topic_prefix, each.signal) << "  #" << each.sequence << "  "
        << core::format_time(each.time);
    if (!style.key.empty()) out << "  " << codec::event_id(style.key, each);
    out << '\n';
  }
}

}  // namespace sinyal::cli
