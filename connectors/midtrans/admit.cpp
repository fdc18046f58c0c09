// The door: is the body genuine, and what is it about?

#include "broker/core/money.hpp"
#include "connectors/midtrans/connector.hpp"
#include "connectors/midtrans/forms.hpp"

#include <array>

namespace sinyal::midtrans {
namespace {

using connectors::admission;
using connectors::admission_request;
using connectors::admitted_as;
using connectors::refusal;
using core::subject_kind;

admission refused(refusal why, std::string_view field, std::string_view what) {
  admission result;
  result.refused = why;
  result.detail.append(field).append(field.empty() ? "" : " ").append(what);
  return result;
}

admission admitted(admitted_as as, subject_kind kind, std::string_view id) {
  admission result;
  result.as = as;
  result.subjects.push_back({kind, std::string{id}});
  return result;
}

bool is_status_code(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return text.size() == 3 && text[0] >= '2' && text[0] <= '5' && is_digit(text[1]) &&
         is_digit(text[2]);
}

bool is_amount(std::string_view text) {
  return core::money::parse(text).has_value();
}
bool is_order_id(std::string_view text) {
  return is_id(text, order_id_bytes_max);
}
bool is_account_status(std::string_view text) {
  return is_id(text, text_bytes_max);
}

/// A field of the signed text, and its form.
struct signed_field {
  midtrans::field field;
  bool (*is_well_formed)(std::string_view);
  bool may_be_number;
};
// in the order in which they are hashed
constexpr std::array<signed_field, 3> payment_fields{{
    {field::order_id, is_order_id, false},
    {field::status_code, is_status_code, true},
    {field::gross_amount, is_amount, true},
}};
constexpr std::array<signed_field, 3> account_fields{{
    {field::account_id, is_order_id, false},
    {field::account_status, is_account_status, false},
    {field::status_code, is_status_code, true},
}};

/// Adds what a signed payment concerns beside its order. These ids are not signed, so one that
/// cannot be a subject's is no reason to refuse the payment.
void add_others(const notification& body, admission& result) {
  const auto add = [&result](subject_kind kind, std::string_view id) {
    if (!id.empty()) result.subjects.push_back({kind, std::string{id}});
  };
  add(subject_kind::subscription, id_in(body.at(field::subscription_id)));
  if (const auto metadata = body.object(field::metadata)) {
    add(subject_kind::invoice, id_in(last_of(*metadata, "midtrans_invoice_id")));
  }
}

admission admit_signed(const notification& body, bool account, const admission_request& request,
                       verifier& verifier) {
  const auto signature = body.at(field::signature_key);
  if (!signature && request.check_signature) {
    return refused(refusal::is_unsigned, "signature_key", "is missing");
  }
  std::array<std::string_view, 3> texts;
  const auto& fields = account ? account_fields : payment_fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string_view name = to_string(fields[i].field);
    const auto element = body.at(fields[i].field);
    if (!element) return refused(refusal::invalid_field, name, "is missing");
    const auto text = body.signed_text(fields[i].field);
    if (!text || (element->is_number() && !fields[i].may_be_number) ||
        !fields[i].is_well_formed(*text)) {
      return refused(refusal::invalid_field, name, "is ill-formed");
    }
    texts[i] = *text;
  }
  admission result = admitted(account ? admitted_as::account : admitted_as::notification,
                              account ? subject_kind::account : subject_kind::payment, texts[0]);
  if (request.check_signature) {
    std::string_view wanted;
    if (signature->get(wanted) != simdjson::SUCCESS || !is_signature(wanted)) {
      return refused(refusal::invalid_field, "signature_key", "is not 128 hex digits");
    }
    result.key_index = verifier.key_of(texts, wanted, request.server_keys);
    if (!result.key_index) return refused(refusal::bad_signature, "signature_key", "is wrong");
  }
  if (account) return result;
  if (texts[0].starts_with(ping_prefix)) {
    result.as = admitted_as::ping;
  } else {
    add_others(body, result);
  }
  return result;
}

/// Midtrans's API answers errors with 200 or with the code in the body alone. 407 is "expired": the
/// state of a payment, not an error.
bool is_api_error(const notification& body) {
  if (body.has(field::error_messages)) return true;
  const auto code = body.signed_text(field::status_code);
  if (!code || body.has(field::transaction_status)) return false;
  return is_status_code(*code) && (*code)[0] >= '4' && *code != "407";
}

/// Whether the field holds a text that is not empty.
bool says(const notification& body, field field) {
  const auto text = body.signed_text(field);
  return text && !text->empty();
}

admission admit_document(const notification& body, codec::endpoint endpoint) {
  const bool payment = endpoint == codec::endpoint::payments;
  const field first = payment ? field::order_id : field::id;
  const field second = payment ? field::id : field::order_id;
  const field named = body.has(first) ? first : second;
  const auto id = body.at(named);
  if (id) {
    const std::size_t bytes_max =
        payment || named == field::order_id ? order_id_bytes_max : id_bytes_max;
    std::string_view text;
    if (id->get(text) != simdjson::SUCCESS || !is_id(text, bytes_max)) {
      return refused(refusal::invalid_field, to_string(named), "is ill-formed");
    }
  }
  if (!id) return refused(refusal::unprocessable, "", "the document has neither id nor order_id");
  if (!payment && !says(body, field::status)) {
    return refused(refusal::unprocessable, "status", "is missing");
  }
  if (is_api_error(body)) return refused(refusal::unprocessable, "", "this is an error of the API");
  const auto order = body.signed_text(field::order_id);
  if (order && order == body.signed_text(field::transaction_id)) {
    return refused(refusal::unprocessable, "order_id", "is the transaction_id, not the order's");
  }
  const subject_kind kind = payment                                 ? subject_kind::payment
                            : endpoint == codec::endpoint::invoices ? subject_kind::invoice
                                                                    : subject_kind::subscription;
  return admitted(admitted_as::notification, kind, id->get_string().value_unsafe());
}

}  // namespace

admission connector::admit(const admission_request& request) {
  const notification* body = reader_.read(request.body, request.json_depth_max);
  if (body == nullptr) return refused(refusal::malformed_body, "", reader_.problem());
  switch (const form form = form_of(*body, request.endpoint)) {
    case form::payment:
    case form::account:
      return admit_signed(*body, form == form::account, request, verifier_);
    case form::document:
      return admit_document(*body, request.endpoint);
    default:
      break;
  }
  return admitted(admitted_as::notification, subject_kind::subscription,
                  subscription_subject(*body));
}

}  // namespace sinyal::midtrans
