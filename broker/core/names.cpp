// Names of the enums, as events, state, quarantine headers and metrics show them.

#include "broker/core/decide.hpp"
#include "broker/core/lifecycle_table.hpp"

#include <algorithm>
#include <array>

namespace sinyal::core {
namespace {

template <std::size_t Count>
using names = std::array<std::string_view, Count>;

template <class Enum, std::size_t Count>
constexpr std::string_view name_of(const names<Count>& all, Enum value) {
  const auto at = static_cast<std::size_t>(value);
  return at < Count ? all[at] : std::string_view{};
}

constexpr names<reason_count> reasons{
    "unknown_status",        "unknown_event",     "missing_field",     "bad_field",
    "status_code_mismatch",  "amount_mismatch",   "currency_mismatch", "impossible_transition",
    "reversal_not_possible", "too_many_attempts", "state_too_large",   "unsupported_record"};

constexpr names<payment_text_count> payment_texts_names{"payment_type",
                                                        "fraud_status",
                                                        "status_code",
                                                        "status_message",
                                                        "bank",
                                                        "va_number",
                                                        "biller_code",
                                                        "bill_key",
                                                        "payment_code",
                                                        "store",
                                                        "masked_card",
                                                        "acquirer",
                                                        "issuer",
                                                        "customer_first_name",
                                                        "customer_last_name",
                                                        "customer_email",
                                                        "customer_phone",
                                                        "custom_field1",
                                                        "custom_field2",
                                                        "custom_field3",
                                                        "payment_link_id",
                                                        "subscription_id",
                                                        "midtrans_invoice_id"};

constexpr names<invoice_text_count> invoice_texts_names{"invoice_number", "order_id",
                                                        "customer_name",  "customer_email",
                                                        "customer_phone", "transaction_id"};

constexpr names<subscription_text_count> subscription_texts_names{
    "name",           "payment_type",  "interval_unit", "customer_first_name", "customer_last_name",
    "customer_email", "customer_phone"};

constexpr names<payment_word_count> payment_words{"none",
                                                  "authorize",
                                                  "pending",
                                                  "capture",
                                                  "settlement",
                                                  "deny",
                                                  "cancel",
                                                  "expire",
                                                  "failure",
                                                  "refund",
                                                  "partial_refund",
                                                  "chargeback",
                                                  "partial_chargeback"};

constexpr names<invoice_word_count> invoice_words{
    "open",         "overdue", "paid", "voided", "expired", "payment_settled", "payment_expired",
    "payment_other"};

constexpr names<subscription_word_count> subscription_words{
    "active", "inactive", "cancelled", "charged", "charge_failed", "charge_pending"};

constexpr names<verdict_count> verdicts{"advance", "repeat", "late", "conflict"};

constexpr names<anomaly_count> anomalies{
    "paid_twice",      "paid_after_expire",  "paid_after_cancel",
    "paid_after_deny", "paid_after_failure", "before_settlement",
    "amount_differs",  "order_unknown",      "refund_and_chargeback"};

constexpr names<attempt_status_count> attempt_statuses{"none",
                                                       "authorized",
                                                       "pending",
                                                       "challenged",
                                                       "captured",
                                                       "settled",
                                                       "denied",
                                                       "cancelled",
                                                       "voided",
                                                       "expired",
                                                       "failed",
                                                       "reversed",
                                                       "part_back_published",
                                                       "part_back_unpublished",
                                                       "refunded",
                                                       "charged_back"};

constexpr names<invoice_status_count> invoice_statuses{"none", "known",  "open",
                                                       "paid", "voided", "expired"};

constexpr names<subscription_status_count> subscription_statuses{"none", "known", "active",
                                                                 "disabled", "cancelled"};

constexpr names<condition_count> conditions{"always",
                                            "the challenge came with capture",
                                            "its challenge came with authorize",
                                            "reversal channel",
                                            "a deny was known",
                                            "a settlement was known",
                                            "all given back",
                                            "with a new id",
                                            "same transaction",
                                            "the charge was known",
                                            "the charge had succeeded",
                                            "something new"};

}  // namespace

std::string_view to_string(condition condition) {
  return name_of(conditions, condition);
}
std::string_view to_string(reason reason) {
  return name_of(reasons, reason);
}
std::string_view to_string(payment_text field) {
  return name_of(payment_texts_names, field);
}
std::string_view to_string(invoice_text field) {
  return name_of(invoice_texts_names, field);
}
std::string_view to_string(subscription_text field) {
  return name_of(subscription_texts_names, field);
}
std::string_view to_string(payment_word word) {
  return name_of(payment_words, word);
}
std::string_view to_string(invoice_word word) {
  return name_of(invoice_words, word);
}
std::string_view to_string(subscription_word word) {
  return name_of(subscription_words, word);
}
std::string_view to_string(verdict verdict) {
  return name_of(verdicts, verdict);
}
std::string_view to_string(anomaly anomaly) {
  return name_of(anomalies, anomaly);
}
std::string_view to_string(attempt_status status) {
  return name_of(attempt_statuses, status);
}
std::string_view to_string(invoice_status status) {
  return name_of(invoice_statuses, status);
}
std::string_view to_string(subscription_status status) {
  return name_of(subscription_statuses, status);
}

std::optional<payment_word> parse_payment_word(std::string_view lower_case) {
  // the first name is not Midtrans's: it stands for "no status at all"
  const auto found = std::find(payment_words.begin() + 1, payment_words.end(), lower_case);
  if (found == payment_words.end()) return std::nullopt;
  return static_cast<payment_word>(found - payment_words.begin());
}

std::optional<signal> parse_signal(std::string_view name) {
  for (std::size_t i = 0; i < signal_count; ++i) {
    if (signal_table[i].name == name) return static_cast<signal>(i);
  }
  return std::nullopt;
}

}  // namespace sinyal::core
