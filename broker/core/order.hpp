#pragma once
// What the attempts of one order come to. view_of() is declared with the state.

#include "broker/core/state.hpp"

namespace sinyal::core {

/// A refund or a chargeback implies that the money had been paid, published or not. Reversed and
/// voided count as no money.
bool took_money(attempt_status status);

/// Still to be paid or given up.
bool is_open(attempt_status status);

/// What of the attempt's money the merchant still has. Negative when more was charged back than
/// was left.
money net_of(const attempt& attempt);

}  // namespace sinyal::core
