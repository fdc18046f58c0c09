#include "decode.hpp"

#include "cloud_event.hpp"
#include "subject_fields.hpp"

#include <algorithm>
#include <charconv>
#include <sinyal/signals.hpp>

namespace sinyal::detail {
namespace {

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number value{};
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (wrong != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// `sinyal_cause` is `<partition>:<offset>` of the notification in the broker's log.
std::int64_t cause_of(const record& record) {
  for (const header& each : record.headers) {
    if (each.name != "sinyal_cause") continue;
    const std::size_t colon = std::min(each.value.find(':'), each.value.size() - 1);
    return number_of<std::int64_t>(each.value.substr(colon + 1)).value_or(-1);
  }
  return -1;
}

/// `/midtrans/G141532850`; whether it is one.
bool read_sender(std::string_view source, sender& to) {
  const std::size_t second = source.find('/', 1);
  if (!source.starts_with('/') || second == std::string_view::npos) return false;
  to.connector = source.substr(1, second - 1);
  to.merchant = source.substr(second + 1);
  return true;
}

void read_words(std::string_view text, std::vector<std::string>& to) {
  to.clear();
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) to.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

/// Nothing where there is none: no text of an event is empty.
void read_text(std::string_view told, text& to) {
  if (told.empty()) {
    to.reset();
  } else if (to) {
    to->assign(told);
  } else {
    to.emplace(told);
  }
}

malformed bad_attribute(std::string_view name) {
  return {"bad_field", "the attribute " + std::string{name} + " has not the form that it should"};
}

std::optional<malformed> fill_base(const cloud_event& from, const record& record,
                                   event_base& event) {
  const attributes& told = from.attributes;
  if (!read_sender(told.source, event.sender)) return bad_attribute("source");
  const auto sequence = number_of<std::int64_t>(told.subjectsequence);
  if (!sequence || *sequence < 1) return bad_attribute("subjectsequence");
  const auto time = parse_time(told.time);
  if (!time) return bad_attribute("time");
  const auto recorded_time = parse_time(told.recordedtime);
  if (!recorded_time) return bad_attribute("recordedtime");
  event.id = told.id;
  event.subject = told.subject;
  event.sequence = *sequence;
  event.continuity = continuity::first;
  event.time = *time;
  event.recorded_time = *recorded_time;
  read_words(told.anomaly, event.anomalies);
  read_text(told.traceparent, event.traceparent);
  event.topic = record.topic;
  event.partition = record.partition;
  event.offset = record.offset;
  return {};
}

template <class Alternative, class Variant>
Alternative& kept_or_made(Variant& variant) {
  auto* const held = std::get_if<Alternative>(&variant);
  return held != nullptr ? *held : variant.template emplace<Alternative>();
}

event_base& make(subject_kind kind, any_event& event) {
  switch (kind) {
    case subject_kind::payment:
      return kept_or_made<sinyal::event<payment>>(event);
    case subject_kind::invoice:
      return kept_or_made<sinyal::event<invoice>>(event);
    case subject_kind::subscription:
      break;
  }
  return kept_or_made<sinyal::event<subscription>>(event);
}

}  // namespace

decoder::decoder() : json_{std::make_unique<json>()} {}
decoder::~decoder() = default;

void decoder::decode(const record& record, decode_result& result) {
  cloud_event from;
  if (auto wrong = read_cloud_event(record, *json_, from)) {
    result = std::move(*wrong);
    return;
  }
  const auto signal =
      std::find_if(catalogue.begin(), catalogue.end(),
                   [&](const signal_info& each) { return each.type == from.attributes.type; });
  if (signal == catalogue.end()) {
    result = unknown_type{std::string{from.attributes.type}};
    return;
  }
  auto& made = kept_or_made<decoded>(result);
  made.signal = static_cast<std::size_t>(signal - catalogue.begin());
  made.key = from.attributes.partitionkey;
  made.cause = cause_of(record);
  event_base& common = make(signal->kind, made.event);
  common.signal = signal->name;
  auto wrong = fill_base(from, record, common);
  if (!wrong) wrong = read_subject(from.data, made.event);
  if (wrong) {
    result = std::move(*wrong);
    return;
  }
  const std::string_view notification = json_->member_text(from.data_text, "notification");
  read_text(notification == "null" ? std::string_view{} : notification, common.notification);
}

}  // namespace sinyal::detail
