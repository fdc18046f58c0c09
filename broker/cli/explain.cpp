#include "broker/cli/explain.hpp"

#include "broker/cli/exit_status.hpp"
#include "broker/cli/explain_form.hpp"
#include "broker/cli/explain_history.hpp"
#include "broker/cli/input.hpp"
#include "broker/cli/judged_view.hpp"
#include "broker/cli/painted.hpp"
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

void show_as_json(std::ostream& out, const entry& entry, const judged_style& style) {
  const auto show = [&](const auto& add_rest) {
    std::string line;
    codec::json_writer json{line};
    json.begin_object();
    json.text("file", entry.file);
    json.number("index", entry.index);
    add_rest(json);
    json.end_object();
    out << line << '\n';
  };
  if (entry.meaning.refused) {
    show([&](codec::json_writer& json) {
      json.raw("subject", "null");
      json.raw("fact", "null");
      json.text("verdict", "refused");
      json.text("reason", refusal_sentence(entry));
      json.raw("status_before", "null");
      json.raw("status_after", "null");
      json.raw("signals", "[]");
    });
  }
  for (const judged& each : entry.meaning.subjects) {
    show([&](codec::json_writer& json) { add_judged(json, each, style); });
  }
}

void show_as_text(std::ostream& out, const entry& entry, const judged_style& style) {
  const std::string where = std::string{entry.file} + " [" + std::to_string(entry.index) + "]";
  out << painted(where, bold, style.colours) << "  as " << to_string(entry.endpoint) << '\n';
  if (entry.meaning.refused) {
    out << "  " << painted("refused", red, style.colours) << "    " << refusal_sentence(entry)
        << '\n';
  }
  for (const judged& each : entry.meaning.subjects) {
    out << "  subject    " << to_string(each.subject.kind) << ' ' << printable(each.subject.id)
        << '\n';
    show_judged(out, each, style);
  }
}

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
  const judged_style style{options.topic_prefix, options.colours};
  const auto show = options.json ? show_as_json : show_as_text;
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
      show(out, entry, style);
    }
  }
  if (!options.json && totals.notifications > 1) totals.show(out);
  return unread || totals.refused > 0 || totals.conflicts() > 0 ? exit_failed : exit_done;
}

}  // namespace sinyal::cli
