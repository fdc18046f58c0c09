#pragma once
// What events are about, as their JSON says it. A field that is not known is empty: no field is
// ever null or made up. Texts are Midtrans's words where no other type is named.

#include <cstdint>
#include <optional>
#include <sinyal/money.hpp>
#include <sinyal/time.hpp>
#include <string>
#include <vector>

namespace sinyal {

using text = std::optional<std::string>;

enum class subject_kind : std::uint8_t { payment, invoice, subscription };

/// Of the order over all its attempts. `other` is a word that this version does not know.
enum class order_status : std::uint8_t {
  open,  // an attempt may still pay
  paid,
  part_refunded,
  refunded,
  charged_back,
  unpaid,  // no attempt's money is there, none may still come: only now may stock be released
  other,
};

struct order {
  order_status status = order_status::other;
  money paid_amount, refunded_amount, charged_back_amount, net_amount;
  std::int64_t attempts = 0, open_attempts = 0;
  std::int64_t quarantined = 0;  // notifications of it that the broker could not apply
  bool operator==(const order&) const = default;
};

/// One attempt to pay an order, and the order.
struct payment {
  std::string order_id, transaction_id, payment_type, transaction_status;
  text fraud_status, status_code, status_message;
  money gross_amount;
  std::string currency;
  text bank, va_number, biller_code, bill_key, payment_code, store;
  text masked_card, acquirer, issuer;
  text customer_first_name, customer_last_name, customer_email, customer_phone;
  std::optional<time_point> transaction_time, settlement_time, expiry_time;
  std::optional<time_point> reversible_until;  // until then the bank may take a settlement back
  std::optional<money> refund_amount;          // all refunds so far
  text refund_key;
  std::optional<money> original_amount, customer_imposed_payment_fee, authorized_amount;
  text custom_field1, custom_field2, custom_field3;
  text payment_link_id, subscription_id, midtrans_invoice_id;
  text previous_status;
  std::vector<std::string> other_transaction_ids;  // of attempts that paid the same order
  sinyal::order order;
  bool operator==(const payment&) const = default;
};

/// Money that went back to the customer: by the merchant (refund) or by the bank (chargeback).
struct reversal {
  text key, id, reason;
  std::optional<money> amount;  // a chargeback may name none
  std::optional<time_point> created_at, confirmed_at;
  bool full = false;
  bool operator==(const reversal&) const = default;
};

struct invoice {
  std::string id;
  text invoice_number, order_id, status;
  std::optional<money> total_amount;
  text currency, customer_name, customer_email, customer_phone;
  std::optional<time_point> due_date, paid_at;
  text transaction_id;
  bool operator==(const invoice&) const = default;
};

struct subscription {
  std::string id;
  text name, payment_type;
  std::optional<money> amount;
  text currency, status;
  std::optional<std::int64_t> interval;
  text interval_unit;  // day, week, month
  std::optional<std::int64_t> max_interval, current_interval;
  std::optional<time_point> start_time, next_execution_at;
  text customer_first_name, customer_last_name, customer_email, customer_phone;
  bool operator==(const subscription&) const = default;
};

struct charge {
  text transaction_id, order_id, transaction_status, status_code, status_message;
  std::optional<money> amount;
  bool operator==(const charge&) const = default;
};

}  // namespace sinyal
