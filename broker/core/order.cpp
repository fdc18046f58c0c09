#include "broker/core/order.hpp"

namespace sinyal::core {

bool took_money(attempt_status status) {
  switch (status) {
    case attempt_status::captured:
    case attempt_status::settled:
    case attempt_status::part_back_published:
    case attempt_status::part_back_unpublished:
    case attempt_status::refunded:
    case attempt_status::charged_back:
      return true;
    default:
      return false;
  }
}

bool is_open(attempt_status status) {
  return status == attempt_status::authorized || status == attempt_status::pending ||
         status == attempt_status::challenged;
}

money net_of(const attempt& attempt) {
  const money taken = took_money(attempt.status) ? attempt.gross_amount.value_or(money{}) : money{};
  return taken - attempt.refunded() - attempt.charged_back();
}

order_view view_of(const payment_state& payment) {
  order_view view;
  bool gave_back = false;
  for (const attempt& each : payment.attempts) {
    if (took_money(each.status)) view.paid_amount += each.gross_amount.value_or(money{});
    view.refunded_amount += each.refunded();
    view.charged_back_amount += each.charged_back();
    // a partial chargeback may name no amount; a refund without one is counted in a later one's
    gave_back = gave_back || each.refunded() > money{} || !each.chargebacks.empty();
    if (is_open(each.status)) ++view.open_attempts;
  }
  view.net_amount = view.paid_amount - view.refunded_amount - view.charged_back_amount;
  view.attempts = payment.attempts.size();
  view.quarantined = payment.quarantined;
  if (view.net_amount > money{}) {
    view.status = gave_back ? "part_refunded" : "paid";
  } else if (gave_back) {
    view.status = payment.charged_back_last ? "charged_back" : "refunded";
  } else {
    view.status = view.open_attempts > 0 || view.attempts == 0 ? "open" : "unpaid";
  }
  return view;
}

}  // namespace sinyal::core
