// Refunds and chargebacks: which of a notification's entries are new, what they amount to, and what
// they do to the attempt.

#include "broker/core/payment_case.hpp"
#include "broker/core/payment_checks.hpp"

#include <algorithm>
#include <utility>

namespace sinyal::core {
namespace {

/// One thing that is given back, as the notification tells it.
struct told_entry {
  money_back what;
  std::string identity;
  bool named = true;  // has an identity of Midtrans's or the merchant's, not of ours
};

/// What one notification did so far.
struct progress {
  bool advanced = false;   // something new was given back
  bool confirmed = false;  // something known was confirmed
  bool overtaken = false;  // something was told that a later notification had told already
};

given_back* find(std::vector<given_back>& all, const told_entry& entry) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const given_back& each) {
    return each.identity == entry.identity ||
           (!entry.what.uuid.empty() && each.identity == entry.what.uuid) ||
           (!entry.what.id.empty() && each.id == entry.what.id) ||
           (!entry.what.key.empty() && each.key == entry.what.key);
  });
  return found == all.end() ? nullptr : &*found;
}

/// A refund that was told without key or id before, in the flat form, and now in a list: the same
/// amount, and nothing else to tell it by.
given_back* find_nameless(std::vector<given_back>& all, const told_entry& entry) {
  if (!entry.named || !entry.what.amount) return nullptr;
  const auto found = std::find_if(all.begin(), all.end(), [&](const given_back& each) {
    // its identity is then a cumulative amount, and no uuid
    return each.key.empty() && each.id.empty() && each.amount == entry.what.amount &&
           money::parse(each.identity).has_value();
  });
  return found == all.end() ? nullptr : &*found;
}

std::string identity_of(const money_back& entry) {
  if (!entry.key.empty()) return entry.key;
  return entry.uuid.empty() ? entry.id : entry.uuid;
}

money gross(const payment_case& at) {
  return at.attempt.gross_amount.value_or(at.amount);
}

money remaining(const payment_case& at) {
  return gross(at) - at.attempt.refunded() - at.attempt.charged_back();
}

/// The rise of the sum for a refund without an amount: up to the cumulative refund_amount, or to
/// all that remains when Midtrans says `refund` and no amount. Empty when nothing tells it.
std::optional<money> rise_of(const payment_case& at) {
  if (at.fact.refund_amount) return *at.fact.refund_amount - at.attempt.refunded();
  if (at.fact.word == payment_word::refund) return remaining(at);
  return std::nullopt;
}

rejection no_amount(const payment_case& at) {
  return {reason::missing_field, sentence("refund_amount is missing: ", to_string(at.fact.word),
                                          " of ", at.attempt.transaction_id, " tells no amount")};
}

rejection other_amount(const told_entry& entry, money told, money known) {
  return {reason::amount_mismatch, sentence("refund ", entry.identity, " is ", told.to_string(),
                                            ", known is ", known.to_string())};
}

rejection beyond(const payment_case& at, const told_entry& entry, money amount) {
  return {reason::amount_mismatch, sentence("refund ", entry.identity, " of ", amount.to_string(),
                                            " after ", at.attempt.refunded().to_string(),
                                            " is beyond gross_amount ", gross(at).to_string())};
}

/// An entry that is known: it may be confirmed now, or tell what was not known of it.
void repeat_entry(payment_case& at, given_back& known, const told_entry& entry, bool is_refund,
                  progress& so_far) {
  if (is_refund && entry.what.amount && known.amount && *entry.what.amount != *known.amount) {
    return refuse(at.result, other_amount(entry, *entry.what.amount, *known.amount));
  }
  // not the amount: of a refund that has none, a later cumulative amount was told first
  learn(known.key, entry.what.key, false);
  learn(known.id, entry.what.id, false);
  learn(known.reason, entry.what.reason, false);
  learn(known.created_at, entry.what.created_at, false);
  if (!is_refund || !entry.what.confirmed || known.confirmed) return;
  known.confirmed = true;
  known.confirmed_at = entry.what.confirmed_at;
  so_far.confirmed = true;
  take(at, *payment_table.at(at.attempt.status, payment_step::refund_confirmed).begin(), &known);
}

given_back record_of(const told_entry& entry, std::optional<money> amount) {
  return {.identity = entry.identity,
          .key = entry.what.key,
          .id = entry.what.id,
          .amount = amount,
          .reason = entry.what.reason,
          .created_at = entry.what.created_at,
          .confirmed_at = entry.what.confirmed_at,
          .confirmed = entry.what.confirmed};
}

bool is_full_house(payment_case& at) {
  if (at.attempt.refunds.size() + at.attempt.chargebacks.size() < refunds_max) return false;
  refuse(at.result, {reason::state_too_large,
                     sentence("the payment has ", std::to_string(refunds_max),
                              " refunds and chargebacks already, this would be one more")});
  return true;
}

/// An entry that is new: through the table.
void new_entry(payment_case& at, const told_entry& entry, std::optional<money> amount,
               bool is_refund, progress& so_far) {
  const money rest = remaining(at) - amount.value_or(money{});
  const auto column = is_refund ? payment_step::refund : payment_step::chargeback;
  const auto& step = payment_table.at(at.attempt.status, column).choose([&](condition condition) {
    return condition == condition::named ? entry.named : rest <= money{};
  });
  if (step.verdict == verdict::conflict) {
    return refuse(at.result,
                  {step.why, sentence(to_string(at.fact.word), " ", entry.identity,
                                      " cannot follow status ", to_string(at.attempt.status))});
  }
  if (step.verdict != verdict::advance || is_full_house(at)) return;
  auto& all = is_refund ? at.attempt.refunds : at.attempt.chargebacks;
  const given_back& made = all.emplace_back(record_of(entry, amount));
  so_far.advanced = true;
  at.payment.charged_back_last = !is_refund;
  take(at, step, &made);
  if (is_refund && made.confirmed) {
    take(at, *payment_table.at(at.attempt.status, payment_step::refund_confirmed).begin(), &made);
  }
}

