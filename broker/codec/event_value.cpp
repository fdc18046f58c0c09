#include "broker/codec/event_value.hpp"

#include "broker/codec/json_writer.hpp"

#include <algorithm>
#include <optional>
#include <variant>

namespace sinyal::codec {
namespace {

using core::invoice_text;
using core::payment_text;
using core::subscription_text;

void amount(json_writer& json, std::string_view name, const std::optional<core::money>& value) {
  if (value) json.text(name, core::money_text{*value});
}
void time(json_writer& json, std::string_view name, const std::optional<core::instant>& value) {
  if (value) json.text(name, core::time_text{*value});
}
void number(json_writer& json, std::string_view name, const std::optional<std::int64_t>& value) {
  if (value) json.number(name, *value);
}

/// The texts `first` to `last` in the order of their enum.
template <typename Texts>
void text_range(json_writer& json, const Texts& texts, typename Texts::field_type first,
                typename Texts::field_type last) {
  for (auto i = static_cast<std::size_t>(first); i <= static_cast<std::size_t>(last); ++i) {
    const auto field = static_cast<typename Texts::field_type>(i);
    json.known(to_string(field), texts[field]);
  }
}

void anomalies(json_writer& json, const core::emission& emission) {
  if (emission.anomalies.empty()) return;
  json.key("anomalies");
  json.begin_array();
  for (const core::anomaly each : emission.anomalies) json.text(to_string(each));
  json.end_array();
}

bool tells_of_refund(core::signal signal) {
  return signal == core::signal::payment_refunded ||
         signal == core::signal::payment_refund_confirmed;
}

/// The refund's own key in its event, which may have none; the latest known one in all others.
std::string_view refund_key(const core::emission& emission, const core::attempt& attempt) {
  if (tells_of_refund(emission.signal) && emission.back) return emission.back->key;
  const auto latest = std::find_if(attempt.refunds.rbegin(), attempt.refunds.rend(),
                                   [](const core::given_back& each) { return !each.key.empty(); });
  return latest == attempt.refunds.rend() ? std::string_view{} : latest->key;
}

/// Who pays, and the merchant's own fields, are known from the attempt's notifications, else from
/// the merchant's document of the order.
void texts_or_document(json_writer& json, const core::payment_texts& told,
                       const core::payment_texts& document, payment_text first, payment_text last) {
  for (auto i = static_cast<std::size_t>(first); i <= static_cast<std::size_t>(last); ++i) {
    const auto field = static_cast<payment_text>(i);
    json.known(to_string(field), told[field].empty() ? document[field] : told[field]);
  }
}

void money_and_times(json_writer& json, const core::emission& emission,
                     const core::attempt& attempt) {
  time(json, "transaction_time", attempt.transaction_time);
  time(json, "settlement_time", attempt.settlement_time);
  time(json, "expiry_time", attempt.expiry_time);
  if (emission.signal == core::signal::payment_settled) {
    time(json, "reversible_until", core::reversible_until(attempt));
  }
  if (!attempt.refunds.empty()) json.text("refund_amount", core::money_text{attempt.refunded()});
  json.known("refund_key", refund_key(emission, attempt));
  amount(json, "original_amount", attempt.original_amount);
  amount(json, "customer_imposed_payment_fee", attempt.customer_imposed_payment_fee);
  amount(json, "authorized_amount", attempt.authorized_amount);
}

void other_payers(json_writer& json, const core::emission& emission) {
  if (emission.other_transaction_ids.empty()) return;
  json.key("other_transaction_ids");
  json.begin_array();
  for (const std::string& each : emission.other_transaction_ids) json.text(each);
  json.end_array();
}

void attempt_fields(json_writer& json, const core::emission& emission, const core::attempt& attempt,
                    const core::payment_texts& document) {
  const std::string_view type = attempt.texts[payment_text::payment_type];
  json.known("transaction_id", attempt.transaction_id);
  json.text("payment_type", type.empty() ? "unknown" : type);
  json.text("transaction_status", to_string(attempt.word));
  text_range(json, attempt.texts, payment_text::fraud_status, payment_text::status_message);
  amount(json, "gross_amount", attempt.gross_amount);
  json.text("currency", core::currency_or_default(attempt.currency));
  text_range(json, attempt.texts, payment_text::bank, payment_text::issuer);
  texts_or_document(json, attempt.texts, document, payment_text::customer_first_name,
                    payment_text::customer_phone);
  money_and_times(json, emission, attempt);
  texts_or_document(json, attempt.texts, document, payment_text::custom_field1,
                    payment_text::custom_field3);
  text_range(json, attempt.texts, payment_text::payment_link_id, payment_text::midtrans_invoice_id);
}

void back(json_writer& json, const core::emission& emission) {
  if (!emission.back) return;
  const core::given_back& back = *emission.back;
  json.key(tells_of_refund(emission.signal) ? "refund" : "chargeback");
  json.begin_object();
  json.known("key", back.key);
  json.known("id", back.id);
  amount(json, "amount", back.amount);
  json.known("reason", back.reason);
  time(json, "created_at", back.created_at);
  time(json, "confirmed_at", back.confirmed_at);
  json.raw("full", emission.back_is_full ? "true" : "false");
  json.end_object();
}

void subject(json_writer& json, const core::emission& emission,
             const core::payment_state& payment) {
  json.key("payment");
  json.begin_object();
  json.text("order_id", payment.order_id);
  const auto attempt = std::find_if(
      payment.attempts.begin(), payment.attempts.end(),
      [&](const core::attempt& each) { return each.transaction_id == emission.transaction_id; });
  if (attempt != payment.attempts.end()) {
    attempt_fields(json, emission, *attempt, payment.document);
  }
  json.known("previous_status", emission.previous_status);
  anomalies(json, emission);
  other_payers(json, emission);
  add_order(json, payment);
  json.end_object();
  back(json, emission);
}

void subject(json_writer& json, const core::emission& emission,
             const core::invoice_state& invoice) {
  json.key("invoice");
  json.begin_object();
  json.text("id", invoice.id);
  text_range(json, invoice.texts, invoice_text::invoice_number, invoice_text::order_id);
  json.known("status", invoice.word);
  amount(json, "total_amount", invoice.total_amount);
  json.known("currency", invoice.currency);
  text_range(json, invoice.texts, invoice_text::customer_name, invoice_text::customer_phone);
  time(json, "due_date", invoice.due_date);
  time(json, "paid_at", invoice.paid_at);
  json.known("transaction_id", invoice.texts[invoice_text::transaction_id]);
  anomalies(json, emission);
  json.end_object();
}

void charge(json_writer& json, const core::charge& charge,
            const core::subscription_state& subscription) {
  json.key("charge");
  json.begin_object();
  json.known("transaction_id", charge.transaction_id);
  json.known("order_id", charge.order_id);
  json.known("transaction_status", charge.transaction_status);
  json.known("status_code", charge.status_code);
  json.known("status_message", charge.status_message);
  // Midtrans's charge notification names no amount: it is the subscription's.
  amount(json, "amount", charge.amount ? charge.amount : subscription.amount);
  json.end_object();
}

void subject(json_writer& json, const core::emission& emission,
             const core::subscription_state& subscription) {
  json.key("subscription");
  json.begin_object();
  json.text("id", subscription.id);
  text_range(json, subscription.texts, subscription_text::name, subscription_text::payment_type);
  amount(json, "amount", subscription.amount);
  json.known("currency", subscription.currency);
  json.known("status", subscription.word);
  number(json, "interval", subscription.interval);
  json.known("interval_unit", subscription.texts[subscription_text::interval_unit]);
  number(json, "max_interval", subscription.max_interval);
  number(json, "current_interval", subscription.current_interval);
  time(json, "start_time", subscription.start_time);
  time(json, "next_execution_at", subscription.next_execution_at);
  text_range(json, subscription.texts, subscription_text::customer_first_name,
             subscription_text::customer_phone);
  json.end_object();
  if (emission.charge) charge(json, *emission.charge, subscription);
}

}  // namespace

void add_order(json_writer& json, const core::payment_state& payment) {
  const core::order_view view = core::view_of(payment);
  json.key("order");
  json.begin_object();
  json.text("status", view.status);
  json.text("paid_amount", core::money_text{view.paid_amount});
  json.text("refunded_amount", core::money_text{view.refunded_amount});
  json.text("charged_back_amount", core::money_text{view.charged_back_amount});
  json.text("net_amount", core::money_text{view.net_amount});
  json.number("attempts", view.attempts);
  json.number("open_attempts", view.open_attempts);
  json.number("quarantined", view.quarantined);
  json.end_object();
}

std::string encode_event_value(const core::emission& emission, const core::subject_state& state,
                               std::string_view notification) {
  std::string value;
  value.reserve(notification.size() + 1024);
  json_writer json{value};
  json.begin_object();
  std::visit([&](const auto& what) { subject(json, emission, what); }, state.what);
  json.raw("notification", notification);
  json.end_object();
  return value;
}

}  // namespace sinyal::codec
