#include "broker/cli/explain_form.hpp"

#include <simdjson.h>

#include <algorithm>
#include <initializer_list>

namespace sinyal::cli {
namespace {

namespace dom = simdjson::dom;

bool has_any(dom::object object, std::initializer_list<std::string_view> keys) {
  return std::any_of(keys.begin(), keys.end(), [&](std::string_view key) {
    return object.at_key(key).error() == simdjson::SUCCESS;
  });
}

bool is_json(std::string_view text) {
  dom::parser parser;
  return parser.parse(text.data(), text.size()).error() == simdjson::SUCCESS;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const auto begin = text.find_first_not_of(blank);
  if (begin == std::string_view::npos) return text.substr(0, 0);
  return text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (const auto line = trimmed(text.substr(0, end)); !line.empty()) lines.push_back(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace

codec::endpoint guess_endpoint(std::string_view body) {
  using codec::endpoint;
  dom::parser parser;
  dom::object object;
  if (parser.parse(body.data(), body.size()).get(object) != simdjson::SUCCESS) {
    return endpoint::notifications;
  }
  if (has_any(object, {"event_name", "schedule"})) return endpoint::recurring;
  if (has_any(object, {"signature_key", "account_id"})) return endpoint::notifications;
  if (has_any(object, {"invoice_number", "invoice_date", "due_date"})) return endpoint::invoices;
  std::string_view status;
  if (has_any(object, {"id"}) && object["status"].get(status) == simdjson::SUCCESS) {
    const bool subscription =
        status == "active" || status == "inactive" || status == "disabled" || status == "cancelled";
    return subscription ? endpoint::subscriptions : endpoint::invoices;
  }
  return has_any(object, {"order_id"}) ? endpoint::payments : endpoint::notifications;
}

codec::endpoint notified_endpoint(std::string_view body) {
  const codec::endpoint guessed = guess_endpoint(body);
  if (guessed != codec::endpoint::payments) return guessed;
  dom::parser parser;
  dom::object object;
  if (parser.parse(body.data(), body.size()).get(object) != simdjson::SUCCESS) return guessed;
  for (const char* name : {"transaction_status", "status_code", "gross_amount"}) {
    if (!has_any(object, {name})) return guessed;
  }
  return codec::endpoint::notifications;
}

std::string_view foreign_form(std::string_view body) {
  dom::parser parser;
  dom::object object;
  if (parser.parse(body.data(), body.size()).get(object) != simdjson::SUCCESS) return {};
  const bool bi_snap =
      has_any(object, {"latestTransactionStatus", "originalReferenceNo", "paymentRequestId"}) ||
      object.at_pointer("/additionalInfo/accountStatus").error() == simdjson::SUCCESS;
  return bi_snap ? "a BI-SNAP notification, a form that Sinyal does not take" : "";
}

std::vector<std::string_view> split_documents(std::string_view text) {
  const std::string_view whole = trimmed(text);
  const std::string_view first_line = whole.substr(0, whole.find('\n'));
  if (first_line.size() == whole.size() || is_json(whole) || !is_json(first_line)) return {whole};
  return lines_of(whole);
}

}  // namespace sinyal::cli
