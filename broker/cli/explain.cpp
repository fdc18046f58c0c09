#include "broker/cli/explain.hpp"

#include "broker/cli/exit_status.hpp"
#include "broker/cli/explain_fact.hpp"
#include "broker/cli/explain_form.hpp"
#include "broker/cli/explain_history.hpp"
#include "broker/cli/input.hpp"
#include "broker/cli/printable.hpp"
#include "broker/codec/json_writer.hpp"
#include "broker/kafka/names.hpp"

#include <array>
#include <ostream>
#include <string_view>

namespace sinyal::cli {
namespace {

std::string_view refusal_word(connectors::refusal why) {
  using connectors::refusal;
  switch (why) {
    case refusal::malformed_body:
      return "malformed_body";
    case refusal::invalid_field:
      return "invalid_field";
    case refusal::is_unsigned:
      return "unsigned";
    case refusal::unprocessable:
      return "unprocessable";
    case refusal::bad_signature:
      return "bad_signature";
  }
  return "refused";
}

/// One notification: where it stands, and what came of it.
struct entry {
  std::string_view file;
  std::size_t index;  // in its file, from 0
  codec::endpoint endpoint;
  std::string_view foreign;  // see foreign_form()
  explained meaning;
};

std::string refusal_sentence(const entry& entry) {
  std::string why{refusal_word(*entry.meaning.refused)};
  if (!entry.meaning.detail.empty()) why.append(": ").append(entry.meaning.detail);
  if (!entry.foreign.empty()) why.append(" (").append(entry.foreign) += ')';
  return why;
}

/// What stands in place of a verdict where nothing was judged.
std::string_view verdict_word(const explained& meaning, const lifecycle::transformed& outcome) {
  if (outcome.verdict) return to_string(*outcome.verdict);
  return meaning.as == connectors::admitted_as::account ? "account" : "ping";
}

class json_view {
 public:
  json_view(std::ostream& out, std::string_view prefix) : out_{out}, prefix_{prefix} {}

  void show(const entry& entry) {
    if (entry.meaning.refused) show_refused(entry);
    for (const judged& each : entry.meaning.subjects) show_judged(entry, each);
  }

 private:
  static void begin(codec::json_writer& json, const entry& entry) {
    json.begin_object();
    json.text("file", entry.file);
    json.number("index", entry.index);
  }
  static void text_or_null(codec::json_writer& json, std::string_view name, std::string_view text) {
    if (text.empty()) {
      json.raw(name, "null");
    } else {
      json.text(name, text);
    }
  }

  void show_refused(const entry& entry) {
    std::string line;
    codec::json_writer json{line};
    begin(json, entry);
    json.raw("subject", "null");
    json.raw("fact", "null");
    json.text("verdict", "refused");
    json.text("reason", refusal_sentence(entry));
    json.raw("status_before", "null");
    json.raw("status_after", "null");
    json.raw("signals", "[]");
    json.end_object();
    out_ << line << '\n';
  }

  void show_judged(const entry& entry, const judged& judged) {
    const lifecycle::transformed& outcome = judged.outcome;
    std::string line;
    codec::json_writer json{line};
    begin(json, entry);
    json.key("subject");
    json.begin_object();
    json.text("kind", to_string(judged.subject.kind));
    json.text("id", judged.subject.id);
    json.end_object();
    json.raw("fact", outcome.fact ? fact_json(*outcome.fact) : "null");
    json.text("verdict", verdict_word(entry.meaning, outcome));
    text_or_null(json, "reason", outcome.why ? to_string(outcome.why->reason) : outcome.note);
    text_or_null(json, "status_before", outcome.status_before);
    text_or_null(json, "status_after", outcome.status_after);
    signals(json, outcome);
    json.end_object();
    out_ << line << '\n';
  }

  void signals(codec::json_writer& json, const lifecycle::transformed& outcome) {
    json.key("signals");
    json.begin_array();
    for (const core::emission& each : outcome.emissions) {
      json.begin_object();
      json.text("signal", to_string(each.signal));
      json.text("topic", kafka::signal_topic(prefix_, each.signal));
      json.number("subjectsequence", each.sequence);
      json.end_object();
    }
    json.end_array();
  }

  std::ostream& out_;
  std::string prefix_;
};

class text_view {
 public:
  text_view(std::ostream& out, std::string_view prefix, bool colours)
      : out_{out}, prefix_{prefix}, colours_{colours} {}

  void show(const entry& entry) {
    out_ << bold(std::string{entry.file} + " [" + std::to_string(entry.index) + "]") << "  as "
         << to_string(entry.endpoint) << '\n';
    if (entry.meaning.refused) {
      out_ << "  " << painted("refused", red) << "    " << refusal_sentence(entry) << '\n';
    }
    for (const judged& each : entry.meaning.subjects) show_judged(entry, each);
  }

