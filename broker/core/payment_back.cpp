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

/// Told in the flat form, and by no list since: a list tells an id or a time. It may stand for
/// several refunds, those since the one before.
bool is_flat(const given_back& each) {
  if (!each.id.empty() || each.created_at) return false;
  // its identity is its key, or a cumulative amount, but no uuid
  return each.identity == each.key || money::parse(each.identity).has_value();
}

/// A stretch of the sum of all refunds, which flat refunds rise and lists add up to, oldest first:
/// so two that tell of the same money lie on the same stretch.
struct stretch {
  money begin, end;
  bool holds(const stretch& other) const { return begin <= other.begin && other.end <= end; }
  bool meets(const stretch& other) const { return begin < other.end && other.begin < end; }
};

/// The flat refund whose money an entry of a list tells again: all of it, or a part where the flat
/// one stands for several. One that the list names itself stands for that alone.
given_back* find_flat(std::vector<given_back>& all, const payment_fact& fact,
                      const told_entry& entry, stretch place) {
  if (!entry.what.amount) return nullptr;
  const auto is_listed = [&](const given_back& each) {
    return std::any_of(fact.refunds.begin(), fact.refunds.end(), [&](const money_back& told) {
      return !told.key.empty() && told.key == each.key;
    });
  };
  money sum;
  for (given_back& each : all) {
    if (!each.amount) continue;
    const stretch known{sum, sum + *each.amount};
    sum = known.end;
    if (!is_flat(each)) continue;
    const bool other_key = !each.key.empty() && !entry.what.key.empty();
    const bool all_of_it = *each.amount == *entry.what.amount;
    if (all_of_it && known.meets(place) && !other_key) return &each;
    if (!all_of_it && known.holds(place) && !is_listed(each)) return &each;
  }
  return nullptr;
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

/// Not the amount: of a refund that has none, a later cumulative amount was told first.
void learn_entry(given_back& known, const told_entry& entry) {
  learn(known.key, entry.what.key, false);
  learn(known.id, entry.what.id, false);
  learn(known.reason, entry.what.reason, false);
  learn(known.created_at, entry.what.created_at, false);
}

/// An entry that is known: it may be confirmed now, or tell what was not known of it.
void repeat_entry(payment_case& at, given_back& known, const told_entry& entry, bool is_refund,
                  progress& so_far) {
  if (is_refund && entry.what.amount && known.amount && *entry.what.amount != *known.amount) {
    return refuse(at.result, other_amount(entry, *entry.what.amount, *known.amount));
  }
  learn_entry(known, entry);
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

/// What of the attempt an entry of a list is that a flat refund told before; null when it is new. A
/// part of one gets a record of its own, without an amount: that is in the flat one.
given_back* told_flat(payment_case& at, const told_entry& entry, stretch place, progress& so_far) {
  given_back* const known = find_flat(at.attempt.refunds, at.fact, entry, place);
  if (known == nullptr || known->amount == entry.what.amount) return known;
  if (is_full_house(at)) return nullptr;
  so_far.overtaken = true;
  given_back& part = at.attempt.refunds.emplace_back(record_of(entry, std::nullopt));
  part.confirmed = false;
  part.confirmed_at.reset();
  return &part;
}

/// The flat refund without a key that told this cumulative amount: the fact brings its key.
given_back* find_by_sum(payment_case& at, const told_entry& entry) {
  if (!entry.named || !at.fact.refund_amount) return nullptr;
  const auto found = std::find_if(
      at.attempt.refunds.begin(), at.attempt.refunds.end(), [&](const given_back& each) {
        return each.key.empty() && each.identity == at.fact.refund_amount->to_string();
      });
  return found == at.attempt.refunds.end() ? nullptr : &*found;
}

/// `place`: of an entry of a list.
void refund_entry(payment_case& at, told_entry entry, std::optional<stretch> place,
                  progress& so_far) {
  const std::optional<money> rise = entry.what.amount ? entry.what.amount : rise_of(at);
  if (entry.identity.empty() && rise) {
    entry.identity = (at.attempt.refunded() + *rise).to_string();
  }
  given_back* known = find(at.attempt.refunds, entry);
  if (known == nullptr) {
    known = place ? told_flat(at, entry, *place, so_far) : find_by_sum(at, entry);
  }
  if (at.result.verdict == verdict::conflict) return;
  if (known != nullptr) return repeat_entry(at, *known, entry, true, so_far);
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
    return refund_entry(at, std::move(flat), std::nullopt, so_far);
  }
  money listed;
  for (const money_back& each : fact.refunds) {
    told_entry entry{.what = each, .identity = identity_of(each)};
    entry.named = !entry.identity.empty();
    const stretch place{listed, listed + each.amount.value_or(money{})};
    listed = place.end;
    // What the list comes to, not what is known: the same again when the list is told again.
    if (!entry.named && each.amount) entry.identity = listed.to_string();
    refund_entry(at, std::move(entry), place, so_far);
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
/// one, the notification itself is the chargeback, and its status word identifies it. One entry
/// that is not known by name is the chargeback even if a flat refund had its amount.
void chargebacks(payment_case& at, progress& so_far) {
  std::vector<std::pair<told_entry, stretch>> unknown;
  money listed;
  for (const money_back& each : at.fact.refunds) {
    told_entry entry{.what = each, .identity = identity_of(each)};
    const stretch place{listed, listed + each.amount.value_or(money{})};
    listed = place.end;
    if (!at.fact.listed || entry.identity.empty()) continue;
    if (find(at.attempt.refunds, entry) != nullptr) continue;
    unknown.emplace_back(std::move(entry), place);
  }
  bool told = false;
  for (const auto& [entry, place] : unknown) {
    given_back* const refund = unknown.size() > 1 ? told_flat(at, entry, place, so_far) : nullptr;
    if (refund != nullptr) {
      learn_entry(*refund, entry);
    } else if (at.result.verdict != verdict::conflict) {
      told = true;
      chargeback_entry(at, entry, so_far);
    }
    if (at.result.verdict == verdict::conflict) return;
  }
  if (told) return;
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
