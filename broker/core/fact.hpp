#pragma once
// A fact: one notification, or one document of the merchant's, as far as it concerns one subject,
// with every accident of its wire form removed. Connectors make facts, decide() judges them.

#include "broker/core/money.hpp"
#include "broker/core/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sinyal::core {

/// Why a notification is kept in quarantine instead of being applied: the whole list. The names
/// are part of the public contract (header `sinyal_reason`, metric sinyal_quarantined_total).
enum class reason : std::uint8_t {
  unknown_status,
  unknown_event,
  missing_field,
  bad_field,
  status_code_mismatch,
  amount_mismatch,
  currency_mismatch,
  impossible_transition,
  reversal_not_possible,
  too_many_attempts,
  state_too_large,
  unsupported_record,
};
inline constexpr std::size_t reason_count = 12;
std::string_view to_string(reason reason);

/// What cannot be applied, and a sentence for the person who will read it, with both values.
struct rejection {
  core::reason reason = reason::unsupported_record;
  std::string message;
};

/// Texts of a payment that are kept as they came; to_string() gives their name in events and state.
/// The order is the order in which events show them.
enum class payment_text : std::uint8_t {
  payment_type,
  fraud_status,
  status_code,
  status_message,
  bank,
  va_number,
  biller_code,
  bill_key,
  payment_code,
  store,
  masked_card,
  acquirer,
  issuer,
  customer_first_name,
  customer_last_name,
  customer_email,
  customer_phone,
  custom_field1,
  custom_field2,
  custom_field3,
  payment_link_id,
  subscription_id,
  midtrans_invoice_id,
};
inline constexpr std::size_t payment_text_count = 23;
std::string_view to_string(payment_text field);

enum class invoice_text : std::uint8_t {
  invoice_number,
  order_id,
  customer_name,
  customer_email,
  customer_phone,
  transaction_id,
};
inline constexpr std::size_t invoice_text_count = 6;
std::string_view to_string(invoice_text field);

enum class subscription_text : std::uint8_t {
  name,
  payment_type,
  interval_unit,
  customer_first_name,
  customer_last_name,
  customer_email,
  customer_phone,
};
inline constexpr std::size_t subscription_text_count = 7;
std::string_view to_string(subscription_text field);

/// Texts by field; an empty text is an unknown one. They stand one after another in one string, as
/// they were set: a payment has twenty-three, and is moved around a good deal. What was replaced
/// stays there unseen: all of this lives no longer than it takes to judge one notification.
template <typename Field, std::size_t Count>
class texts {
 public:
  using field_type = Field;
  static constexpr std::size_t count = Count;
  /// Lives until the next change of any of them.
  std::string_view operator[](Field field) const {
    const place at = places_[static_cast<std::size_t>(field)];
    return {bytes_.data() + at.begin, at.size};
  }
  void set(Field field, std::string_view text) {
    if (bytes_.capacity() < bytes_usual) bytes_.reserve(bytes_usual);
    places_[static_cast<std::size_t>(field)] = {static_cast<std::uint32_t>(bytes_.size()),
                                                static_cast<std::uint32_t>(text.size())};
    bytes_.append(text);
  }
  /// Takes a text that is known. True when it changed something.
  bool learn(Field field, std::string_view text) {
    if (text.empty() || (*this)[field] == text) return false;
    set(field, text);
    return true;
  }
  /// Takes what `other` knows and this does not. True when something was taken.
  bool fill_from(const texts& other) { return take(other, false); }
  /// Takes all that `other` knows. True when something changed.
  bool overwrite_from(const texts& other) { return take(other, true); }
  bool operator==(const texts& other) const {
    for (std::size_t i = 0; i < Count; ++i) {
      const auto field = static_cast<Field>(i);
      if ((*this)[field] != other[field]) return false;
    }
    return true;
  }

 private:
  struct place {
    std::uint32_t begin, size;
  };
  static constexpr std::size_t bytes_usual = 256;  // of a payment
  bool take(const texts& other, bool overwrite) {
    if (bytes_.empty()) {
      *this = other;
      return !bytes_.empty();
    }
    bool changed = false;
    for (std::size_t i = 0; i < Count; ++i) {
      const auto field = static_cast<Field>(i);
      if (overwrite || (*this)[field].empty()) changed |= learn(field, other[field]);
    }
    return changed;
  }
  std::string bytes_;
  std::array<place, Count> places_{};
};
using payment_texts = texts<payment_text, payment_text_count>;
using invoice_texts = texts<invoice_text, invoice_text_count>;
using subscription_texts = texts<subscription_text, subscription_text_count>;

