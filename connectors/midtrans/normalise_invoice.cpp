#include "connectors/midtrans/normalise.hpp"

#include <array>
#include <utility>

namespace sinyal::midtrans {
namespace {

using core::invoice_fact;
using core::invoice_text;
using core::invoice_word;
using core::payment_word;

struct status_row {
  std::string_view status;
  invoice_word word;
  std::string_view shown = status;  // in Midtrans's words
};
// Midtrans says pending and voided, django_midtrans sent and void.
constexpr std::array<status_row, 8> statuses{{
    {"draft", invoice_word::open},
    {"pending", invoice_word::open},
    {"sent", invoice_word::open, "pending"},
    {"overdue", invoice_word::overdue},
    {"paid", invoice_word::paid},
    {"expired", invoice_word::expired},
    {"voided", invoice_word::voided},
    {"void", invoice_word::voided, "voided"},
}};

void read_word(const notification& body, field_reader& read, invoice_fact& fact) {
  fact.status = word_of(body.signed_text(field::status).value_or(""));
  if (fact.status.empty()) return read.reject(core::reason::missing_field, "status is missing");
  for (const status_row& row : statuses) {
    if (row.status != fact.status) continue;
    fact.word = row.word;
    fact.status = row.shown;
    return;
  }
  read.reject(core::reason::unknown_status,
              "the invoice's status is \"" + shown(fact.status) + "\", which is not known");
}

}  // namespace

invoice_fact invoice_of_document(const notification& body, field_reader& read) {
  invoice_fact fact;
  read_word(body, read, fact);
  const bool named = body.has(field::id);
  fact.id = named ? read.id("id", body.at(field::id))
                  : std::string{body.signed_text(field::order_id).value_or("")};
  if (fact.id.empty()) read.reject(core::reason::missing_field, "id is missing");
  fact.texts.set(invoice_text::invoice_number,
                 read.id("invoice_number", body.at(field::invoice_number)));
  fact.texts.set(invoice_text::order_id, read.order_id("order_id", body.at(field::order_id)));
  fact.texts.set(invoice_text::transaction_id,
                 read.id("transaction_id", body.at(field::transaction_id)));
  const auto details = body.object(field::customer_details);
  const customer person = read_customer(read, details);
  std::string name{read.text("customer_details.name", in(details, "name"))};
  if (name.empty()) {
    name = person.first_name;
    if (!person.last_name.empty()) name.append(name.empty() ? "" : " ").append(person.last_name);
  }
  fact.texts.set(invoice_text::customer_name, name);
  fact.texts.set(invoice_text::customer_email, person.email);
  fact.texts.set(invoice_text::customer_phone, person.phone);
  fact.amount = read.amount("gross_amount", body.at(field::gross_amount));
  fact.currency = read.text("currency", body.at(field::currency));
  fact.due_date = read.time(body.at(field::due_date));
  fact.paid_at = read.time(body.at(field::paid_date));
  return fact;
}

invoice_fact invoice_of_payment(core::payment_fact payment) {
  invoice_fact fact;
  fact.id = payment.texts[core::payment_text::midtrans_invoice_id];
  const bool captured =
      payment.word == payment_word::capture && payment.fraud == core::fraud::accept;
  fact.word = payment.word == payment_word::settlement || captured ? invoice_word::payment_settled
              : payment.word == payment_word::expire               ? invoice_word::payment_expired
                                                                   : invoice_word::payment_other;
  fact.texts.set(invoice_text::order_id, payment.order_id);
  fact.texts.set(invoice_text::transaction_id, payment.transaction_id);
  fact.amount = payment.gross_amount;
  fact.original_amount = payment.original_amount;
  fact.currency = std::move(payment.currency);
  if (fact.word == invoice_word::payment_settled) {
    fact.paid_at = payment.settlement_time ? payment.settlement_time : payment.transaction_time;
  }
  return fact;
}

}  // namespace sinyal::midtrans
