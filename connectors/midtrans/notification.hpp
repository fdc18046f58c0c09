#pragma once
// A body, parsed, with its top-level fields found in one pass. Everything in it lives until the
// next body is read with the same reader.

#include <simdjson.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sinyal::midtrans {

namespace dom = simdjson::dom;

/// The top-level fields that are read. The first `unique_fields` must not occur twice: whoever
/// reads another of the two than Midtrans signed would be deceived. Elsewhere the last counts.
enum class field : std::uint8_t {
  order_id,
  status_code,
  gross_amount,
  signature_key,
  transaction_id,
  transaction_status,
  fraud_status,
  account_id,
  account_status,
  // from here on a second one wins
  acquirer,
  amount,
  bank,
  bill_key,
  biller_code,
  currency,
  custom_field1,
  custom_field2,
  custom_field3,
  customer_details,
  due_date,
  error_messages,
  event_name,
  expiry_time,
  extra_info,
  id,
  invoice_number,
  issuer,
  masked_card,
  metadata,
  name,
  paid_date,
  payment_code,
  payment_link_id,
  payment_type,
  permata_va_number,
  refund_amount,
  refund_key,
  refunds,
  schedule,
  settlement_time,
  status,
  status_message,
  store,
  subscription,
  subscription_id,
  transaction,
  transaction_details,
  transaction_time,
  va_numbers,
};
inline constexpr std::size_t unique_fields = 9;
inline constexpr std::size_t field_count = 49;
std::string_view to_string(field field);

class notification {
 public:
  /// Absent where the body has no such field, or has null.
  std::optional<dom::element> at(field field) const {
    if (!has(field)) return std::nullopt;
    return elements_[static_cast<std::size_t>(field)];
  }
  std::optional<dom::object> object(field field) const;
  bool has(field field) const {
    const auto index = static_cast<std::size_t>(field);
    return present_[index] && !elements_[index].is_null();
  }
  /// The text as signed: of a string its characters, of a number its token as sent. Nothing for
  /// other types, and where the field is absent.
  std::optional<std::string_view> signed_text(field field) const;

 private:
  friend class notification_reader;
  std::string_view body_;
  std::array<dom::element, field_count> elements_;
  std::array<bool, field_count> present_{};
};

/// The value of `key`; the last where there are several, nothing where there is none or null.
std::optional<dom::element> last_of(dom::object object, std::string_view key);
/// The same of several keys, in one pass.
template <std::size_t Count>
std::array<std::optional<dom::element>, Count> last_of(
    dom::object object, const std::array<std::string_view, Count>& keys) {
  std::array<std::optional<dom::element>, Count> found;
  for (const auto& [key, value] : object) {
    for (std::size_t i = 0; i < Count; ++i) {
      if (keys[i] != key) continue;
      found[i].reset();
      if (!value.is_null()) found[i] = value;
    }
  }
  return found;
}
std::optional<dom::object> object_in(std::optional<dom::object> object, std::string_view key);

class notification_reader {
 public:
  /// Nothing where the body is not a JSON object in UTF-8 without a byte order mark, is nested
  /// deeper than `depth_max` objects and arrays, or has a unique field twice: problem() says what.
  const notification* read(std::string_view body, std::size_t depth_max);
  std::string_view problem() const { return problem_; }

 private:
  const notification* refuse(std::string_view problem);
  bool parse(std::string_view body, std::size_t depth_max, dom::element& root);
  simdjson::error_code parse_to(std::string_view body, std::size_t depth_max, dom::element& root);
  simdjson::error_code parse_within(std::string_view body, std::size_t depth_max,
                                    dom::element& root);
  bool collect(dom::object object);

  dom::parser parser_;
  notification current_;
  std::string_view problem_;
};

}  // namespace sinyal::midtrans