 private:
  static constexpr std::string_view red = "31", green = "32", yellow = "33";

  std::string painted(std::string_view text, std::string_view colour) const {
    if (!colours_) return std::string{text};
    return "\x1b[" + std::string{colour} + "m" + std::string{text} + "\x1b[0m";
  }
  std::string bold(std::string_view text) const { return painted(text, "1"); }

  static std::string_view colour_of(const lifecycle::transformed& outcome) {
    if (outcome.verdict == core::verdict::conflict) return red;
    return outcome.verdict == core::verdict::advance ? green : yellow;
  }

  void show_judged(const entry& entry, const judged& judged) {
    const lifecycle::transformed& outcome = judged.outcome;
    out_ << "  subject    " << to_string(judged.subject.kind) << ' ' << printable(judged.subject.id)
         << '\n';
    if (outcome.fact) {
      out_ << "  fact       " << printable(fact_line(*outcome.fact)) << '\n';
    }
    out_ << "  verdict    " << painted(verdict_word(entry.meaning, outcome), colour_of(outcome))
         << verdict_details(outcome) << '\n';
    if (outcome.why) {
      out_ << "  quarantine " << to_string(outcome.why->reason) << ": "
           << printable(outcome.why->message) << '\n';
    }
    for (const core::emission& each : outcome.emissions) {
      out_ << "  signal     " << bold(to_string(each.signal)) << "  "
           << kafka::signal_topic(prefix_, each.signal) << "  #" << each.sequence << "  "
           << core::format_time(each.time) << '\n';
    }
  }

  static std::string verdict_details(const lifecycle::transformed& outcome) {
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

  std::ostream& out_;
  std::string_view prefix_;
  bool colours_;
};

/// How many of each; the last line of the text for more than one notification.
struct totals {
  std::size_t notifications = 0, refused = 0, unjudged = 0;
  std::array<std::size_t, core::verdict_count> verdicts{};
  std::array<std::size_t, core::signal_count> signals{};

  void count(const explained& meaning) {
    ++notifications;
    if (meaning.refused) ++refused;
    for (const judged& each : meaning.subjects) {
      if (each.outcome.verdict) {
        ++verdicts[static_cast<std::size_t>(*each.outcome.verdict)];
      } else {
        ++unjudged;
      }
      for (const core::emission& emission : each.outcome.emissions) {
        ++signals[static_cast<std::size_t>(emission.signal)];
      }
    }
  }
  std::size_t conflicts() const {
    return verdicts[static_cast<std::size_t>(core::verdict::conflict)];
  }

  void show(std::ostream& out) const {
    out << '\n' << notifications << " notifications";
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
      if (verdicts[i] > 0) out << ", " << verdicts[i] << ' ' << to_string(core::verdict(i));
    }
    if (unjudged > 0) out << ", " << unjudged << " without a verdict";
    if (refused > 0) out << ", " << refused << " refused";
    out << '\n';
    for (std::size_t i = 0; i < signals.size(); ++i) {
      if (signals[i] > 0) out << "  " << signals[i] << ' ' << to_string(core::signal(i)) << '\n';
    }
  }
};

history_settings settings_of(const explain_options& options) {
  history_settings settings;
  settings.merchant = options.merchant;
  settings.transform.raw_topic = kafka::notifications_topic(options.topic_prefix);
  settings.server_keys = options.server_keys;
  settings.check_signatures = options.verify;
  settings.json_depth_max = options.json_depth_max;
  return settings;
}

}  // namespace

int explain(const explain_options& options, std::istream& in, std::ostream& out,
            std::ostream& err) {
  history history{settings_of(options)};
  json_view json{out, options.topic_prefix};
  text_view text{out, options.topic_prefix, options.colours};
  totals totals;
  bool unread = false;
  for (const std::string& file : options.files) {
    const auto whole = read_input(file, in);
    if (!whole) {
      err << "sinyal explain: cannot read " << file << ": " << whole.error().message() << '\n';
      unread = true;
      continue;
    }
    std::size_t index = 0;
    for (const std::string_view body : split_documents(*whole)) {
      const codec::endpoint endpoint = options.endpoint ? *options.endpoint
                                       : options.verify ? notified_endpoint(body)
                                                        : guess_endpoint(body);
      const entry entry{file, index++, endpoint, foreign_form(body),
                        history.tell(endpoint, body, options.received_at)};
      totals.count(entry.meaning);
      if (options.json) {
        json.show(entry);
      } else {
        text.show(entry);
      }
    }
  }
  if (!options.json && totals.notifications > 1) totals.show(out);
  return unread || totals.refused > 0 || totals.conflicts() > 0 ? exit_failed : exit_done;
}

}  // namespace sinyal::cli
