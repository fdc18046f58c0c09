#include "broker/core/decide.hpp"

#include "broker/core/decide_parts.hpp"

#include <algorithm>
#include <utility>

namespace sinyal::core {
namespace {

decision judge(payment_state& state, const payment_fact& fact, instant recorded_at) {
  return decide_payment(state, fact, recorded_at);
}
decision judge(invoice_state& state, const invoice_fact& fact, instant recorded_at) {
  return decide_invoice(state, fact, recorded_at);
}
decision judge(subscription_state& state, const subscription_fact& fact, instant recorded_at) {
  return decide_subscription(state, fact, recorded_at);
}

template <class Fact>
struct state_for;
template <>
struct state_for<payment_fact> {
  using type = payment_state;
};
template <>
struct state_for<invoice_fact> {
  using type = invoice_state;
};
template <>
struct state_for<subscription_fact> {
  using type = subscription_state;
};

void count_conflict(subject_state& state) {
  if (auto* payment = std::get_if<payment_state>(&state.what)) ++payment->quarantined;
}

/// In the order of the catalogue; several of one signal keep the order that they were found in.
void number(std::vector<emission>& emissions, std::uint64_t& sequence) {
  if (emissions.size() > 1) {
    std::stable_sort(emissions.begin(), emissions.end(),
                     [](const emission& a, const emission& b) { return a.signal < b.signal; });
  }
  for (emission& each : emissions) each.sequence = ++sequence;
}

std::string_view status_of(const subject_state& state) {
  if (const auto* invoice = std::get_if<invoice_state>(&state.what)) {
    return to_string(invoice->status);
  }
  if (const auto* subscription = std::get_if<subscription_state>(&state.what)) {
    return to_string(subscription->status);
  }
  return to_string(attempt_status::none);
}

}  // namespace

decision decide(subject_state state, const fact& fact) {
  decision result = std::visit(
      [&](const auto& what) {
        using state_type = typename state_for<std::decay_t<decltype(what)>>::type;
        return judge(std::get<state_type>(state.what), what, fact.recorded_at);
      },
      fact.what);
  if (result.verdict == verdict::conflict) count_conflict(state);
  number(result.emissions, state.sequence);
  result.state = std::move(state);
  return result;
}

decision reject(subject_state state, rejection why) {
  decision result;
  result.verdict = verdict::conflict;
  result.why = std::move(why);
  result.status_before = status_of(state);
  result.status_after = result.status_before;
  count_conflict(state);
  result.state = std::move(state);
  return result;
}

}  // namespace sinyal::core
