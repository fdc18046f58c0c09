#pragma once
// What a notification means, as `explain` and `trace` show it.

#include "broker/cli/judged.hpp"
#include "broker/codec/json_writer.hpp"

#include <iosfwd>
#include <string_view>

namespace sinyal::cli {

struct judged_style {
  std::string_view topic_prefix;
  bool colours = false;    // in text
  std::string_view key{};  // of the raw record, where a signal is shown with its ce_id
};

/// `"subject":{…},"fact":…,"verdict":…,"reason":…,"status_before":…,"status_after":…,"signals":[…]`
void add_judged(codec::json_writer& json, const judged& what, const judged_style& style);

/// Lines for a person: all but the subject.
void show_judged(std::ostream& out, const judged& what, const judged_style& style);

/// A text, or null where it is empty.
void text_or_null(codec::json_writer& json, std::string_view name, std::string_view text);

}  // namespace sinyal::cli
