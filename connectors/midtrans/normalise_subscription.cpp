#include "connectors/midtrans/normalise.hpp"

#include <utility>

namespace sinyal::midtrans {
namespace {

using core::payment_word;
using core::reason;
using core::subscription_fact;
using core::subscription_text;
using core::subscription_word;
using object = std::optional<dom::object>;

/// What the payment of a charge says of the charge.
subscription_word charge_word(payment_word word, core::fraud fraud) {
  switch (word) {
    case payment_word::settlement:
      return subscription_word::charged;
    case payment_word::capture:
    case payment_word::authorize:
      if (fraud == core::fraud::deny) return subscription_word::charge_failed;
      return word == payment_word::capture && fraud == core::fraud::accept
                 ? subscription_word::charged
                 : subscription_word::charge_pending;
    case payment_word::deny:
    case payment_word::cancel:
    case payment_word::expire:
    case payment_word::failure:
      return subscription_word::charge_failed;
    default:
      return subscription_word::charge_pending;
  }
}

void read_schedule(const object& schedule, field_reader& read, subscription_fact& fact) {
  fact.texts.set(subscription_text::interval_unit,
                 read.text("schedule.interval_unit", in(schedule, "interval_unit")));
  fact.interval = read.count("schedule.interval", in(schedule, "interval"));
  fact.max_interval = read.count("schedule.max_interval", in(schedule, "max_interval"));
  fact.current_interval = read.count("schedule.current_interval", in(schedule, "current_interval"));
  fact.start_time = read.time(in(schedule, "start_time"));
  const value next = in(schedule, "next_execution_at");
  fact.next_execution_at = read.time(next);
  fact.next_execution_text = read.text("schedule.next_execution_at", next);
}

/// `get` is how to find a value of the subscription by its name.
template <class Get>
subscription_fact read_subscription(field_reader& read, const object& schedule,
                                    const object& details, Get get) {
  subscription_fact fact;
  const value status = get("status");
  fact.status = word_of(read.text("status", status));
  fact.texts.set(subscription_text::name, read.text("name", get("name")));
  fact.texts.set(subscription_text::payment_type, read.text("payment_type", get("payment_type")));
  fact.amount = read.amount("amount", get("amount"));
  fact.currency = read.text("currency", get("currency"));
  read_schedule(schedule, read, fact);
  const customer person = read_customer(read, details);
  fact.texts.set(subscription_text::customer_first_name, person.first_name);
  fact.texts.set(subscription_text::customer_last_name, person.last_name);
  fact.texts.set(subscription_text::customer_email, person.email);
  fact.texts.set(subscription_text::customer_phone, person.phone);
  return fact;
}

void judge_charge(const object& transaction, field_reader& read, subscription_fact& fact) {
  const std::string status =
      word_of(read.text("transaction.transaction_status", in(transaction, "transaction_status")));
  fact.charge.transaction_status = status;
  const std::string& code = fact.charge.status_code;
  if (code.empty()) return read.reject(reason::missing_field, "transaction.status_code is missing");
  if (status.empty()) {
    // a charge that failed has no transaction: its code tells why
    fact.word = subscription_word::charge_failed;
    if (code[0] == '2') {
      read.reject(reason::missing_field,
                  "transaction_status is missing, and status_code is " + shown(code));
    }
    return;
  }
  const auto word = core::parse_payment_word(status);
  if (!word) {
    return read.reject(reason::unknown_status,
                       "transaction_status is \"" + shown(status) + "\", which is not known");
  }
  const core::fraud fraud = fraud_of(*word, in(transaction, "fraud_status"), read);
  check_settlement(*word, fraud, read);
  fact.word = charge_word(*word, fraud);
  if (fact.word == subscription_word::charged && code != "200") {
    read.reject(reason::status_code_mismatch, "transaction_status " + status + " has status_code " +
                                                  shown(code) + ", expected 200");
  }
}

}  // namespace

subscription_fact subscription_of_object(const notification& body, field_reader& read) {
  const auto get = [&body](std::string_view name) {
    return name == "status"         ? body.at(field::status)
           : name == "name"         ? body.at(field::name)
           : name == "payment_type" ? body.at(field::payment_type)
           : name == "amount"       ? body.at(field::amount)
                                    : body.at(field::currency);
  };
  subscription_fact fact = read_subscription(read, body.object(field::schedule),
                                             body.object(field::customer_details), get);
  fact.id = read.id("id", body.at(field::id));
  if (fact.id.empty()) fact.id = body.signed_text(field::order_id).value_or("");
  if (fact.id.empty()) read.reject(reason::missing_field, "id is missing");
  if (fact.status == "active") {
    fact.word = subscription_word::active;
  } else if (fact.status == "inactive" || fact.status == "disabled") {
    fact.word = subscription_word::inactive;
  } else if (fact.status == "cancelled") {
    fact.word = subscription_word::cancelled;
  } else if (fact.status.empty()) {
    read.reject(reason::missing_field, "status is missing");
  } else {
    read.reject(reason::unknown_status,
                "the subscription's status is \"" + shown(fact.status) + "\", which is not known");
  }
  return fact;
}

subscription_fact subscription_of_charge(const notification& body, field_reader& read) {
  const std::string event = word_of(read.text("event_name", body.at(field::event_name)));
  if (event.empty()) {
    read.reject(reason::missing_field, "event_name is missing");
  } else if (event != "subscription.charge") {
    read.reject(reason::unknown_event,
                "event_name is \"" + shown(event) + "\", which is not known");
  }
  const object inner = body.object(field::subscription);
  const object transaction = body.object(field::transaction);
  const auto get = [&inner](std::string_view name) { return in(inner, name); };
  subscription_fact fact = read_subscription(read, object_in(inner, "schedule"),
                                             object_in(inner, "customer_details"), get);
  fact.id = read.id("subscription.id", in(inner, "id"));
  if (fact.id.empty()) read.reject(reason::missing_field, "subscription.id is missing");
  fact.charge.transaction_id =
      read.id("transaction.transaction_id", in(transaction, "transaction_id"));
  fact.charge.order_id = read.order_id("transaction.order_id", in(transaction, "order_id"));
  fact.charge.status_code = read.text("transaction.status_code", in(transaction, "status_code"));
  fact.charge.status_message =
      read.text("transaction.status_message", in(transaction, "status_message"));
  fact.charge.amount = read.amount("transaction.gross_amount", in(transaction, "gross_amount"));
  if (!fact.charge.amount) fact.charge.amount = fact.amount;
  judge_charge(transaction, read, fact);
  if (fact.word == subscription_word::charged && fact.charge.transaction_id.empty()) {
    read.reject(reason::missing_field, "transaction.transaction_id is missing");
  }
  return fact;
}

subscription_fact subscription_of_payment(core::payment_fact payment) {
  using core::payment_text;
  subscription_fact fact;
  fact.word = charge_word(payment.word, payment.fraud);
  fact.id = payment.texts[payment_text::subscription_id];
  fact.charge.transaction_id = std::move(payment.transaction_id);
  fact.charge.order_id = std::move(payment.order_id);
  fact.charge.transaction_status = core::to_string(payment.word);
  fact.charge.status_code = payment.texts[payment_text::status_code];
  fact.charge.status_message = payment.texts[payment_text::status_message];
  fact.charge.amount = payment.gross_amount;
  return fact;
}

}  // namespace sinyal::midtrans
