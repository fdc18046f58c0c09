#pragma once
// The life of one attempt (one transaction_id): status x fact. The rules are Midtrans's where
// Midtrans states them, else ours; where a rule surprises, its reason stands beside it.

#include "broker/core/lifecycle_table.hpp"

namespace sinyal::core {

/// What a notification says, as the table's columns. `challenge` and `capture_deny` stand for
/// authorize with that fraud word too. A refund or chargeback that is known is a repeat in every
/// status; `refund_confirmed` is a known refund that the bank has confirmed.
enum class payment_step : std::uint8_t {
  authorize,
  pending,
  capture,
  challenge,
  capture_deny,
  settlement,
  deny,
  cancel,
  expire,
  failure,
  refund,
  chargeback,
  refund_confirmed,
};
inline constexpr std::size_t payment_step_count = 13;
std::string_view to_string(payment_step step);

namespace payment_table_detail {

using status = attempt_status;
using words = table_words::vocabulary<status>;
using enum attempt_status;
using enum condition;
using row = lifecycle_row<status, payment_step_count>;
using entry = cell<status>;

constexpr entry R = words::repeat();
constexpr entry L = words::late();
constexpr entry C = words::conflict();
constexpr entry au = words::advance(signal::payment_authorized);
constexpr entry rc = words::advance(signal::payment_received);
constexpr entry st = words::advance(signal::payment_settled);
constexpr entry dn = words::advance(signal::payment_denied);
constexpr entry cn = words::advance(signal::payment_cancelled);
constexpr entry ex = words::advance(signal::payment_expired);
constexpr entry fl = words::advance(signal::payment_failed);
/// A known refund is confirmed: nothing else changes.
constexpr entry cf(status stays) {
  return words::advance(signal::payment_refund_confirmed, stays);
}
constexpr entry cfp = cf(part_back_published);
constexpr entry cfu = cf(part_back_unpublished);
constexpr entry cfr = cf(refunded);
constexpr entry cfb = cf(charged_back);
constexpr entry U = words::unreachable();
constexpr entry on = words::advance();  // it goes on, but nothing is published

/// A settlement that should not have been possible any more, or not yet.
constexpr entry st_after(anomaly flag) {
  return words::advance(signal::payment_settled, std::nullopt, flag);
}

/// Money that goes back: what completes the sum moves to the full status, the rest to `part`.
constexpr entry back(signal signal, status full, status part, std::optional<anomaly> flag = {}) {
  return {words::when(all_back, words::advance(signal, full, flag)),
          words::advance(signal, part, flag)};
}
constexpr entry rf(status part, std::optional<anomaly> flag = {}) {
  return back(signal::payment_refunded, refunded, part, flag);
}
constexpr entry cb(status part, std::optional<anomaly> flag = {}) {
  return back(signal::payment_charged_back, charged_back, part, flag);
}

// The settlement is still to come, or has been published.
constexpr entry rfe = rf(part_back_unpublished, anomaly::before_settlement);
constexpr entry cbe = cb(part_back_unpublished, anomaly::before_settlement);
constexpr entry rfp = rf(part_back_published);
constexpr entry cbp = cb(part_back_published);
constexpr entry rfu = rf(part_back_unpublished);
constexpr entry cbu = cb(part_back_unpublished);
// A voided capture took no money: if some went back, it had been taken after the cancel.
constexpr entry rfv = rf(part_back_published, anomaly::paid_after_cancel);
constexpr entry cbv = cb(part_back_published, anomaly::paid_after_cancel);
constexpr entry rfb =
    words::advance(signal::payment_refunded, refunded, anomaly::refund_and_chargeback);
constexpr entry cbb =
    words::advance(signal::payment_charged_back, charged_back, anomaly::refund_and_chargeback);
constexpr entry cbn = {words::when(named, words::advance(signal::payment_charged_back)),
                       words::repeat()};

// A challenge that came with authorize is over once the authorize is clear, and one that came with
// capture follows it: whichever order they are delivered in, the attempt ends the same.
constexpr entry ch = {words::when(challenge_with_capture, words::advance(signal::payment_received)),
                      words::late()};
constexpr entry cl = {
    words::when(challenged_by_authorize, words::advance(signal::payment_authorized)),
    words::late()};

// Midtrans retries an old deny for hours: one known from before is a repeat, whatever came since.
constexpr entry od = {words::when(deny_known, words::repeat()), words::conflict()};
// After a settlement, deny is a reversal only where Midtrans has them. Anywhere else it could be
// the signed 202 of another attempt of the order with an edited transaction_id.
constexpr entry rv = {
    words::when(reversal_channel, words::advance(signal::payment_denied, reversed)),
    words::when(deny_known, words::repeat()), words::conflict(reason::reversal_not_possible)};
// Our own 504 can make Midtrans deliver a reversal before its settlement: either order ends alike.
constexpr entry sd = {
    words::when(reversal_channel, words::late(reversed)),
    words::advance(signal::payment_settled, std::nullopt, anomaly::paid_after_deny)};
constexpr entry ks = {words::when(settlement_known, words::repeat()), words::late()};

// After a capture, a part of the money may go back before the settlement is told: a refund of 3 %
// must not hide a paid order. A full one does.
constexpr entry sp =
    words::advance(signal::payment_settled, part_back_published, anomaly::before_settlement);

constexpr entry vd = words::advance(signal::payment_cancelled, voided);
constexpr entry sx = st_after(anomaly::paid_after_expire);
constexpr entry sc = st_after(anomaly::paid_after_cancel);
constexpr entry sn = st_after(anomaly::paid_after_deny);
constexpr entry sf = st_after(anomaly::paid_after_failure);

// Two cells that look odd: cancelled x capture is most likely a void delivered backwards (real
// money settles the next day, and advances); voided x settlement cannot be, since Midtrans cancels
// only before settlement, so that a person must look.
// clang-format off
constexpr std::array<row, attempt_status_count> rows{{
  //                        auth pend capt chal cden sett deny canc expi fail rfnd chbk conf
  {none,                  {{au,  rc,  st,  rc,  dn,  st,  dn,  cn,  ex,  fl,  rfe, cbe, U}}},
  {authorized,            {{R,   L,   st,  ch,  dn,  st,  dn,  cn,  ex,  fl,  rfe, cbe, U}}},
  {pending,               {{au,  R,   st,  on,  dn,  st,  dn,  cn,  ex,  fl,  rfe, cbe, U}}},
  {challenged,            {{cl,  L,   st,  R,   dn,  st,  dn,  cn,  ex,  fl,  rfe, cbe, U}}},
  {captured,              {{L,   L,   R,   L,   od,  on,  od,  vd,  L,   L,   rfp, cbp, U}}},
  {settled,               {{L,   L,   R,   L,   L,   R,   rv,  L,   L,   L,   rfp, cbp, U}}},
  {denied,                {{L,   L,   sn,  L,   R,   sd,  R,   L,   L,   L,   rfe, cbe, U}}},
  {cancelled,             {{L,   L,   L,   L,   L,   sc,  L,   R,   L,   L,   rfe, cbe, U}}},
  {voided,                {{L,   L,   R,   L,   L,   C,   L,   R,   L,   L,   rfv, cbv, U}}},
  {expired,               {{L,   L,   sx,  L,   L,   sx,  L,   L,   R,   L,   rfe, cbe, U}}},
  {failed,                {{L,   L,   sf,  L,   L,   sf,  L,   L,   L,   R,   rfe, cbe, U}}},
  {reversed,              {{L,   L,   L,   L,   L,   L,   R,   L,   L,   L,   C,   C,   U}}},
  {part_back_published,   {{L,   L,   R,   L,   L,   R,   od,  L,   L,   L,   rfp, cbp, cfp}}},
  {part_back_unpublished, {{L,   L,   sp,  L,   L,   sp,  od,  L,   L,   L,   rfu, cbu, cfu}}},
  {refunded,              {{L,   L,   L,   L,   L,   ks,  od,  L,   L,   L,   C,   cbb, cfr}}},
  {charged_back,          {{L,   L,   L,   L,   L,   ks,  od,  L,   L,   L,   rfb, cbn, cfb}}},
}};
// clang-format on

constexpr std::array<status, payment_step_count> own_status{
    authorized, pending, captured, challenged, denied,       settled, denied,
    cancelled,  expired, failed,   refunded,   charged_back, refunded};

}  // namespace payment_table_detail

inline constexpr auto payment_table =
    finish_table<payment_step>(payment_table_detail::rows, payment_table_detail::own_status);
static_assert(is_complete(payment_table), "a status and a fact without a decision");

/// Once money went back, no transition leads to a status in which that cannot be known: the pairs
/// that the table calls unreachable are.
constexpr bool unreachable_is_true() {
  const auto knows_refunds = [](attempt_status status) {
    return !payment_table.at(status, payment_step::refund_confirmed).begin()->unreachable;
  };
  bool holds = true;
  payment_table.walk([&](attempt_status from, payment_step, const auto& each) {
    if (each.unreachable || each.verdict == verdict::conflict) return;
    const bool refunds = each.publishes == signal::payment_refunded || knows_refunds(from);
    if (refunds && !knows_refunds(*each.to)) holds = false;
  });
  return holds;
}
static_assert(unreachable_is_true(), "a refund can be known where the table says it cannot");

}  // namespace sinyal::core
