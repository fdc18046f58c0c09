#include "broker/cli/quarantine.hpp"

#include "broker/cli/painted.hpp"
#include "broker/cli/printable.hpp"
#include "broker/codec/json_writer.hpp"
#include "broker/codec/state.hpp"
#include "broker/core/time.hpp"

#include <charconv>
#include <ostream>

namespace sinyal::cli {
namespace {

using codec::record_view;

std::string_view told(const record_view& record, std::string_view name) {
  return record.last_header(name).value_or(std::string_view{});
}

bool claims_money(const record_view& record) {
  return told(record, "sinyal_money") == "yes";
}

std::string place_of(const record_view& record) {
  return std::to_string(record.partition) + ":" + std::to_string(record.offset);
}

/// Of the notification in the raw log, as `trace` tells it.
std::string raw_place_of(const record_view& record) {
  return std::string{told(record, "__connect.errors.partition")} + ":" +
         std::string{told(record, "__connect.errors.offset")};
}

/// A text, or null where it is no UTF-8 and JSON cannot hold it.
void text(codec::json_writer& json, std::string_view name, std::string_view value) {
  if (codec::is_utf8(value)) {
    json.text(name, value);
  } else {
    json.raw(name, "null");
  }
}

void add_head(codec::json_writer& json, const record_view& record) {
  json.number("partition", record.partition);
  json.number("offset", record.offset);
  json.text("received_at", core::format_time(core::instant{record.timestamp_ms}));
  text(json, "key", record.key);
  text(json, "id", told(record, "sinyal_id"));
  text(json, "reason", told(record, "sinyal_reason"));
  text(json, "message", told(record, "__connect.errors.exception.message"));
  json.raw("money", claims_money(record) ? "true" : "false");
  text(json, "retries", told(record, "sinyal_retries"));
  text(json, "raw", raw_place_of(record));
}

}  // namespace

std::optional<core::reason> parse_reason(std::string_view text) {
  for (std::size_t i = 0; i < core::reason_count; ++i) {
    if (to_string(static_cast<core::reason>(i)) == text) return static_cast<core::reason>(i);
  }
  return std::nullopt;
}

std::optional<partition_offset> parse_place(std::string_view text) {
  partition_offset place;
  const char* const end = text.data() + text.size();
  const auto colon = std::from_chars(text.data(), end, place.partition);
  if (colon.ec != std::errc{} || colon.ptr == end || *colon.ptr != ':') return std::nullopt;
  const auto rest = std::from_chars(colon.ptr + 1, end, place.offset);
  if (rest.ec != std::errc{} || rest.ptr != end) return std::nullopt;
  if (place.partition < 0 || place.offset < 0) return std::nullopt;
  return place;
}

bool quarantine_filter::lets_through(const record_view& record) const {
  if (money && !claims_money(record)) return false;
  if (reason && told(record, "sinyal_reason") != to_string(*reason)) return false;
  return merchant.empty() || record.key.starts_with(merchant + ":");
}

void show_quarantined(std::ostream& out, const record_view& record, const quarantine_style& style) {
  if (style.json) {
    std::string line;
    codec::json_writer json{line};
    json.begin_object();
    add_head(json, record);
    json.end_object();
    out << line << '\n';
    return;
  }
  out << painted(core::format_time(core::instant{record.timestamp_ms}), dim, style.colours) << "  "
      << place_of(record) << "  "
      << painted(printable(told(record, "sinyal_reason")), bold, style.colours) << "  "
      << printable(record.key);
  if (claims_money(record)) out << "  " << painted("money", red, style.colours);
  out << "\n  " << printable(told(record, "__connect.errors.exception.message")) << '\n';
}

void show_whole(std::ostream& out, const record_view& record, const quarantine_style& style) {
  const std::string_view value = record.value.value_or(std::string_view{});
  if (style.json) {
    std::string line;
    codec::json_writer json{line};
    json.begin_object();
    add_head(json, record);
    json.key("headers");
    json.begin_object();
    for (const codec::header_view& each : record.headers) {
      if (codec::is_utf8(each.name)) text(json, each.name, each.value);
    }
    json.end_object();
    if (record.value) {
      text(json, "value", value);
    } else {
      json.raw("value", "null");
    }
    json.end_object();
    out << line << '\n';
    return;
  }
  show_quarantined(out, record, style);
  out << '\n';
  for (const codec::header_view& each : record.headers) {
    out << painted(printable(each.name), dim, style.colours) << ": " << printable(each.value)
        << '\n';
  }
  out << '\n' << printable(value) << '\n';
}

}  // namespace sinyal::cli
