#pragma once
// A fact as `sinyal explain` shows it.

#include "broker/core/fact.hpp"

#include <string>

namespace sinyal::cli {

/// One JSON object: `word` and every field that is known.
std::string fact_json(const core::any_fact& fact);

/// One line for a person: `settlement of 0f6c…: 150000.00 IDR, bank_transfer bca`.
std::string fact_line(const core::any_fact& fact);

}  // namespace sinyal::cli
