#include "broker/core/state.hpp"

#include "broker/core/reversal.hpp"

#include <utility>

namespace sinyal::core {
namespace {

money sum(const std::vector<given_back>& all) {
  money total;
  for (const given_back& each : all) total += each.amount.value_or(money{});
  return total;
}

/// Midtrans reverses within one to five minutes.
constexpr std::int64_t reversal_window_ms = 5 * 60 * 1000;

}  // namespace

money attempt::refunded() const {
  return sum(refunds);
}
money attempt::charged_back() const {
  return sum(chargebacks);
}

std::optional<instant> reversible_until(const attempt& attempt) {
  if (!attempt.settlement_time || !on_reversal_channel(attempt.texts)) return std::nullopt;
  return instant{attempt.settlement_time->ms_since_epoch + reversal_window_ms};
}

subject_state empty_state(const subject& subject) {
  subject_state state;
  switch (subject.kind) {
    case subject_kind::payment:
    case subject_kind::account: {
      payment_state payment;
      payment.order_id = subject.id;
      state.what = std::move(payment);
      break;
    }
    case subject_kind::invoice: {
      invoice_state invoice;
      invoice.id = subject.id;
      state.what = std::move(invoice);
      break;
    }
    case subject_kind::subscription: {
      subscription_state subscription;
      subscription.id = subject.id;
      state.what = std::move(subscription);
      break;
    }
  }
  return state;
}

}  // namespace sinyal::core
