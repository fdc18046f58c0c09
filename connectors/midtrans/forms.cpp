#include "connectors/midtrans/forms.hpp"

#include <algorithm>

namespace sinyal::midtrans {
namespace {

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

form signed_form(const notification& body) {
  if (body.has(field::order_id)) return form::payment;
  return body.has(field::account_id) ? form::account : form::payment;
}

form unsigned_form(const notification& body) {
  if (body.has(field::event_name) || body.object(field::subscription)) return form::wrapped;
  if (body.has(field::id) && (body.has(field::status) || body.has(field::schedule))) {
    return form::bare;
  }
  return body.has(field::order_id) ? form::payment : form::unknown;
}

}  // namespace

form form_of(const notification& body, codec::endpoint endpoint) {
  switch (endpoint) {
    case codec::endpoint::notifications:
      return signed_form(body);
    case codec::endpoint::recurring:
      return body.has(field::signature_key) ? signed_form(body) : unsigned_form(body);
    default:
      return form::document;
  }
}

bool is_id(std::string_view text, std::size_t bytes_max) {
  return !text.empty() && text.size() <= bytes_max &&
         std::none_of(text.begin(), text.end(), is_control);
}

std::string_view id_in(const std::optional<dom::element>& element) {
  if (!element || !element->is_string()) return {};
  const std::string_view text = element->get_string().value_unsafe();
  return is_id(text, id_bytes_max) ? text : std::string_view{};
}

std::string_view subscription_subject(const notification& body) {
  const auto inner = body.object(field::subscription);
  std::string_view id = inner ? id_in(last_of(*inner, "id")) : std::string_view{};
  if (id.empty()) id = id_in(body.at(field::id));
  return id.empty() ? unknown_subject : id;
}

}  // namespace sinyal::midtrans
