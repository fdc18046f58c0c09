#include "broker/core/status_code.hpp"
#include "connectors/midtrans/normalise.hpp"

#include <array>

namespace sinyal::midtrans {
namespace {

using core::payment_fact;
using core::payment_text;
using core::payment_word;
using core::reason;

bool gives_back(payment_word word) {
  return word == payment_word::refund || word == payment_word::partial_refund ||
         word == payment_word::chargeback || word == payment_word::partial_chargeback;
}

struct text_row {
  payment_text to;
  field from;
};
// what is taken as it stands
constexpr std::array<text_row, 13> plain_texts{{
    {payment_text::payment_type, field::payment_type},
    {payment_text::status_message, field::status_message},
    {payment_text::bank, field::bank},
    {payment_text::biller_code, field::biller_code},
    {payment_text::bill_key, field::bill_key},
    {payment_text::payment_code, field::payment_code},
    {payment_text::store, field::store},
    {payment_text::masked_card, field::masked_card},
    {payment_text::acquirer, field::acquirer},
    {payment_text::issuer, field::issuer},
    {payment_text::custom_field1, field::custom_field1},
    {payment_text::custom_field2, field::custom_field2},
    {payment_text::custom_field3, field::custom_field3},
}};

void read_account_number(const notification& body, field_reader& read, payment_fact& fact) {
  if (body.has(field::permata_va_number)) {
    fact.texts.set(payment_text::va_number,
                   read.text("permata_va_number", body.at(field::permata_va_number)));
    fact.texts.set(payment_text::bank, "permata");
    return;
  }
  const auto list = body.at(field::va_numbers);
  dom::array numbers;
  if (!list || list->get(numbers) != simdjson::SUCCESS || numbers.begin() == numbers.end()) return;
  dom::object first;
  if ((*numbers.begin()).get(first) != simdjson::SUCCESS) return;
  fact.texts.set(payment_text::va_number,
                 read.text("va_numbers[0].va_number", last_of(first, "va_number")));
  const std::string_view bank = read.text("va_numbers[0].bank", last_of(first, "bank"));
  if (!bank.empty()) fact.texts.set(payment_text::bank, bank);
}

void read_texts(const notification& body, field_reader& read, payment_fact& fact) {
  for (const text_row& row : plain_texts) {
    if (body.has(row.from)) {
      fact.texts.set(row.to, read.text(to_string(row.from), body.at(row.from)));
    }
  }
  fact.texts.set(payment_text::status_code, body.signed_text(field::status_code).value_or(""));
  read_account_number(body, read, fact);
  if (const auto details = body.object(field::customer_details)) {
    const customer person = read_customer(read, details);
    fact.texts.set(payment_text::customer_first_name, person.first_name);
    fact.texts.set(payment_text::customer_last_name, person.last_name);
    fact.texts.set(payment_text::customer_email, person.email);
    fact.texts.set(payment_text::customer_phone, person.phone);
  }
  fact.texts.set(payment_text::payment_link_id,
                 read.id("payment_link_id", body.at(field::payment_link_id)));
  fact.texts.set(payment_text::subscription_id,
                 read.id("subscription_id", body.at(field::subscription_id)));
  fact.texts.set(payment_text::midtrans_invoice_id,
                 read.id("metadata.midtrans_invoice_id",
                         in(body.object(field::metadata), "midtrans_invoice_id")));
}

/// transaction_status and fraud_status.
void read_words(const notification& body, field_reader& read, payment_fact& fact) {
  const std::string fraud = word_of(body.signed_text(field::fraud_status).value_or(""));
  fact.texts.set(payment_text::fraud_status, fraud);
  if (fraud.size() > text_bytes_max) {
    read.reject(reason::bad_field, "fraud_status is longer than any word of Midtrans's");
  }
  const std::string status = word_of(body.signed_text(field::transaction_status).value_or(""));
  if (status.empty()) {
    if (!fact.document) {
      read.reject(reason::missing_field,
                  "transaction_status is missing: nothing says what became "
                  "of transaction " +
                      fact.transaction_id);
    }
    return;
  }
  const auto word = core::parse_payment_word(status);
  if (!word) {
    read.reject(reason::unknown_status,
                "transaction_status is \"" + shown(status) + "\", which is not known");
    return;
  }
  fact.word = *word;
  fact.fraud = fraud_of(*word, body.at(field::fraud_status), read);
}

void read_amounts(const notification& body, field_reader& read, payment_fact& fact) {
  if (const auto element = body.at(field::gross_amount)) {
    // the token as signed, so that no parser's idea of a number comes between
    const auto text = body.signed_text(field::gross_amount);
    fact.gross_amount = text ? core::money::parse(*text) : std::nullopt;
    if (!fact.gross_amount) fact.gross_amount = read.amount("gross_amount", element);
  } else if (fact.document) {
    fact.gross_amount = read.amount("transaction_details.gross_amount",
                                    in(body.object(field::transaction_details), "gross_amount"));
  } else {
    read.reject(reason::missing_field, "gross_amount is missing");
  }
  fact.currency = read.text("currency", body.at(field::currency));
  auto info = object_in(object_in(body.object(field::metadata), "extra_info"), "gross_amount_info");
  if (!info) info = object_in(body.object(field::extra_info), "gross_amount_info");
  // not signed, and only shown: no reason to hold a payment back
  fact.original_amount = read.shown_amount(in(info, "original_amount"));
  fact.customer_imposed_payment_fee = read.shown_amount(in(info, "customer_imposed_payment_fee"));
}

core::money_back read_refund(dom::object entry, field_reader& read) {
  core::money_back refund;
  refund.key = read.id("refund_key", last_of(entry, "refund_key"));
  refund.uuid = read.id("refund_chargeback_uuid", last_of(entry, "refund_chargeback_uuid"));
  refund.id = read.id("refund_chargeback_id", last_of(entry, "refund_chargeback_id"));
  refund.amount = read.amount("refund_amount", last_of(entry, "refund_amount"));
  refund.reason = read.text("reason", last_of(entry, "reason"));
  refund.created_at = read.time(last_of(entry, "created_at"));
  const value confirmed = last_of(entry, "bank_confirmed_at");
  std::string_view text;
  refund.confirmed = confirmed && confirmed->get(text) == simdjson::SUCCESS && !text.empty();
  refund.confirmed_at = read.time(confirmed);
  return refund;
}

void read_refunds(const notification& body, field_reader& read, payment_fact& fact) {
  fact.refund_amount = read.amount("refund_amount", body.at(field::refund_amount));
  fact.refund_key = read.id("refund_key", body.at(field::refund_key));
  const auto list = body.at(field::refunds);
  dom::array entries;
  if (!list || list->get(entries) != simdjson::SUCCESS) return;
  for (const dom::element entry : entries) {
    dom::object object;
    if (entry.get(object) != simdjson::SUCCESS) {
      return read.reject(reason::bad_field, "an entry of refunds is not an object");
    }
    if (fact.refunds.size() == refunds_max) {
      return read.reject(reason::bad_field, "refunds has more than 256 entries");
    }
    fact.refunds.push_back(read_refund(object, read));
  }
  fact.listed = !fact.refunds.empty();
}

}  // namespace

core::payment_fact payment_of(const notification& body, bool document, field_reader& read) {
  payment_fact fact;
  fact.document = document;
  const value order = body.at(field::order_id);
  std::string_view order_id;
  if (const value from = order || !document ? order : body.at(field::id);
      !from || from->get(order_id) != simdjson::SUCCESS || order_id.empty()) {
    read.reject(reason::missing_field, "order_id is missing");
  }
  fact.order_id = order_id;
  fact.transaction_id = read.id("transaction_id", body.at(field::transaction_id));
  if (fact.transaction_id.empty() && !document) {
    read.reject(reason::missing_field,
                "transaction_id is missing: nothing says which attempt of "
                "the order it is about");
  }
  read_words(body, read, fact);
  read_texts(body, read, fact);
  read_amounts(body, read, fact);
  fact.transaction_time = read.time(body.at(field::transaction_time));
  fact.settlement_time = read.time(body.at(field::settlement_time));
  fact.expiry_time = read.time(body.at(field::expiry_time));
  if (gives_back(fact.word)) read_refunds(body, read, fact);
  return fact;
}

void check_copy(const core::payment_fact& payment, field_reader& read) {
  const std::string_view code = payment.texts[payment_text::status_code];
  if (!core::status_code_agrees(payment.word, payment.fraud, code)) {
    read.reject(
        reason::status_code_mismatch,
        "transaction_status " +
            std::string{core::to_string(payment.word)}.append(" has status_code ").append(code));
  }
  check_settlement(payment.word, payment.fraud, read);
}

core::fraud fraud_of(payment_word word, const value& fraud_status, field_reader& read) {
  const bool counts = word == payment_word::authorize || word == payment_word::capture ||
                      word == payment_word::settlement;
  if (!fraud_status || !counts) return core::fraud::accept;
  std::string_view text;
  const bool is_text = fraud_status->get(text) == simdjson::SUCCESS;
  const std::string told = word_of(text);
  if (told == "challenge") return core::fraud::challenge;
  if (told == "deny" || told == "denied") return core::fraud::deny;
  if (!is_text || (!told.empty() && told != "accept")) {
    read.reject(reason::bad_field,
                std::string{"fraud_status of "}
                    .append(core::to_string(word))
                    .append(is_text ? " is \"" + shown(told) + '"' : " is no text")
                    .append(", not accept, challenge or deny"));
  }
  return core::fraud::accept;
}

void check_settlement(payment_word word, core::fraud fraud, field_reader& read) {
  if (word != payment_word::settlement || fraud == core::fraud::accept) return;
  read.reject(reason::impossible_transition,
              std::string{"transaction_status settlement with fraud_status "}.append(
                  fraud == core::fraud::deny ? "deny" : "challenge"));
}

}  // namespace sinyal::midtrans
