#include "broker/core/state.hpp"

#include "broker/core/reversal.hpp"

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
    case subject_kind::account:
      state.what.emplace<payment_state>().order_id = subject.id;
      break;
    case subject_kind::invoice:
      state.what.emplace<invoice_state>().id = subject.id;
      break;
    case subject_kind::subscription:
      state.what.emplace<subscription_state>().id = subject.id;
      break;
  }
  return state;
}

}  // namespace sinyal::core
