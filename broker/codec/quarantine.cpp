#include "broker/codec/quarantine.hpp"

#include "broker/codec/event.hpp"
#include "broker/codec/json_text.hpp"

#include <simdjson.h>

#include <string>

namespace sinyal::codec {
namespace {

/// Who refused it. Names of ours, not of C++ symbols, since they are published.
std::string_view class_of(stage stage) {
  return stage == stage::normalise ? "sinyal.connectors.midtrans" : "sinyal.core.decide";
}

bool is_money_word(std::string_view status) {
  constexpr std::string_view blank = " \t\r\n";
  const auto begin = status.find_first_not_of(blank);
  if (begin == std::string_view::npos) return false;
  status = status.substr(begin, status.find_last_not_of(blank) - begin + 1);
  std::string word{status};
  for (char& each : word) {
    if (each >= 'A' && each <= 'Z') each = static_cast<char>(each - 'A' + 'a');
  }
  return word == "settlement" || word == "capture";
}

}  // namespace

std::string_view to_string(stage stage) {
  return stage == stage::normalise ? "NORMALISE" : "DECIDE";
}

outgoing_record encode_quarantine(const record_view& raw, const core::rejection& why,
                                  const quarantine_cause& cause) {
  outgoing_record record;
  record.to = destination::quarantine;
  record.key = raw.key;
  record.value = raw.value;
  record.timestamp_ms = cause.timestamp_ms;
  header_list& headers = record.headers;
  for (const header_view& each : raw.headers) headers.add(each.name, each.value);
  headers.add("sinyal_reason", to_string(why.reason));
  if (!raw.header("sinyal_retries")) headers.add("sinyal_retries", "0");
  headers.add("sinyal_money", cause.money ? "yes" : "no");
  headers.add("__connect.errors.topic", cause.raw_topic);
  headers.add("__connect.errors.partition", raw.partition);
  headers.add("__connect.errors.offset", raw.offset);
  headers.add("__connect.errors.connector.name", "midtrans");
  headers.add("__connect.errors.task.id", "0");
  headers.add("__connect.errors.stage", to_string(cause.stage));
  headers.add("__connect.errors.class.name", class_of(cause.stage));
  headers.add("__connect.errors.exception.class.name", to_string(why.reason));
  headers.add("__connect.errors.exception.message", why.message);
  add_cause(headers, raw.partition, raw.offset, cause.rules);
  return record;
}

bool claims_money(std::string_view body) {
  if (body.empty()) return false;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  // masked: a number that no parser can represent must not hide a settlement
  const std::string masked = mask_numbers(body);
  if (parser.parse(masked.data(), masked.size()).get(object) != simdjson::SUCCESS) return false;
  for (const char* path : {"/transaction_status", "/transaction/transaction_status"}) {
    std::string_view status;
    if (object.at_pointer(path).get(status) == simdjson::SUCCESS && is_money_word(status)) {
      return true;
    }
  }
  return false;
}

}  // namespace sinyal::codec
