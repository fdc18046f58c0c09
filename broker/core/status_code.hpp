#pragma once
// The code that a notification signs against the status that it does not sign.

#include "broker/core/fact.hpp"

#include <string_view>

namespace sinyal::core {

/// Whether a signed notification of this status may carry this code (state-machine.md, section 1):
/// it guards the direction in which money is claimed. Not for merchants' documents.
bool status_code_agrees(payment_word word, fraud fraud, std::string_view code);

}  // namespace sinyal::core
