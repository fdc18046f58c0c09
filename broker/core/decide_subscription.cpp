#include "broker/core/decide_parts.hpp"
#include "broker/core/subscription_table.hpp"

#include <algorithm>
#include <utility>

namespace sinyal::core {
namespace {

using step = transition<subscription_status>;

bool is_charge(subscription_word word) {
  return word == subscription_word::charged || word == subscription_word::charge_failed;
}

/// transaction_id; without one (nothing was tried, or it failed before) the interval, the time of
/// the next try and the code, so that each retry is its own.
std::string charge_identity(const subscription_fact& fact) {
  if (!fact.charge.transaction_id.empty()) return fact.charge.transaction_id;
  return sentence(fact.id, "/",
                  fact.current_interval ? std::to_string(*fact.current_interval) : std::string{},
                  "/", fact.next_execution_text, "/", fact.charge.status_code);
}

bool contains(const std::vector<std::string>& identities, const std::string& identity) {
  return std::find(identities.begin(), identities.end(), identity) != identities.end();
}

/// A charge of an earlier interval that is delivered late does not turn the clock back.
bool is_newest(const subscription_state& known, const subscription_fact& fact) {
  return !fact.current_interval || !known.current_interval ||
         *fact.current_interval >= *known.current_interval;
}

bool learn_details(subscription_state& to, const subscription_fact& fact, bool newest) {
  const bool overwrite = newest && is_newest(to, fact);
  bool changed = learn_texts(to.texts, fact.texts, overwrite);
  changed |= learn(to.word, fact.status, overwrite);
  changed |= learn(to.amount, fact.amount, overwrite);
  changed |=
      learn(to.currency, currency_or_default(fact.currency), overwrite && !fact.currency.empty());
  changed |= learn(to.interval, fact.interval, overwrite);
  changed |= learn(to.max_interval, fact.max_interval, overwrite);
  changed |= learn(to.current_interval, fact.current_interval, overwrite);
  changed |= learn(to.start_time, fact.start_time, overwrite);
  changed |= learn(to.next_execution_at, fact.next_execution_at, overwrite);
  return changed;
}

bool is_full(const subscription_state& subscription) {
  return subscription.charges.size() + subscription.failed_charges.size() >= charges_max;
}

void publish(decision& result, subscription_state& subscription, signal signal,
             const subscription_fact& fact, std::string charge, instant recorded_at) {
  emission& event = result.emissions.emplace_back();
  event.signal = signal;
  event.time = recorded_at;
  if (!is_charge(fact.word)) {
    event.identity = how_manieth(subscription.published, signal);
    return;
  }
  event.transaction_id = fact.charge.transaction_id;
  event.identity = std::move(charge);
  event.charge = fact.charge;
}

}  // namespace

decision decide_subscription(subscription_state& subscription, const subscription_fact& fact,
                             instant recorded_at) {
  decision result = undecided(subscription.status);
  const bool charge = is_charge(fact.word);
  std::string identity = charge ? charge_identity(fact) : std::string{};
  auto& known =
      fact.word == subscription_word::charged ? subscription.charges : subscription.failed_charges;
  bool learned = false;
  const step& chosen =
      subscription_table.at(subscription.status, fact.word).choose([&](condition condition) {
        if (condition == condition::charge_known) return contains(known, identity);
        if (condition == condition::charge_succeeded) {
          return contains(subscription.charges, identity);
        }
        learned = true;  // something_new is found out by learning
        return learn_details(subscription, fact, true);
      });
  result.verdict = chosen.verdict;
  if (charge && chosen.verdict == verdict::advance) {
    if (is_full(subscription)) {
      refuse(result, {reason::state_too_large,
                      sentence("the subscription has ", std::to_string(charges_max),
                               " charges already, ", identity, " would be one more")});
      return result;
    }
    known.push_back(identity);
  }
  if (!learned) learn_details(subscription, fact, chosen.verdict == verdict::advance);
  if (result.verdict != verdict::advance) {
    result.note = note_of(result.verdict, subscription.status, fact.word);
  }
  subscription.status = *chosen.to;
  if (subscription.id.empty()) subscription.id = fact.id;
  if (chosen.publishes) {
    publish(result, subscription, *chosen.publishes, fact, std::move(identity), recorded_at);
  }
  result.status_after = to_string(subscription.status);
  return result;
}

}  // namespace sinyal::core
