#pragma once
// Where Midtrans takes a settlement back: Permata VA, Mandiri bill (echannel) and Indomaret.

#include "broker/core/fact.hpp"

namespace sinyal::core {

/// By the payment's type with its bank or store. `known` counts first; `told`, where given, says
/// what `known` does not.
bool on_reversal_channel(const payment_texts& known, const payment_texts* told = nullptr);

}  // namespace sinyal::core
