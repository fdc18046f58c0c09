#include "cloud_event.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace sinyal::detail {
namespace {

struct attribute {
  std::string_view name;
  std::string_view attributes::*to;
  bool required;
};

constexpr std::array known{
    attribute{"specversion", &attributes::specversion, true},
    attribute{"id", &attributes::id, true},
    attribute{"source", &attributes::source, true},
    attribute{"type", &attributes::type, true},
    attribute{"subject", &attributes::subject, true},
    attribute{"time", &attributes::time, true},
    attribute{"signal", &attributes::signal, false},
    attribute{"subjectsequence", &attributes::subjectsequence, true},
    attribute{"partitionkey", &attributes::partitionkey, true},
    attribute{"recordedtime", &attributes::recordedtime, true},
    attribute{"traceparent", &attributes::traceparent, false},
    attribute{"anomaly", &attributes::anomaly, false},
};

void keep(attributes& attributes, std::string_view name, std::string_view value) {
  const auto found = std::find_if(known.begin(), known.end(),
                                  [&](const attribute& each) { return each.name == name; });
  if (found != known.end()) attributes.*(found->to) = value;
}

std::string_view find(const record& record, std::string_view name) {
  for (const header& each : record.headers) {
    if (each.name == name) return each.value;
  }
  return {};
}

/// The binding matches the content type by its prefix, whatever its case.
bool is_structured(std::string_view content_type) {
  constexpr std::string_view prefix = "application/cloudevents";
  return content_type.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), content_type.begin(), [](char wanted, char c) {
           return wanted == (c >= 'A' && c <= 'Z' ? c + 32 : c);
         });
}

malformed not_an_event(std::string sentence) {
  return {"not_a_cloudevent", std::move(sentence)};
}

constexpr const char* data_once = "data does not stand once, as an object, under its plain name";

std::optional<malformed> read_structured(const simdjson::dom::object& whole, cloud_event& event,
                                         std::string_view text) {
  bool has_data = false;
  for (const auto& [name, value] : whole) {
    if (name == "data") {
      if (std::exchange(has_data, true)) return not_an_event(data_once);
      event.data = value;
    } else if (std::string_view word; value.get_string().get(word) == simdjson::SUCCESS) {
      keep(event.attributes, name, word);
    }
  }
  if (!has_data) return not_an_event("the structured event has no data");
  event.data_text = member_text(text, "data");
  // The parser knows a name however it is escaped, the text only its plain form.
  if (!event.data_text.starts_with('{')) return not_an_event(data_once);
  return {};
}

std::optional<malformed> check(const attributes& attributes) {
  for (const attribute& each : known) {
    if (each.required && (attributes.*(each.to)).empty()) {
      return not_an_event("the attribute " + std::string{each.name} + " is missing");
    }
  }
  if (attributes.specversion != "1.0") return not_an_event("specversion is not 1.0");
  return {};
}

// Byte by byte: find_first_of searches its set anew for every byte that it passes.

/// Past the JSON string whose opening quote is at `at`.
std::size_t skip_string(std::string_view text, std::size_t at) {
  for (++at; text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;  // what is escaped
  }
  return at + 1;
}

std::size_t skip_space(std::string_view text, std::size_t at) {
  return text.find_first_not_of(" \t\r\n", at);
}

/// Past the JSON value that begins at `at`.
std::size_t skip_value(std::string_view text, std::size_t at) {
  if (text[at] == '"') return skip_string(text, at);
  if (text[at] != '{' && text[at] != '[') {
    return std::min(text.find_first_of(",}] \t\r\n", at), text.size());
  }
  std::size_t depth = 0;
  do {
    switch (text[at]) {
      case '"':
        at = skip_string(text, at);
        continue;
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
      case ']':
        --depth;
        break;
      default:
        break;
    }
    ++at;
  } while (depth > 0);
  return at;
}

/// A schema registry's wire format is a zero and four bytes of an id before the JSON.
std::string_view json_of(std::string_view value) {
  constexpr std::size_t mark_bytes = 5;
  return value.starts_with('\0') && value.size() > mark_bytes ? value.substr(mark_bytes) : value;
}

}  // namespace

std::string_view member_text(std::string_view object, std::string_view name) {
  const std::size_t begin = object.find('{');
  if (begin == std::string_view::npos) return {};
  std::size_t at = skip_space(object, begin + 1);
  while (object[at] != '}') {
    const std::size_t name_end = skip_string(object, at);
    const bool found = object.substr(at + 1, name_end - at - 2) == name;
    at = skip_space(object, object.find(':', name_end) + 1);
    const std::size_t end = skip_value(object, at);
    if (found) return object.substr(at, end - at);
    at = skip_space(object, end);
    if (object[at] == ',') at = skip_space(object, at + 1);
  }
  return {};
}

std::optional<malformed> read_cloud_event(const record& record, simdjson::dom::parser& parser,
                                          cloud_event& event) {
  if (!record.value) return malformed{"not_json", "the record has no value"};
  const std::string_view text = json_of(*record.value);
  simdjson::dom::element whole;
  if (const auto wrong = parser.parse(text.data(), text.size()).get(whole)) {
    return malformed{"not_json",
                     std::string{"the value is not JSON: "} + simdjson::error_message(wrong)};
  }
  simdjson::dom::object object;
  if (whole.get_object().get(object)) return malformed{"not_json", "the value is no JSON object"};
  if (is_structured(find(record, "content-type"))) {
    if (auto wrong = read_structured(object, event, text)) return wrong;
  } else {
    for (const header& each : record.headers) {
      if (each.name.starts_with("ce_")) keep(event.attributes, each.name.substr(3), each.value);
    }
    event.data = whole;
    event.data_text = text;
  }
  return check(event.attributes);
}

}  // namespace sinyal::detail
