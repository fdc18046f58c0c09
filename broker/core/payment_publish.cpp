#include "broker/core/order.hpp"
#include "broker/core/payment_case.hpp"

#include <algorithm>

namespace sinyal::core {
namespace {

/// What the merchant asked for, without the fee that Midtrans adds for the customer to pay.
const std::optional<money>& asked_of(const attempt& attempt) {
  return attempt.original_amount ? attempt.original_amount : attempt.gross_amount;
}

bool amount_differs(const payment_case& at, signal signal) {
  if (signal != signal::payment_received && signal != signal::payment_authorized &&
      signal != signal::payment_settled) {
    return false;
  }
  const auto& asked = asked_of(at.attempt);
  if (!asked) return false;
  if (at.payment.document_amount && *asked != *at.payment.document_amount) return true;
  // transaction_id is not signed: money for an order whose other attempts were for another amount
  // may be a body with digits shifted into its order_id
  return signal == signal::payment_settled &&
         std::any_of(
             at.payment.attempts.begin(), at.payment.attempts.end(), [&](const attempt& each) {
               return &each != &at.attempt && (is_open(each.status) || took_money(each.status)) &&
                      asked_of(each) && *asked_of(each) != *asked;
             });
}

/// Which other attempts' money the merchant has, if it has any at all.
std::vector<std::string> other_payers(const payment_case& at) {
  std::vector<std::string> ids;
  money net;
  for (const attempt& each : at.payment.attempts) {
    if (&each == &at.attempt) continue;
    const money has = net_of(each);
    net += has;
    if (has > money{}) ids.push_back(each.transaction_id);
  }
  if (net <= money{}) ids.clear();
  return ids;
}

/// ce_time: when it happened, as far as Midtrans tells; else when its notification was received.
instant time_of(const payment_case& at, signal signal, const given_back* back) {
  const payment_fact& fact = at.fact;
  const instant otherwise = at.recorded_at;
  switch (signal) {
    case signal::payment_received:
    case signal::payment_authorized:
      return fact.transaction_time.value_or(otherwise);
    case signal::payment_settled:
      return (fact.word == payment_word::capture ? fact.transaction_time : fact.settlement_time)
          .value_or(otherwise);
    case signal::payment_expired:
      return fact.expiry_time && *fact.expiry_time <= otherwise ? *fact.expiry_time : otherwise;
    case signal::payment_refunded:
      return back != nullptr ? back->created_at.value_or(otherwise) : otherwise;
    case signal::payment_refund_confirmed:
      return back != nullptr ? back->confirmed_at.value_or(otherwise) : otherwise;
    default:
      return otherwise;
  }
}

/// What had gone back with this entry, whatever has since: its confirmation says the same of it.
money given_back_until(const attempt& attempt, const given_back& entry) {
  money total = attempt.charged_back();
  for (const given_back& each : attempt.refunds) {
    total += each.amount.value_or(money{});
    if (each.identity == entry.identity) break;
  }
  return total;
}

void flag_anomalies(const payment_case& at, std::optional<anomaly> flag, emission& event) {
  auto& flags = event.anomalies;
  if (flag) flags.push_back(*flag);
  if (event.signal == signal::payment_settled) {
    event.other_transaction_ids = other_payers(at);
    if (!event.other_transaction_ids.empty()) flags.push_back(anomaly::paid_twice);
  }
  if (amount_differs(at, event.signal)) flags.push_back(anomaly::amount_differs);
  if (!at.fact.document && at.fact.order_id == at.attempt.transaction_id) {
    flags.push_back(anomaly::order_unknown);
  }
  if (event.back && !at.attempt.refunds.empty() && !at.attempt.chargebacks.empty()) {
    flags.push_back(anomaly::refund_and_chargeback);
  }
  if (flags.size() > 1) {
    std::sort(flags.begin(), flags.end());
    flags.erase(std::unique(flags.begin(), flags.end()), flags.end());
  }
}

}  // namespace

void publish(payment_case& at, signal signal, std::optional<anomaly> flag, const given_back* back) {
  emission& event = at.result.emissions.emplace_back();
  event.signal = signal;
  event.time = time_of(at, signal, back);
  event.transaction_id = at.attempt.transaction_id;
  if (back != nullptr) {
    event.identity = back->identity;
    event.back = *back;
    event.back_is_full = given_back_until(at.attempt, *back) >= at.attempt.gross_amount;
  } else {
    event.identity = how_manieth(at.attempt.published, signal);
  }
  if (at.word_before != payment_word::none && at.word_before != at.attempt.word) {
    event.previous_status = to_string(at.word_before);
  }
  flag_anomalies(at, flag, event);
}

void take(payment_case& at, const transition<attempt_status>& step, const given_back* back) {
  at.attempt.status = *step.to;
  // once per attempt: pending, authorize and then a challenged capture would tell it twice
  const auto received = static_cast<std::size_t>(signal::payment_received);
  if (step.publishes == signal::payment_received && at.attempt.published[received] > 0) return;
  if (step.publishes) publish(at, *step.publishes, step.flag, back);
}

bool learn_details(attempt& attempt, const payment_fact& fact, bool newest) {
  bool changed = learn_texts(attempt.texts, fact.texts, newest);
  changed |= learn(attempt.original_amount, fact.original_amount, newest);
  changed |= learn(attempt.customer_imposed_payment_fee, fact.customer_imposed_payment_fee, newest);
  changed |= learn(attempt.transaction_time, fact.transaction_time, newest);
  changed |= learn(attempt.settlement_time, fact.settlement_time, newest);
  changed |= learn(attempt.expiry_time, fact.expiry_time, newest);
  // a document that names no currency does not say that it is rupiah
  if (attempt.currency.empty() && !(fact.document && fact.currency.empty())) {
    attempt.currency = currency_or_default(fact.currency);
  }
  return changed;
}

bool learn_document(payment_state& payment, const payment_fact& fact) {
  using enum payment_text;
  bool changed = learn(payment.document_amount, fact.gross_amount, true);
  for (const payment_text field : {customer_first_name, customer_last_name, customer_email,
                                   customer_phone, custom_field1, custom_field2, custom_field3}) {
    changed |= payment.document.learn(field, fact.texts[field]);
  }
  return changed;
}

}  // namespace sinyal::core
