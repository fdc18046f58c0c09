#include "subject_fields.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <type_traits>
#include <variant>

namespace sinyal::detail {
namespace {

using simdjson::dom::element;

/// Where a field goes. One that has no optional type must be there.
template <class Owner>
using member =
    std::variant<std::string Owner::*, text Owner::*, money Owner::*, std::optional<money> Owner::*,
                 std::optional<time_point> Owner::*, std::int64_t Owner::*,
                 std::optional<std::int64_t> Owner::*, bool Owner::*,
                 std::vector<std::string> Owner::*, order_status Owner::*, order Owner::*>;

template <class Owner>
struct field {
  std::string_view name;
  member<Owner> to;
};

// In the order in which the broker writes them, so that each is found where the last one ended.

constexpr std::array order_fields{
    field<order>{"status", &order::status},
    field<order>{"paid_amount", &order::paid_amount},
    field<order>{"refunded_amount", &order::refunded_amount},
    field<order>{"charged_back_amount", &order::charged_back_amount},
    field<order>{"net_amount", &order::net_amount},
    field<order>{"attempts", &order::attempts},
    field<order>{"open_attempts", &order::open_attempts},
    field<order>{"quarantined", &order::quarantined},
};

constexpr std::array payment_fields{
    field<payment>{"order_id", &payment::order_id},
    field<payment>{"transaction_id", &payment::transaction_id},
    field<payment>{"payment_type", &payment::payment_type},
    field<payment>{"transaction_status", &payment::transaction_status},
    field<payment>{"fraud_status", &payment::fraud_status},
    field<payment>{"status_code", &payment::status_code},
    field<payment>{"status_message", &payment::status_message},
    field<payment>{"gross_amount", &payment::gross_amount},
    field<payment>{"currency", &payment::currency},
    field<payment>{"bank", &payment::bank},
    field<payment>{"va_number", &payment::va_number},
    field<payment>{"biller_code", &payment::biller_code},
    field<payment>{"bill_key", &payment::bill_key},
    field<payment>{"payment_code", &payment::payment_code},
    field<payment>{"store", &payment::store},
    field<payment>{"masked_card", &payment::masked_card},
    field<payment>{"acquirer", &payment::acquirer},
    field<payment>{"issuer", &payment::issuer},
    field<payment>{"customer_first_name", &payment::customer_first_name},
    field<payment>{"customer_last_name", &payment::customer_last_name},
    field<payment>{"customer_email", &payment::customer_email},
    field<payment>{"customer_phone", &payment::customer_phone},
    field<payment>{"transaction_time", &payment::transaction_time},
    field<payment>{"settlement_time", &payment::settlement_time},
    field<payment>{"expiry_time", &payment::expiry_time},
    field<payment>{"reversible_until", &payment::reversible_until},
    field<payment>{"refund_amount", &payment::refund_amount},
    field<payment>{"refund_key", &payment::refund_key},
    field<payment>{"original_amount", &payment::original_amount},
    field<payment>{"customer_imposed_payment_fee", &payment::customer_imposed_payment_fee},
    field<payment>{"authorized_amount", &payment::authorized_amount},
    field<payment>{"custom_field1", &payment::custom_field1},
    field<payment>{"custom_field2", &payment::custom_field2},
    field<payment>{"custom_field3", &payment::custom_field3},
    field<payment>{"payment_link_id", &payment::payment_link_id},
    field<payment>{"subscription_id", &payment::subscription_id},
    field<payment>{"midtrans_invoice_id", &payment::midtrans_invoice_id},
    field<payment>{"previous_status", &payment::previous_status},
    field<payment>{"other_transaction_ids", &payment::other_transaction_ids},
    field<payment>{"order", &payment::order},
};

constexpr std::array reversal_fields{
    field<reversal>{"key", &reversal::key},
    field<reversal>{"id", &reversal::id},
    field<reversal>{"amount", &reversal::amount},
    field<reversal>{"reason", &reversal::reason},
    field<reversal>{"created_at", &reversal::created_at},
    field<reversal>{"confirmed_at", &reversal::confirmed_at},
    field<reversal>{"full", &reversal::full},
};

constexpr std::array invoice_fields{
    field<invoice>{"id", &invoice::id},
    field<invoice>{"invoice_number", &invoice::invoice_number},
    field<invoice>{"order_id", &invoice::order_id},
    field<invoice>{"status", &invoice::status},
    field<invoice>{"total_amount", &invoice::total_amount},
    field<invoice>{"currency", &invoice::currency},
    field<invoice>{"customer_name", &invoice::customer_name},
    field<invoice>{"customer_email", &invoice::customer_email},
    field<invoice>{"customer_phone", &invoice::customer_phone},
    field<invoice>{"due_date", &invoice::due_date},
    field<invoice>{"paid_at", &invoice::paid_at},
    field<invoice>{"transaction_id", &invoice::transaction_id},
};

constexpr std::array subscription_fields{
    field<subscription>{"id", &subscription::id},
    field<subscription>{"name", &subscription::name},
    field<subscription>{"payment_type", &subscription::payment_type},
    field<subscription>{"amount", &subscription::amount},
    field<subscription>{"currency", &subscription::currency},
    field<subscription>{"status", &subscription::status},
    field<subscription>{"interval", &subscription::interval},
    field<subscription>{"interval_unit", &subscription::interval_unit},
    field<subscription>{"max_interval", &subscription::max_interval},
    field<subscription>{"current_interval", &subscription::current_interval},
    field<subscription>{"start_time", &subscription::start_time},
    field<subscription>{"next_execution_at", &subscription::next_execution_at},
    field<subscription>{"customer_first_name", &subscription::customer_first_name},
    field<subscription>{"customer_last_name", &subscription::customer_last_name},
    field<subscription>{"customer_email", &subscription::customer_email},
    field<subscription>{"customer_phone", &subscription::customer_phone},
};

constexpr std::array charge_fields{
    field<charge>{"transaction_id", &charge::transaction_id},
    field<charge>{"order_id", &charge::order_id},
    field<charge>{"transaction_status", &charge::transaction_status},
    field<charge>{"status_code", &charge::status_code},
    field<charge>{"status_message", &charge::status_message},
    field<charge>{"amount", &charge::amount},
};

constexpr std::array<std::pair<std::string_view, order_status>, 6> order_words{{
    {"open", order_status::open},
    {"paid", order_status::paid},
    {"part_refunded", order_status::part_refunded},
    {"refunded", order_status::refunded},
    {"charged_back", order_status::charged_back},
    {"unpaid", order_status::unpaid},
}};

template <class Type>
constexpr bool is_optional = false;
template <class Type>
constexpr bool is_optional<std::optional<Type>> = true;

/// Makes a field empty that is not told. Whether it may be.
template <class Owner>
bool make_empty(const field<Owner>& field, Owner& owner) {
  return std::visit(
      [&]<class Value>(Value Owner::*member) {
        constexpr bool may_be =
            is_optional<Value> || std::is_same_v<Value, std::vector<std::string>>;
        if constexpr (may_be) (owner.*member) = Value{};
        return may_be;
      },
      field.to);
}

// read(value, to): the sentence's end when the value has not the type, else null.

template <class Owner>
std::optional<malformed> read_object(const element& value, std::span<const field<Owner>> fields,
                                     std::string_view name, Owner& to);

const char* read(const element& value, std::string& to) {
  std::string_view word;
  if (value.get_string().get(word)) return "is no text";
  to = word;
  return nullptr;
}
const char* read(const element& value, money& to) {
  std::string_view word;
  const auto parsed = value.get_string().get(word) ? std::nullopt : money::parse(word);
  if (!parsed) return "is no amount with two decimals";
  to = *parsed;
  return nullptr;
}
const char* read(const element& value, time_point& to) {
  std::string_view word;
  const auto parsed = value.get_string().get(word) ? std::nullopt : parse_time(word);
  if (!parsed) return "is no time";
  to = *parsed;
  return nullptr;
}
const char* read(const element& value, std::int64_t& to) {
  return value.get_int64().get(to) ? "is no whole number" : nullptr;
}
const char* read(const element& value, bool& to) {
  return value.get_bool().get(to) ? "is neither true nor false" : nullptr;
}
const char* read(const element& value, std::vector<std::string>& to) {
  simdjson::dom::array list;
  if (value.get_array().get(list)) return "is no list";
  to.clear();
  for (const element& each : list) {
    if (const char* wrong = read(each, to.emplace_back())) return wrong;
  }
  return nullptr;
}
const char* read(const element& value, order_status& to) {
  std::string_view word;
  if (value.get_string().get(word)) return "is no text";
  to = order_status::other;
  for (const auto& [name, status] : order_words) {
    if (name == word) to = status;
  }
  return nullptr;
}
const char* read(const element& value, order& to) {
  const auto wrong = read_object<order>(value, order_fields, "payment.order", to);
  return wrong ? "has not the shape that it should" : nullptr;
}
template <class Value>
const char* read(const element& value, std::optional<Value>& to) {
  return read(value, to ? *to : to.emplace());
}

malformed wrong_field(std::string_view reason, std::string_view object, std::string_view name,
                      std::string_view how) {
  return {reason, std::string{object}.append(".").append(name).append(" ").append(how)};
}

template <class Owner>
std::optional<malformed> read_object(const element& value, std::span<const field<Owner>> fields,
                                     std::string_view name, Owner& to) {
  simdjson::dom::object object;
  if (value.get_object().get(object)) {
    return malformed{"bad_field", std::string{name} + " is no JSON object"};
  }
  std::uint64_t seen = 0;  // one bit a field
  std::size_t next = 0;
  for (const auto& [key, each] : object) {
    for (std::size_t tried = 0; tried < fields.size(); ++tried) {
      const std::size_t at = next;
      if (++next == fields.size()) next = 0;
      if (fields[at].name != key) continue;
      const auto* const wrong = std::visit(
          [&, &each = each](auto member) { return read(each, to.*member); }, fields[at].to);
      if (wrong != nullptr) return wrong_field("bad_field", name, key, wrong);
      seen |= std::uint64_t{1} << at;
      break;
    }
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if ((seen >> i & 1) == 0 && !make_empty(fields[i], to)) {
      return wrong_field("missing_field", name, fields[i].name, "is missing");
    }
  }
  return {};
}

template <class Owner>
std::optional<malformed> read_optional(const element& data, std::span<const field<Owner>> fields,
                                       std::string_view name, std::optional<Owner>& to) {
  element found;
  if (data[name].get(found)) {
    to.reset();
    return {};
  }
  return read_object<Owner>(found, fields, name, to ? *to : to.emplace());
}

template <class Owner>
std::optional<malformed> read_required(const element& data, std::span<const field<Owner>> fields,
                                       std::string_view name, Owner& to) {
  element found;
  if (data[name].get(found)) {
    return malformed{"missing_field", std::string{name} + " is missing"};
  }
  return read_object<Owner>(found, fields, name, to);
}

std::optional<malformed> read_data(const element& data, event<payment>& to) {
  if (auto wrong = read_required<payment>(data, payment_fields, "payment", to.payment)) {
    return wrong;
  }
  if (auto wrong = read_optional<reversal>(data, reversal_fields, "refund", to.refund)) {
    return wrong;
  }
  return read_optional<reversal>(data, reversal_fields, "chargeback", to.chargeback);
}
std::optional<malformed> read_data(const element& data, event<invoice>& to) {
  return read_required<invoice>(data, invoice_fields, "invoice", to.invoice);
}
std::optional<malformed> read_data(const element& data, event<subscription>& to) {
  if (auto wrong =
          read_required<subscription>(data, subscription_fields, "subscription", to.subscription)) {
    return wrong;
  }
  return read_optional<charge>(data, charge_fields, "charge", to.charge);
}

}  // namespace

std::optional<malformed> read_subject(const element& data, any_event& event) {
  return std::visit([&](auto& each) { return read_data(data, each); }, event);
}

}  // namespace sinyal::detail
