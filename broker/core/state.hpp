#pragma once
// What is known of a subject. Kept for ever in the compacted topic: refunds and chargebacks come
// after a year, and a forgotten subject would publish its old settlements anew.

#include "broker/core/fact.hpp"
#include "broker/core/signal.hpp"
#include "broker/core/subject.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sinyal::core {

// transaction_id is not signed: without bounds one captured body, edited again and again, could
// grow one record until its partition stops for ever. Constants, so that a replay does the same.
inline constexpr std::size_t attempts_max = 64;   // an order
inline constexpr std::size_t refunds_max = 256;   // an attempt, refunds and chargebacks alike
inline constexpr std::size_t charges_max = 4096;  // a subscription
inline constexpr std::size_t state_bytes_max = 900 * 1024;  // encoded

enum class attempt_status : std::uint8_t {
  none,
  authorized,
  pending,
  challenged,
  captured,
  settled,
  denied,
  cancelled,
  voided,
  expired,
  failed,
  reversed,
  part_back_published,    // refunded or charged back in part, payment_settled was published
  part_back_unpublished,  // the same, and it was not: the settlement is still to come
  refunded,
  charged_back,
};
inline constexpr std::size_t attempt_status_count = 16;
std::string_view to_string(attempt_status status);

/// A refund or a chargeback that is known.
struct given_back {
  std::string identity;  // refund_key, else uuid, else id, else made up (payment_back.cpp)
  std::string key;
  std::string id;
  std::optional<money> amount;
  std::string reason;
  std::optional<instant> created_at;
  std::optional<instant> confirmed_at;
  bool confirmed = false;
  bool operator==(const given_back&) const = default;
};

struct attempt {
  std::string transaction_id;
  attempt_status status = attempt_status::none;
  payment_word word = payment_word::none;  // transaction_status as events show it
  bool challenge_with_authorize = false;   // how the challenge of `challenged` came
  bool deny_known = false;                 // a deny was seen, applied or not
  bool settlement_known = false;           // a settlement was seen, applied or not
  bool amount_from_document = false;       // gross_amount is the merchant's word: it binds no one
  payment_texts texts;
  std::optional<money> gross_amount;
  std::optional<money> authorized_amount;
  std::optional<money> original_amount;
  std::optional<money> customer_imposed_payment_fee;
  std::string currency;  // default_currency unless told otherwise
  std::optional<instant> transaction_time;
  std::optional<instant> settlement_time;
  std::optional<instant> expiry_time;
  std::vector<given_back> refunds;
  std::vector<given_back> chargebacks;
  /// How often each payment signal without an identity was published.
  std::array<std::uint8_t, signal_count> published{};
  bool operator==(const attempt&) const = default;

  money refunded() const;      // sum of the refunds' amounts
  money charged_back() const;  // sum of the chargebacks' amounts
};

struct payment_state {
  std::string order_id;
  std::vector<attempt> attempts;  // in order of first sighting
  payment_texts document;         // what the merchant's document of the order said: customer_* …
  std::optional<money> document_amount;
  std::uint32_t quarantined = 0;
  bool charged_back_last = false;  // money last went back by a chargeback, not by a refund
  bool operator==(const payment_state&) const = default;
};

enum class invoice_status : std::uint8_t { none, known, open, paid, voided, expired };
inline constexpr std::size_t invoice_status_count = 6;
std::string_view to_string(invoice_status status);

struct invoice_state {
  std::string id;
  invoice_status status = invoice_status::none;
  std::string word;  // status as events show it, in Midtrans's words
  invoice_texts texts;
  std::string document_order_id;      // the order that the invoice's own document names
  std::optional<money> total_amount;  // of the document
  std::string currency;
  std::optional<instant> due_date;
  std::optional<instant> paid_at;
  std::array<std::uint8_t, signal_count> published{};
  bool operator==(const invoice_state&) const = default;
};

enum class subscription_status : std::uint8_t { none, known, active, disabled, cancelled };
inline constexpr std::size_t subscription_status_count = 5;
std::string_view to_string(subscription_status status);

struct subscription_state {
  std::string id;
  subscription_status status = subscription_status::none;
  std::string word;  // status as events show it
  subscription_texts texts;
  std::optional<money> amount;
  std::string currency;
  std::optional<std::int64_t> interval;
  std::optional<std::int64_t> max_interval;
  std::optional<std::int64_t> current_interval;
  std::optional<instant> start_time;
  std::optional<instant> next_execution_at;
  std::vector<std::string> charges;         // identities of those that succeeded
  std::vector<std::string> failed_charges;  // identities of those that failed
  std::array<std::uint8_t, signal_count> published{};
  bool operator==(const subscription_state&) const = default;
};

struct subject_state {
  std::uint64_t sequence = 0;                // of the last signal published
  std::optional<std::int64_t> first_offset;  // raw offset of the subject's first notification
  std::variant<payment_state, invoice_state, subscription_state> what;
  bool operator==(const subject_state&) const = default;
};

/// Until when Midtrans may take a settlement back (settlement_time + 5 minutes): on Permata VA,
/// Mandiri bill and Indomaret alone, and only when the settlement's time is known.
std::optional<instant> reversible_until(const attempt& attempt);

/// The state of a subject that nothing is known of. Accounts have none.
subject_state empty_state(const subject& subject);

/// The order over all its attempts, as `payment.order` in events shows it.
struct order_view {
  std::string_view status;  // open, paid, part_refunded, refunded, charged_back, unpaid
  money paid_amount;
  money refunded_amount;
  money charged_back_amount;
  money net_amount;
  std::size_t attempts = 0;
  std::size_t open_attempts = 0;
  std::uint32_t quarantined = 0;
};
order_view view_of(const payment_state& payment);

}  // namespace sinyal::core
