#pragma once
// Is a payment's notification possible at all? What is asked before the table is.

#include "broker/core/payment_table.hpp"

#include <optional>

namespace sinyal::core {

bool is_refund_word(payment_word word);
bool is_chargeback_word(payment_word word);

/// The column of the table. Of `none` there is none: do not ask.
payment_step step_of(const payment_fact& fact);

/// The amount that a fact with a status goes by: its own; of a document without one, what is known
/// of the attempt or of the order.
std::optional<money> amount_of(const payment_state& payment, const attempt& attempt,
                               const payment_fact& fact);

/// Status against code, fraud, amount, currency: the first that cannot be. `attempt` is empty when
/// it was never heard of.
std::optional<rejection> check(const payment_state& payment, const attempt& attempt,
                               const payment_fact& fact);

/// Records the amounts of a fact that passed the check. Before the attempt's status changes.
/// `binding`: the fact advances the attempt.
void adopt_amount(attempt& attempt, const payment_fact& fact, money amount, bool binding);

}  // namespace sinyal::core