/// Midtrans's transaction_status, lower-cased and trimmed.
enum class payment_word : std::uint8_t {
  none,  // a merchant's document without a status: it only enriches
  authorize,
  pending,
  capture,
  settlement,
  deny,
  cancel,
  expire,
  failure,
  refund,
  partial_refund,
  chargeback,
  partial_chargeback,
};
inline constexpr std::size_t payment_word_count = 13;
std::string_view to_string(payment_word word);
std::optional<payment_word> parse_payment_word(std::string_view lower_case);

/// fraud_status; it counts only with authorize, capture and settlement. Absent is accept
/// ("not evaluated, not a failure").
enum class fraud : std::uint8_t { accept, challenge, deny };

/// One entry of `refunds[]`, or the flat form's refund_amount and refund_key.
struct money_back {
  std::string key;   // refund_key
  std::string uuid;  // refund_chargeback_uuid
  std::string id;    // refund_chargeback_id, a number of up to 18 digits, as text
  std::optional<money> amount;
  std::string reason;
  std::optional<instant> created_at;
  std::optional<instant> confirmed_at;  // bank_confirmed_at
  bool confirmed = false;               // bank_confirmed_at was present, readable or not
};

struct payment_fact {
  payment_word word = payment_word::none;
  core::fraud fraud = fraud::accept;
  bool document = false;  // from the merchant's own systems, not from Midtrans
  std::string order_id;
  std::string transaction_id;
  payment_texts texts;  // fraud_status and status_code in here are as received, lower-cased
  std::optional<money> gross_amount;  // always there in a signed notification
  std::string currency;               // as received; empty is IDR
  std::optional<money> original_amount;
  std::optional<money> customer_imposed_payment_fee;
  std::optional<instant> transaction_time;
  std::optional<instant> settlement_time;
  std::optional<instant> expiry_time;
  bool listed = false;  // `refunds` is the body's refunds[]
  std::vector<money_back> refunds;
  std::optional<money> refund_amount;  // cumulative
  std::string refund_key;              // flat form
};

/// What happened to an invoice: its document, or a payment that names it.
enum class invoice_word : std::uint8_t {
  open,             // document: draft, pending, sent
  overdue,          // document: fields only
  paid,             // document
  voided,           // document: voided, void
  expired,          // document
  payment_settled,  // settlement or accepted capture naming the invoice
  payment_expired,  // expire naming the invoice
  payment_other,    // anything else naming it: fields only
};
inline constexpr std::size_t invoice_word_count = 8;
std::string_view to_string(invoice_word word);

struct invoice_fact {
  invoice_word word = invoice_word::open;
  std::string id;
  std::string status;                    // Midtrans's word, of a document; empty from a payment
  invoice_texts texts;                   // of a payment: order_id and transaction_id
  std::optional<money> amount;           // document: total; payment: gross_amount, which is signed
  std::optional<money> original_amount;  // payment: without the customer's fee; not signed
  std::string currency;
  std::optional<instant> due_date;
  std::optional<instant> paid_at;  // document: paid_date; payment: settlement_time
};

enum class subscription_word : std::uint8_t {
  active,          // document or bare object
  inactive,        // document or bare object: inactive or disabled
  cancelled,       // document
  charged,         // a charge that succeeded, or a settled payment naming the subscription
  charge_failed,   // a charge that failed, or a failed payment naming it
  charge_pending,  // any other charge or payment: fields only
};
inline constexpr std::size_t subscription_word_count = 6;
std::string_view to_string(subscription_word word);

struct charge {
  std::string transaction_id;
  std::string order_id;
  std::string transaction_status;
  std::string status_code;
  std::string status_message;
  std::optional<money> amount;
  bool operator==(const charge&) const = default;
};

struct subscription_fact {
  subscription_word word = subscription_word::active;
  std::string id;
  std::string status;  // as received, lower-cased; the status word of a charge's inner object too
  subscription_texts texts;
  std::optional<money> amount;
  std::string currency;
  std::optional<std::int64_t> interval;
  std::optional<std::int64_t> max_interval;
  std::optional<std::int64_t> current_interval;
  std::optional<instant> start_time;
  std::optional<instant> next_execution_at;
  std::string next_execution_text;  // as received: part of a failed charge's identity
  core::charge charge;              // of the three charge words
};

using any_fact = std::variant<payment_fact, invoice_fact, subscription_fact>;

/// A fact with what its record says of it.
struct fact {
  any_fact what;
  instant recorded_at;  // when the notification was received
};

}  // namespace sinyal::core
