#pragma once
// What a body means, one function per kind of subject. What goes wrong is told to the reader.

#include "broker/core/fact.hpp"
#include "connectors/midtrans/fields.hpp"
#include "connectors/midtrans/forms.hpp"

namespace sinyal::midtrans {

core::payment_fact payment_of(const notification& body, bool document, field_reader& read);

/// What core checks of a payment before its table, for the copies of the same notification that
/// other subjects get: status and code agree, and no settlement has a fraud word against it.
void check_copy(const core::payment_fact& payment, field_reader& read);

/// What fraud_status says of the word. It counts with authorize, capture and settlement alone; with
/// these, what is none of its words is rejected.
core::fraud fraud_of(core::payment_word word, const value& fraud_status, field_reader& read);
/// Rejects a settlement that fraud_status speaks against.
void check_settlement(core::payment_word word, core::fraud fraud, field_reader& read);

core::invoice_fact invoice_of_document(const notification& body, field_reader& read);
core::invoice_fact invoice_of_payment(core::payment_fact payment);

/// The bare object, and the merchant's document.
core::subscription_fact subscription_of_object(const notification& body, field_reader& read);
core::subscription_fact subscription_of_charge(const notification& body, field_reader& read);
core::subscription_fact subscription_of_payment(core::payment_fact payment);

}  // namespace sinyal::midtrans
