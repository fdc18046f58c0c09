#pragma once
// What decide() is made of: one part per kind of subject, and what the parts share.

#include "broker/core/decide.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace sinyal::core {

// Each leaves what it knows in `state`, and does not change it when it answers with a conflict.
// They fill in everything of the decision but `state` and the numbers of the emissions.
decision decide_payment(payment_state& state, const payment_fact& fact, instant recorded_at);
decision decide_invoice(invoice_state& state, const invoice_fact& fact, instant recorded_at);
decision decide_subscription(subscription_state& state, const subscription_fact& fact,
                             instant recorded_at);

/// Joins what a sentence is made of.
template <class... Parts>
std::string sentence(const Parts&... parts) {
  std::string text;
  (text.append(std::string_view{parts}), ...);
  return text;
}

template <class Status>
void begin_with(decision& result, Status status) {
  result.status_before = to_string(status);
  result.status_after = result.status_before;
}
template <class Status>
decision undecided(Status status) {
  decision result;
  begin_with(result, status);
  return result;
}

inline void refuse(decision& result, rejection why) {
  result.verdict = verdict::conflict;
  result.why = std::move(why);
  result.status_after = result.status_before;
  result.emissions.clear();
}

/// Why a fact that publishes nothing does not.
template <class Status, class Word>
std::string note_of(verdict verdict, Status status, Word word) {
  if (verdict == verdict::late) {
    return sentence(to_string(word), " comes after ", to_string(status), ": recorded only");
  }
  return verdict == verdict::repeat ? sentence(to_string(word), " is known") : std::string{};
}

/// The identity of a signal without one of its own: "" the first time, then "2", "3" …
inline std::string how_manieth(std::array<std::uint8_t, signal_count>& published, signal signal) {
  std::uint8_t& count = published[static_cast<std::size_t>(signal)];
  if (count < 255) ++count;
  return count == 1 ? std::string{} : std::to_string(count);
}

/// `to` learns `from` where it may overwrite or knows nothing. True when it changed.
template <class Value>
bool learn(std::optional<Value>& to, const std::optional<Value>& from, bool overwrite) {
  if (!from || (to && !overwrite) || to == from) return false;
  to = from;
  return true;
}
inline bool learn(std::string& to, std::string_view from, bool overwrite) {
  if (from.empty() || (!to.empty() && !overwrite) || to == from) return false;
  to = from;
  return true;
}
template <class Texts>
bool learn_texts(Texts& to, const Texts& from, bool overwrite) {
  return overwrite ? to.overwrite_from(from) : to.fill_from(from);
}

}  // namespace sinyal::core
