#include "broker/cli/explain_fact.hpp"

#include "broker/codec/json_writer.hpp"

#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace sinyal::cli {
namespace {

using codec::json_writer;
using core::payment_text;

std::string_view fraud_word(core::fraud fraud) {
  switch (fraud) {
    case core::fraud::accept:
      return "accept";
    case core::fraud::challenge:
      return "challenge";
    case core::fraud::deny:
      return "deny";
  }
  return "";
}

void put(json_writer& json, std::string_view name, const std::optional<core::money>& amount) {
  if (amount) json.text(name, amount->to_string());
}
void put(json_writer& json, std::string_view name, const std::optional<core::instant>& time) {
  if (time) json.text(name, core::format_time(*time));
}
void put(json_writer& json, std::string_view name, const std::optional<std::int64_t>& number) {
  if (number) json.number(name, *number);
}
template <typename Field, std::size_t Count>
void put(json_writer& json, const core::texts<Field, Count>& texts) {
  for (std::size_t i = 0; i < Count; ++i) {
    const auto field = static_cast<Field>(i);
    json.known(to_string(field), texts[field]);
  }
}

void refunds(json_writer& json, const core::payment_fact& fact) {
  if (fact.refunds.empty()) return;
  json.key("refunds");
  json.begin_array();
  for (const core::money_back& each : fact.refunds) {
    json.begin_object();
    json.known("key", each.key);
    json.known("uuid", each.uuid);
    json.known("id", each.id);
    put(json, "amount", each.amount);
    json.known("reason", each.reason);
    put(json, "created_at", each.created_at);
    put(json, "confirmed_at", each.confirmed_at);
    json.raw("confirmed", each.confirmed ? "true" : "false");
    json.end_object();
  }
  json.end_array();
}

void fields(json_writer& json, const core::payment_fact& fact) {
  json.text("word", to_string(fact.word));
  json.text("fraud", fraud_word(fact.fraud));
  json.raw("document", fact.document ? "true" : "false");
  json.text("order_id", fact.order_id);
  json.known("transaction_id", fact.transaction_id);
  put(json, fact.texts);
  put(json, "gross_amount", fact.gross_amount);
  json.known("currency", fact.currency);
  put(json, "original_amount", fact.original_amount);
  put(json, "customer_imposed_payment_fee", fact.customer_imposed_payment_fee);
  put(json, "transaction_time", fact.transaction_time);
  put(json, "settlement_time", fact.settlement_time);
  put(json, "expiry_time", fact.expiry_time);
  put(json, "refund_amount", fact.refund_amount);
  json.known("refund_key", fact.refund_key);
  refunds(json, fact);
}

void fields(json_writer& json, const core::invoice_fact& fact) {
  json.text("word", to_string(fact.word));
  json.text("id", fact.id);
  json.known("status", fact.status);
  put(json, fact.texts);
  put(json, "amount", fact.amount);
  json.known("currency", fact.currency);
  put(json, "due_date", fact.due_date);
  put(json, "paid_at", fact.paid_at);
}

void charge(json_writer& json, const core::charge& charge) {
  if (charge == core::charge{}) return;
  json.key("charge");
  json.begin_object();
  json.known("transaction_id", charge.transaction_id);
  json.known("order_id", charge.order_id);
  json.known("transaction_status", charge.transaction_status);
  json.known("status_code", charge.status_code);
  json.known("status_message", charge.status_message);
  put(json, "amount", charge.amount);
  json.end_object();
}

void fields(json_writer& json, const core::subscription_fact& fact) {
  json.text("word", to_string(fact.word));
  json.text("id", fact.id);
  json.known("status", fact.status);
  put(json, fact.texts);
  put(json, "amount", fact.amount);
  json.known("currency", fact.currency);
  put(json, "interval", fact.interval);
  put(json, "max_interval", fact.max_interval);
  put(json, "current_interval", fact.current_interval);
  put(json, "start_time", fact.start_time);
  put(json, "next_execution_at", fact.next_execution_at);
  charge(json, fact.charge);
}

/// `begin: part, part`, of those parts that are known.
std::string phrase(std::string begin, std::initializer_list<std::string_view> parts) {
  std::string_view separator = ": ";
  for (const std::string_view part : parts) {
    if (part.empty()) continue;
    begin.append(separator).append(part);
    separator = ", ";
  }
  return begin;
}

std::string amount_of(const std::optional<core::money>& amount, std::string_view currency) {
  if (!amount) return {};
  return amount->to_string() + " " + std::string{core::currency_or_default(currency)};
}

std::string line(const core::payment_fact& fact) {
  std::string begin{fact.word == core::payment_word::none ? "details" : to_string(fact.word)};
  if (fact.fraud != core::fraud::accept) begin.append(" (").append(fraud_word(fact.fraud)) += ')';
  if (!fact.transaction_id.empty()) begin += " of " + fact.transaction_id;
  if (fact.document) begin += " in the merchant's document";
  std::string method{fact.texts[payment_text::payment_type]};
  const std::string_view bank = fact.texts[payment_text::bank];
  const std::string_view store = fact.texts[payment_text::store];
  if (!bank.empty()) method.append(" ").append(bank);
  if (!store.empty()) method.append(" ").append(store);
  std::string refunds;
  if (!fact.refunds.empty()) {
    refunds =
        std::to_string(fact.refunds.size()) + (fact.refunds.size() == 1 ? " refund" : " refunds");
  }
  return phrase(std::move(begin), {amount_of(fact.gross_amount, fact.currency), method, refunds});
}

std::string line(const core::invoice_fact& fact) {
  return phrase("invoice " + std::string{to_string(fact.word)},
                {amount_of(fact.amount, fact.currency), fact.status});
}

std::string line(const core::subscription_fact& fact) {
  return phrase("subscription " + std::string{to_string(fact.word)},
                {amount_of(fact.amount, fact.currency), fact.status, fact.charge.status_code,
                 fact.charge.status_message});
}

}  // namespace

std::string fact_json(const core::any_fact& fact) {
  std::string out;
  json_writer json{out};
  json.begin_object();
  std::visit([&](const auto& what) { fields(json, what); }, fact);
  json.end_object();
  return out;
}

std::string fact_line(const core::any_fact& fact) {
  return std::visit([](const auto& what) { return line(what); }, fact);
}

}  // namespace sinyal::cli
