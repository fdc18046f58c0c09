#pragma once
// One fact that is being applied to one attempt: what the parts of decide_payment() pass around.

#include "broker/core/decide_parts.hpp"
#include "broker/core/payment_table.hpp"

namespace sinyal::core {

struct payment_case {
  payment_state& payment;
  core::attempt& attempt;
  const payment_fact& fact;
  instant recorded_at;
  money amount;              // gross_amount as far as the fact tells
  payment_word word_before;  // the attempt's, before the fact
  attempt_status status_before;
  decision& result;
};

/// Takes the attempt where the transition leads, and publishes what it says. `back` is the refund
/// or chargeback that it is about.
void take(payment_case& at, const transition<attempt_status>& step,
          const given_back* back = nullptr);

/// Publishes one signal of the attempt, with all anomalies that apply.
void publish(payment_case& at, signal signal, std::optional<anomaly> flag,
             const given_back* back = nullptr);

/// Records what the fact tells of the attempt. `newest`: no later word is known, so that texts and
/// times are overwritten; otherwise they only fill what is unknown. True when something changed.
bool learn_details(attempt& attempt, const payment_fact& fact, bool newest);

/// What the merchant's document tells of the order. True when something changed.
bool learn_document(payment_state& payment, const payment_fact& fact);

/// Refund and chargeback statuses. May leave the attempt changed when it answers with a conflict:
/// the caller puts it back.
void give_back(payment_case& at);

}  // namespace sinyal::core
