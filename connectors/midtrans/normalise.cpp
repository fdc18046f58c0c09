#include "connectors/midtrans/normalise.hpp"

#include "connectors/midtrans/connector.hpp"

#include <string>
#include <utility>

namespace sinyal::midtrans {
namespace {

using connectors::ignored;
using connectors::normalised;
using core::subject_kind;

/// Bodies were admitted with the configured depth, which may have been changed since.
constexpr std::size_t depth_max_when_read = 1024;

normalised payment_copy(const notification& body, subject_kind kind, field_reader& read) {
  core::payment_fact payment = payment_of(body, false, read);
  if (kind == subject_kind::payment) return payment;
  check_copy(payment, read);
  if (kind == subject_kind::invoice) return invoice_of_payment(std::move(payment));
  return subscription_of_payment(std::move(payment));
}

normalised document_fact(const notification& body, codec::endpoint endpoint, field_reader& read) {
  if (endpoint == codec::endpoint::payments) return payment_of(body, true, read);
  if (endpoint == codec::endpoint::invoices) return invoice_of_document(body, read);
  return subscription_of_object(body, read);
}

/// On /recurring the key of the record is of the id as the door saw it: a fact of another would
/// join a history that is not its own.
core::subscription_fact keyed(core::subscription_fact fact, const notification& body,
                              field_reader& read) {
  if (!fact.id.empty() && fact.id != subscription_subject(body)) {
    read.reject(core::reason::bad_field,
                "the subscription's id is no text of 1 to 128 bytes without control characters");
  }
  return fact;
}

normalised fact_of(const notification& body, form form, const codec::raw_headers& headers,
                   field_reader& read) {
  switch (form) {
    case form::payment:
      return payment_copy(body, headers.kind, read);
    case form::document:
      return document_fact(body, headers.endpoint, read);
    case form::wrapped:
      return keyed(subscription_of_charge(body, read), body, read);
    case form::bare:
      return keyed(subscription_of_object(body, read), body, read);
    default:
      read.reject(core::reason::missing_field,
                  "neither event_name nor a subscription's id and status is there");
      return core::subscription_fact{};
  }
}

}  // namespace

normalised connector::normalise(const codec::raw_headers& headers, std::string_view body) {
  if (headers.kind == subject_kind::account) return ignored::account;
  const notification* parsed = reader_.read(body, depth_max_when_read);
  if (parsed == nullptr) {
    return core::rejection{core::reason::unsupported_record, std::string{reader_.problem()}};
  }
  const form form = form_of(*parsed, headers.endpoint);
  if (form == form::account) return ignored::account;
  if (form == form::payment &&
      parsed->signed_text(field::order_id).value_or("").starts_with(ping_prefix)) {
    return ignored::ping;
  }
  field_reader read;
  normalised meaning = fact_of(*parsed, form, headers, read);
  if (read.why()) meaning = *read.why();
  return meaning;
}

}  // namespace sinyal::midtrans
