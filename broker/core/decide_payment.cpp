#include "broker/core/order.hpp"
#include "broker/core/payment_case.hpp"
#include "broker/core/payment_checks.hpp"
#include "broker/core/reversal.hpp"

#include <algorithm>
#include <utility>

namespace sinyal::core {
namespace {

using step = transition<attempt_status>;

attempt* find_attempt(payment_state& payment, std::string_view transaction_id) {
  const auto found =
      std::find_if(payment.attempts.begin(), payment.attempts.end(),
                   [&](const attempt& each) { return each.transaction_id == transaction_id; });
  return found == payment.attempts.end() ? nullptr : &*found;
}

/// A document without a status: what it tells is recorded, and that is all.
decision enrich(payment_state& payment, const payment_fact& fact) {
  attempt* known =
      fact.transaction_id.empty() ? nullptr : find_attempt(payment, fact.transaction_id);
  decision result = undecided(known != nullptr ? known->status : attempt_status::none);
  bool changed = learn_document(payment, fact);
  if (known != nullptr) changed |= learn_details(*known, fact, false);
  result.verdict = changed ? verdict::advance : verdict::repeat;
  if (!changed) result.note = "the document tells nothing new";
  return result;
}

bool holds(const payment_case& at, condition condition) {
  switch (condition) {
    case condition::challenge_with_capture:
      return at.fact.word == payment_word::capture;
    case condition::challenged_by_authorize:
      return at.attempt.challenge_with_authorize;
    case condition::reversal_channel:
      // payment_type is not signed: against a settlement, only what it said itself counts
      return on_reversal_channel(
          at.attempt.texts, at.attempt.status == attempt_status::denied ? &at.fact.texts : nullptr);
    case condition::deny_known:
      return at.attempt.deny_known;
    case condition::settlement_known:
      return at.attempt.settlement_known;
    default:
      return true;
  }
}

/// A rejected capture answers deny, while Midtrans's stored status stays authorize.
bool is_rejected_capture(const attempt& attempt, const payment_fact& fact, payment_step column) {
  return fact.document && attempt.status == attempt_status::authorized &&
         (column == payment_step::deny || column == payment_step::capture_deny);
}

rejection contradiction(const payment_case& at, payment_step column, reason why) {
  std::string text = sentence(to_string(at.fact.word), " (", to_string(column),
                              ") cannot follow status ", to_string(at.attempt.status));
  if (why == reason::reversal_not_possible) {
    const std::string_view type = at.attempt.texts[payment_text::payment_type];
    text += sentence(": Midtrans reverses no payment of type ", type.empty() ? "unknown" : type,
                     ", bank or store ", at.attempt.texts[payment_text::bank],
                     at.attempt.texts[payment_text::store]);
  }
  return {why, std::move(text)};
}

/// Does the fact's word become the attempt's? Not where money went back already: the settlement of
/// a partly refunded payment is published, and the payment stays partly refunded.
bool word_moves(const step& chosen) {
  return chosen.verdict == verdict::advance && *chosen.to != attempt_status::part_back_published;
}

/// A deny counts as known only from before the money came: later ones are judged anew each time.
void note_seen(attempt& attempt, payment_step column) {
  if (column == payment_step::settlement) attempt.settlement_known = true;
  const bool denies = column == payment_step::deny || column == payment_step::capture_deny;
  if (denies && !took_money(attempt.status)) attempt.deny_known = true;
}

/// A challenge that comes again, with capture this time, is from now on the capture's.
bool challenge_moved_on(const payment_case& at, payment_step column) {
  return column == payment_step::challenge && at.attempt.status == attempt_status::challenged &&
         at.attempt.challenge_with_authorize && at.fact.word == payment_word::capture;
}

/// Every status but refunds and chargebacks.
void move(payment_case& at) {
  const payment_step column = step_of(at.fact);
  static constexpr step recorded_only{.verdict = verdict::late, .to = attempt_status::authorized};
  const bool rejected_capture = is_rejected_capture(at.attempt, at.fact, column);
  const step& chosen =
      rejected_capture
          ? recorded_only
          : payment_table.at(at.attempt.status, column).choose([&](condition condition) {
              return holds(at, condition);
            });
  if (chosen.verdict == verdict::conflict) {
    return refuse(at.result, contradiction(at, column, chosen.why));
  }
  at.result.verdict = chosen.verdict;
  const bool moved_on = challenge_moved_on(at, column);
  const bool newest = word_moves(chosen) || moved_on;
  adopt_amount(at.attempt, at.fact, at.amount, chosen.verdict == verdict::advance || moved_on);
  learn_details(at.attempt, at.fact, newest);
  if (newest) at.attempt.word = at.fact.word;
  if (*chosen.to == attempt_status::challenged && newest) {
    at.attempt.challenge_with_authorize = at.fact.word == payment_word::authorize;
  }
  if (!rejected_capture) note_seen(at.attempt, column);
  take(at, chosen);
}

void apply(payment_case& at) {
  if (!is_refund_word(at.fact.word) && !is_chargeback_word(at.fact.word)) return move(at);
  // several entries: the last one may be impossible, and then none was
  attempt before = at.attempt;
  give_back(at);
  if (at.result.verdict == verdict::conflict) at.attempt = std::move(before);
}

/// The attempt of the fact, made when it is new.
attempt* attempt_for(payment_state& payment, const payment_fact& fact) {
  if (attempt* known = find_attempt(payment, fact.transaction_id)) return known;
  if (payment.attempts.size() >= attempts_max) return nullptr;
  attempt& made = payment.attempts.emplace_back();
  made.transaction_id = fact.transaction_id;
  return &made;
}

rejection too_many(const payment_fact& fact) {
  return {reason::too_many_attempts,
          sentence("the order has ", std::to_string(attempts_max), " attempts already, ",
                   fact.transaction_id, " would be one more")};
}

/// A conflict leaves no trace: the attempt that was made for its fact goes again.
void forget_new(payment_state& payment, std::size_t attempts_before) {
  if (payment.attempts.size() > attempts_before) payment.attempts.pop_back();
}

}  // namespace

std::string_view to_string(payment_step step) {
  static constexpr std::array<std::string_view, payment_step_count> names{
      "authorize", "pending", "capture", "challenge", "capture deny", "settlement",      "deny",
      "cancel",    "expire",  "failure", "refund",    "chargeback",   "refund confirmed"};
  return names[static_cast<std::size_t>(step)];
}

decision decide_payment(payment_state& payment, const payment_fact& fact, instant recorded_at) {
  if (fact.word == payment_word::none) return enrich(payment, fact);
  decision result = undecided(attempt_status::none);
  if (fact.transaction_id.empty()) {
    refuse(result, {reason::missing_field, sentence("transaction_id is missing: status ",
                                                    to_string(fact.word), " of no transaction")});
    return result;
  }
  const std::size_t attempts_before = payment.attempts.size();
  attempt* attempt = attempt_for(payment, fact);
  if (attempt == nullptr) {
    refuse(result, too_many(fact));
    return result;
  }
  begin_with(result, attempt->status);
  if (auto why = check(payment, *attempt, fact)) {
    refuse(result, std::move(*why));
    forget_new(payment, attempts_before);
    return result;
  }
  const auto document_amount = payment.document_amount;
  payment_case at{
      payment,       *attempt,        fact,  recorded_at, *amount_of(payment, *attempt, fact),
      attempt->word, attempt->status, result};
  // before the events, which compare the amount of the document
  if (fact.document && fact.gross_amount) payment.document_amount = fact.gross_amount;
  apply(at);
  if (result.verdict == verdict::conflict) {
    payment.document_amount = document_amount;
    forget_new(payment, attempts_before);
    return result;
  }
  if (fact.document) learn_document(payment, fact);
  if (payment.order_id.empty()) payment.order_id = fact.order_id;
  result.status_after = to_string(attempt->status);
  if (result.verdict != verdict::advance) {
    result.note = note_of(result.verdict, at.status_before, fact.word);
  }
  return result;
}

}  // namespace sinyal::core
