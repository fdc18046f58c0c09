#include "broker/cli/notify_scenarios.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sinyal::cli {
namespace {

using codec::endpoint;

message told(std::string_view step, std::string body, endpoint where = endpoint::notifications) {
  return {.scenario = {}, .step = std::string{step}, .endpoint = where, .body = std::move(body)};
}

message pending(const stage_props& props, const attempt& attempt) {
  return told("pending", notify_body(props, attempt, "pending", "201", {fraud("accept")}));
}
message settlement(const stage_props& props, const attempt& attempt, int minute = 5) {
  return told("settlement", notify_body(props, attempt, "settlement", "200",
                                        {fraud("accept"), settled(props, minute)}));
}
message capture(const stage_props& props, const attempt& attempt) {
  return told("capture", notify_body(props, attempt, "capture", "200", {fraud("accept")}));
}
message ended(const stage_props& props, const attempt& attempt, std::string_view status) {
  return told(status, notify_body(props, attempt, status, "202"));
}

std::vector<message> va_settlement(stage_props& props) {
  attempt order = bca(props, "VA");
  order.details.push_back(customer());
  return {pending(props, order), settlement(props, order)};
}

std::vector<message> card_capture(stage_props& props) {
  const attempt order = card(props, "CARD");
  return {capture(props, order), settlement(props, order, 90)};
}

std::vector<message> card_challenge(stage_props& props) {
  const attempt order = card(props, "CHALLENGE");
  return {told("challenge", notify_body(props, order, "capture", "201", {fraud("challenge")})),
          told("deny", notify_body(props, order, "deny", "202", {fraud("deny")}))};
}

std::vector<message> card_preauth(stage_props& props) {
  attempt order = card(props, "PREAUTH", "500000.00");
  std::vector<message> all{
      told("authorize", notify_body(props, order, "authorize", "200", {fraud("accept")}))};
  order.gross_amount = "420000.00";  // captured in part
  all.push_back(capture(props, order));
  return all;
}

std::vector<message> denied(stage_props& props) {
  attempt order = gopay(props, "DENY");
  const std::string document = object({{"order_id", quoted(order.order_id)},
                                       {"gross_amount", "75000"},
                                       {"transaction_id", quoted(order.transaction_id)},
                                       customer()});
  return {told("payment document", document, endpoint::payments), pending(props, order),
          ended(props, order, "deny")};
}

std::vector<message> cancelled(stage_props& props) {
  const attempt order = gopay(props, "CANCEL");
  return {pending(props, order), ended(props, order, "cancel")};
}

std::vector<message> expired(stage_props& props) {
  const attempt order = bca(props, "EXPIRE");
  return {pending(props, order), ended(props, order, "expire")};
}

std::vector<message> failed(stage_props& props) {
  const attempt order = card(props, "FAILURE");
  return {pending(props, order), ended(props, order, "failure")};
}

std::vector<message> paid_after_expiry(stage_props& props) {
  const attempt order = bca(props, "LATE-MONEY");
  return {pending(props, order), ended(props, order, "expire"), settlement(props, order, 61)};
}

std::vector<message> out_of_order(stage_props& props) {
  const attempt order = bca(props, "DISORDER");
  return {settlement(props, order), pending(props, order), settlement(props, order)};
}

std::vector<message> two_attempts(stage_props& props) {
  const attempt first = bca(props, "TWICE");
  attempt second = gopay(props, "TWICE", "150000.00");
  return {pending(props, first), settlement(props, second), ended(props, first, "expire")};
}

std::vector<message> reversal(stage_props& props) {
  const attempt order = permata(props, "REVERSAL");
  return {pending(props, order), settlement(props, order), ended(props, order, "deny")};
}

/// One entry of `refunds[]`.
std::string refund_entry(const stage_props& props, int number, std::string_view amount,
                         bool confirmed) {
  members all{{"refund_chargeback_id", "20261123070943" + std::to_string(1000 + number)},
              {"refund_amount", quoted(amount)},
              {"created_at", quoted(props.wib(100 + number))},
              {"reason", quoted("one item was out of stock")},
              {"refund_key", quoted("refund-" + std::to_string(number))},
              {"refund_method", quoted("online")}};
  if (confirmed) all.push_back({"bank_confirmed_at", quoted(props.wib(120 + number))});
  return object(all);
}

message refund(const stage_props& props, const attempt& order, std::string_view step,
               std::string_view status, std::string_view total, const std::string& entries) {
  return told(step, notify_body(props, order, status, "200",
                                {fraud("accept"),
                                 settled(props, 90),
                                 {"refund_amount", quoted(total)},
                                 {"refunds", "[" + entries + "]"}}));
}

std::vector<message> refunds(stage_props& props) {
  const attempt order = card(props, "REFUND");
  const auto first = [&](bool confirmed) { return refund_entry(props, 1, "50000.00", confirmed); };
  const auto second = [&](bool confirmed) {
    return refund_entry(props, 2, "200000.00", confirmed);
  };
  return {
      capture(props, order),
      settlement(props, order, 90),
      refund(props, order, "partial refund", "partial_refund", "50000.00", first(false)),
      refund(props, order, "its confirmation", "partial_refund", "50000.00", first(true)),
      refund(props, order, "the rest", "refund", "250000.00", first(true) + "," + second(false)),
      refund(props, order, "its confirmation", "refund", "250000.00",
             first(true) + "," + second(true))};
}

std::vector<message> chargeback(stage_props& props) {
  const attempt order = card(props, "CHARGEBACK");
  return {capture(props, order), settlement(props, order, 90),
          told("chargeback", notify_body(props, order, "chargeback", "200", {fraud("accept")}))};
}

// --- invoices

std::string invoice_id(const stage_props& props, std::string_view name) {
  return props.order_id("INVOICE-" + std::string{name});
}

message invoice_document(const stage_props& props, std::string_view name) {
  return told("invoice document",
              object({{"id", quoted(invoice_id(props, name))},
                      {"order_id", quoted(props.order_id(name))},
                      {"invoice_number", quoted("INV-" + std::string{name})},
                      {"status", quoted("pending")},
                      {"gross_amount", "150000"},
                      {"due_date", quoted(props.wib(600) + " +0700")},
                      {"customer_details",
                       R"({"id":"c-1","name":"Sari Dewi","email":"sari@example.com"})"}}),
              endpoint::invoices);
}

attempt paying_invoice(stage_props& props, std::string_view name) {
  attempt order = bca(props, name);
  order.details.push_back(
      {"metadata", object({{"midtrans_invoice_id", quoted(invoice_id(props, name))}})});
  return order;
}

std::vector<message> invoice_paid(stage_props& props) {
  const attempt order = paying_invoice(props, "BILL-PAID");
  return {invoice_document(props, "BILL-PAID"), pending(props, order), settlement(props, order)};
}

std::vector<message> invoice_expired(stage_props& props) {
  const attempt order = paying_invoice(props, "BILL-EXPIRED");
  return {invoice_document(props, "BILL-EXPIRED"), pending(props, order),
          ended(props, order, "expire")};
}

std::vector<message> invoice_voided(stage_props& props) {
  return {
      invoice_document(props, "BILL-VOID"),
      told("void",
           object({{"id", quoted(invoice_id(props, "BILL-VOID"))}, {"status", quoted("voided")}}),
           endpoint::invoices)};
}

// --- subscriptions

std::string subscription_body(const stage_props& props, std::string_view name,
                              std::string_view status, int interval) {
  const std::string schedule = object({{"start_time", quoted(props.utc(0))},
                                       {"next_execution_at", quoted(props.utc(43200))},
                                       {"interval_unit", quoted("month")},
                                       {"interval", "1"},
                                       {"max_interval", "12"},
                                       {"current_interval", std::to_string(interval)}});
  return object({{"id", quoted(props.order_id(name))},
                 {"name", quoted("MONTHLY-" + std::string{name})},
                 {"status", quoted(status)},
                 {"amount", quoted("49000")},
                 {"currency", quoted("IDR")},
                 {"payment_type", quoted("credit_card")},
                 {"token", quoted("48111111-demo-card-token")},
                 {"schedule", schedule},
                 {"merchant_id", quoted(props.merchant())},
                 customer()});
}

message subscribed(const stage_props& props, std::string_view name) {
  return told("subscription created", subscription_body(props, name, "active", 0),
              endpoint::recurring);
}

message charge(const stage_props& props, std::string_view step, std::string_view name,
               std::string_view status, int interval, const members& transaction) {
  return told(step,
              object({{"event_name", quoted("subscription.charge")},
                      {"transaction", object(transaction)},
                      {"subscription", subscription_body(props, name, status, interval)}}),
              endpoint::recurring);
}

message status_document(const stage_props& props, std::string_view name, std::string_view status) {
  return told(status, object({{"id", quoted(props.order_id(name))}, {"status", quoted(status)}}),
              endpoint::subscriptions);
}

std::vector<message> subscription_charged(stage_props& props) {
  return {subscribed(props, "SUB-CHARGED"),
          charge(props, "charge", "SUB-CHARGED", "active", 1,
                 {{"transaction_id", quoted(props.transaction_id())},
                  {"transaction_status", quoted("capture")},
                  {"status_code", quoted("200")},
                  {"channel_response_message", quoted("Approved")}})};
}

std::vector<message> subscription_charge_failed(stage_props& props) {
  return {subscribed(props, "SUB-FAILED"),
          charge(props, "failed charge", "SUB-FAILED", "inactive", 0,
                 {{"status_code", quoted("411")},
                  {"status_message", quoted("Token id is missing, invalid, or timed out")}})};
}

std::vector<message> subscription_disabled(stage_props& props) {
  return {subscribed(props, "SUB-DISABLED"), status_document(props, "SUB-DISABLED", "inactive")};
}

std::vector<message> subscription_cancelled(stage_props& props) {
  return {subscribed(props, "SUB-CANCELLED"), status_document(props, "SUB-CANCELLED", "cancelled")};
}

constexpr std::array<scenario, 21> table{{
    {"va-settlement", "a virtual account is paid", va_settlement},
    {"card-capture", "a card is captured; its settlement a day later adds nothing", card_capture},
    {"card-challenge", "a suspicious card payment is challenged, then denied", card_challenge},
    {"card-preauth", "a card is authorized, then captured for less", card_preauth},
    {"deny", "a wallet payment is denied; the merchant's document knows the customer", denied},
    {"cancel", "a payment is cancelled", cancelled},
    {"expire", "a virtual account is never paid", expired},
    {"failure", "a card payment fails on the way", failed},
    {"paid-after-expiry", "money comes for an expired account: published, with an anomaly",
     paid_after_expiry},
    {"out-of-order", "settlement before pending, and once more: one signal", out_of_order},
    {"two-attempts", "one attempt pays, the other's account expires: the order stays paid",
     two_attempts},
    {"reversal", "a Permata settlement is reversed", reversal},
    {"refunds", "a refund in part, then the rest; the bank confirms both", refunds},
    {"chargeback", "the cardholder's bank takes the money back", chargeback},
    {"invoice-paid", "an invoice is created and paid", invoice_paid},
    {"invoice-expired", "an invoice is created and expires", invoice_expired},
    {"invoice-voided", "an invoice is created and voided", invoice_voided},
    {"subscription-charged", "a subscription is created and charged", subscription_charged},
    {"subscription-charge-failed", "a subscription's card is refused", subscription_charge_failed},
    {"subscription-disabled", "a subscription is disabled", subscription_disabled},
    {"subscription-cancelled", "a subscription is cancelled", subscription_cancelled},
}};

}  // namespace

std::span<const scenario> scenarios() {
  return table;
}

const scenario* find_scenario(std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const scenario& each) { return each.name == name; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace sinyal::cli
