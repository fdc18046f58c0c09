#include "broker/cli/verify.hpp"

#include "broker/cli/painted.hpp"
#include "broker/cli/printable.hpp"
#include "broker/codec/json_writer.hpp"
#include "broker/codec/state.hpp"
#include "broker/kafka/names.hpp"

#include <algorithm>
#include <ostream>
#include <string_view>

namespace sinyal::cli {
namespace {

using codec::json_writer;
using lifecycle::difference;

void number_or_null(json_writer& json, std::string_view name,
                    const std::optional<std::int64_t>& number) {
  if (number) {
    json.number(name, *number);
  } else {
    json.raw(name, "null");
  }
}

void show_as_json(std::ostream& out, const lifecycle::finding& found, std::string_view prefix) {
  std::string line;
  json_writer json{line};
  json.begin_object();
  json.text("difference", to_string(found.what));
  json.text("topic", lifecycle_topic(prefix, found.where));
  json.number("partition", found.partition);
  number_or_null(json, "offset", found.offset);
  number_or_null(json, "raw_offset", found.cause);
  json.text("key", codec::is_utf8(found.key) ? found.key : printable(found.key));
  json.key("parts");
  json.begin_array();
  for (std::string_view left = found.parts; !left.empty();) {
    const std::size_t end = std::min(left.find(','), left.size());
    json.text(left.substr(0, end));
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  json.end_array();
  json.end_object();
  out << line << '\n';
}

void show_as_json(std::ostream& out, const verified& all) {
  const lifecycle::audit_totals& totals = all.totals;
  std::string line;
  json_writer json{line};
  json.begin_object();
  json.number("partitions", all.partitions);
  json.number("notifications", totals.notifications);
  json.number("events", totals.events);
  json.number("quarantined", totals.quarantined);
  json.number("states", totals.states);
  json.number("differences", totals.different());
  json.number("other_rules", totals.other_rules);
  json.number("later", totals.later);
  json.number("cannot_be_concluded", totals.cannot_be_concluded);
  if (all.torn) {
    json.key("torn");
    json.begin_array();
    for (const lifecycle::torn_notification& each : *all.torn) json.text(each.id);
    json.end_array();
  } else {
    json.raw("torn", "null");
  }
  json.end_object();
  out << line << '\n';
}

/// What each difference says to a person.
std::string sentence_of(const lifecycle::finding& found) {
  const std::string caused =
      found.cause ? "raw offset " + std::to_string(*found.cause) : "no raw record";
  switch (found.what) {
    case difference::missing:
      return caused + " causes it, and it is not there";
    case difference::unexpected:
      return found.cause ? "it is there, and " + caused + " does not cause it"
                         : "it is there, and names no cause in this partition of the raw log";
    case difference::different:
      return caused + " causes another " + found.parts;
    case difference::doubled:
      return caused + " causes it once less";
    case difference::out_of_order:
      break;
  }
  return "it is there behind what a later one than " + caused + " caused";
}

}  // namespace

std::string lifecycle_topic(std::string_view prefix, const lifecycle::output& of) {
  switch (of.to) {
    case codec::destination::state:
      return kafka::state_topic(prefix);
    case codec::destination::quarantine:
      return kafka::quarantine_topic(prefix);
    case codec::destination::signal:
      break;
  }
  return kafka::signal_topic(prefix, of.signal);
}

void show_difference(std::ostream& out, const lifecycle::finding& found,
                     const verify_style& style) {
  if (style.json) return show_as_json(out, found, style.topic_prefix);
  out << painted(to_string(found.what), red, style.colours) << "  "
      << lifecycle_topic(style.topic_prefix, found.where) << ' ' << found.partition;
  if (found.offset) out << ':' << *found.offset;
  if (!found.key.empty()) out << "  " << printable(found.key);
  out << "\n  " << sentence_of(found) << '\n';
}

void show_verified(std::ostream& out, const verified& all, const verify_style& style) {
  if (style.json) return show_as_json(out, all);
  const lifecycle::audit_totals& totals = all.totals;
  const auto row = [&](std::string_view name, std::int64_t count, std::string_view what) {
    if (count > 0) out << "  " << name << count << "  " << what << '\n';
  };
  out << totals.notifications << " notifications in " << all.partitions
      << " partitions judged anew\n"
      << "  the same      " << totals.events << " events, " << totals.quarantined
      << " in quarantine, " << totals.states << " states\n";
  row("other rules   ", totals.other_rules, "are caused and there; their bytes are not compared");
  row("later         ", totals.later, "were written meanwhile, and are not judged");
  row("not concluded ", totals.cannot_be_concluded,
      "are caused by, or were deleted with, what the topics do not keep any more");
  if (all.torn) {
    row("torn          ", static_cast<std::int64_t>(all.torn->size()),
        "notifications are kept for a part of their subjects: never acknowledged");
  }
  const std::int64_t differences = totals.different();
  out << (differences == 0
              ? painted("no difference", green, style.colours)
              : painted(std::to_string(differences) + " difference" + (differences == 1 ? "" : "s"),
                        red, style.colours))
      << '\n';
}

}  // namespace sinyal::cli
