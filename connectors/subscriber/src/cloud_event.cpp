#include "cloud_event.hpp"

#include <algorithm>
#include <array>
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

/// Takes in what an event's attributes are told to be. They come in the order of `known` as a rule,
/// so each is looked for behind the one before.
class collector {
 public:
  explicit collector(attributes& to) : to_{to} {}
  void keep(std::string_view name, std::string_view value) {
    for (std::size_t tried = 0; tried < known.size(); ++tried) {
      const attribute& each = known[next_];
      if (++next_ == known.size()) next_ = 0;
      if (each.name != name) continue;
      to_.*(each.to) = value;
      return;
    }
  }

 private:
  attributes& to_;
  std::size_t next_ = 0;
};

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

std::optional<malformed> read_structured(const simdjson::dom::object& whole, json& json,
                                         cloud_event& event) {
  collector attributes{event.attributes};
  bool has_data = false;
  for (const auto& [name, value] : whole) {
    if (name == "data") {
      if (std::exchange(has_data, true)) return not_an_event(data_once);
      event.data = value;
    } else if (std::string_view word; value.get_string().get(word) == simdjson::SUCCESS) {
      attributes.keep(name, word);
    }
  }
  if (!has_data) return not_an_event("the structured event has no data");
  event.data_text = json.member_text(json.text(), "data");
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

/// A schema registry's wire format is a zero and four bytes of an id before the JSON.
std::string_view json_of(std::string_view value) {
  constexpr std::size_t mark_bytes = 5;
  return value.starts_with('\0') && value.size() > mark_bytes ? value.substr(mark_bytes) : value;
}

}  // namespace

std::optional<malformed> read_cloud_event(const record& record, json& json, cloud_event& event) {
  if (!record.value) return malformed{"not_json", "the record has no value"};
  simdjson::dom::element whole;
  if (const auto wrong = json.parse(json_of(*record.value), whole)) {
    return malformed{"not_json",
                     std::string{"the value is not JSON: "} + simdjson::error_message(wrong)};
  }
  simdjson::dom::object object;
  if (whole.get_object().get(object)) return malformed{"not_json", "the value is no JSON object"};
  if (is_structured(find(record, "content-type"))) {
    if (auto wrong = read_structured(object, json, event)) return wrong;
  } else {
    collector attributes{event.attributes};
    for (const header& each : record.headers) {
      if (each.name.starts_with("ce_")) attributes.keep(each.name.substr(3), each.value);
    }
    event.data = whole;
    event.data_text = json.text();
  }
  return check(event.attributes);
}

}  // namespace sinyal::detail
