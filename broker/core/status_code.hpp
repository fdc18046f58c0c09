#pragma once
// The code that a notification signs against the status that it does not sign. It guards the
// direction in which money is claimed. Not for merchants' documents: Midtrans's API answers 407
// for expire and 200 for cancel.

#include "broker/core/fact.hpp"

#include <string_view>

namespace sinyal::core {

/// Whether a signed notification of this status may carry this code.
bool status_code_agrees(payment_word word, fraud fraud, std::string_view code);

/// The codes that agree, for a sentence: "200", "200 or 201", "neither 200 nor 201".
std::string_view expected_status_code(payment_word word, fraud fraud);

}  // namespace sinyal::core