void refund_entry(payment_case& at, told_entry entry, progress& so_far) {
  const std::optional<money> rise = entry.what.amount ? entry.what.amount : rise_of(at);
  if (entry.identity.empty() && rise) {
    entry.identity = (at.attempt.refunded() + *rise).to_string();
  }
  if (given_back* known = find(at.attempt.refunds, entry)) {
    return repeat_entry(at, *known, entry, true, so_far);
  }
  if (given_back* known = at.fact.listed ? find_nameless(at.attempt.refunds, entry) : nullptr) {
    return repeat_entry(at, *known, entry, true, so_far);
  }
  // told under a chargeback status before: Midtrans numbers both alike
  if (entry.named && find(at.attempt.chargebacks, entry) != nullptr) return;
  if (!rise) return refuse(at.result, no_amount(at));
  if (!entry.what.amount && *rise <= money{}) {
    so_far.overtaken = true;
    if (entry.named && !is_full_house(at)) {
      at.attempt.refunds.push_back(record_of(entry, std::nullopt));
    }
    return;
  }
  if (at.attempt.refunded() + *rise > gross(at)) {
    return refuse(at.result, beyond(at, entry, *rise));
  }
  new_entry(at, entry, rise, true, so_far);
}

void refunds(payment_case& at, progress& so_far) {
  const payment_fact& fact = at.fact;
  if (!fact.listed || fact.refunds.empty()) {
    told_entry flat{.what = {}, .identity = fact.refund_key};
    flat.what.key = fact.refund_key;
    flat.named = !fact.refund_key.empty();
    return refund_entry(at, std::move(flat), so_far);
  }
  money listed;
  for (const money_back& each : fact.refunds) {
    told_entry entry{.what = each, .identity = identity_of(each)};
    entry.named = !entry.identity.empty();
    listed += each.amount.value_or(money{});
    // What the list comes to, not what is known: the same again when the list is told again.
    if (!entry.named && each.amount) entry.identity = listed.to_string();
    refund_entry(at, std::move(entry), so_far);
    if (at.result.verdict == verdict::conflict) return;
  }
}

/// What a chargeback without an amount takes: `chargeback` all that is left. A partial one does
/// not say, and counts 0.00.
std::optional<money> untold_chargeback(const payment_case& at) {
  if (at.fact.word == payment_word::partial_chargeback) return std::nullopt;
  return std::max(remaining(at), money{});
}

void chargeback_entry(payment_case& at, const told_entry& entry, progress& so_far) {
  if (given_back* known = find(at.attempt.chargebacks, entry)) {
    return repeat_entry(at, *known, entry, false, so_far);
  }
  new_entry(at, entry, entry.what.amount ? entry.what.amount : untold_chargeback(at), false,
            so_far);
}

/// The list holds refunds too, numbered alike: whatever is no known refund is a chargeback. Without
/// one, the notification itself is the chargeback, and its status word identifies it.
void chargebacks(payment_case& at, progress& so_far) {
  bool listed = false;
  for (const money_back& each : at.fact.refunds) {
    told_entry entry{.what = each, .identity = identity_of(each)};
    if (!at.fact.listed || entry.identity.empty()) continue;
    if (find(at.attempt.refunds, entry) != nullptr) continue;
    listed = true;
    chargeback_entry(at, entry, so_far);
    if (at.result.verdict == verdict::conflict) return;
  }
  if (listed) return;
  const told_entry itself{
      .what = {}, .identity = std::string{to_string(at.fact.word)}, .named = false};
  chargeback_entry(at, itself, so_far);
}

bool is_full(payment_word word) {
  return word == payment_word::refund || word == payment_word::chargeback;
}

/// Does the word replace the attempt's? `partial_refund` never replaces `refund`, and what is only
/// confirmed now may have been overtaken by a chargeback since.
bool word_moves(const payment_case& at, bool is_refund, const progress& so_far) {
  const payment_word known = at.attempt.word;
  const bool same_kind = is_refund ? is_refund_word(known) : is_chargeback_word(known);
  if (so_far.advanced) return !same_kind || is_full(at.fact.word) || !is_full(known);
  return so_far.confirmed && same_kind && (is_full(at.fact.word) || !is_full(known));
}

}  // namespace

void give_back(payment_case& at) {
  const bool is_refund = is_refund_word(at.fact.word);
  const bool charged_back_last = at.payment.charged_back_last;
  adopt_amount(at.attempt, at.fact, at.amount, true);
  progress so_far;
  is_refund ? refunds(at, so_far) : chargebacks(at, so_far);
  if (at.result.verdict == verdict::conflict) {
    at.payment.charged_back_last = charged_back_last;
    return;
  }
  const bool newest = word_moves(at, is_refund, so_far);
  learn_details(at.attempt, at.fact, newest);
  if (newest) at.attempt.word = at.fact.word;
  if (newest && at.word_before != payment_word::none && at.word_before != at.attempt.word) {
    for (emission& each : at.result.emissions) each.previous_status = to_string(at.word_before);
  }
  at.result.verdict = so_far.advanced || so_far.confirmed ? verdict::advance
                      : so_far.overtaken                  ? verdict::late
                                                          : verdict::repeat;
}

}  // namespace sinyal::core
