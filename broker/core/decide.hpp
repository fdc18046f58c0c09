#pragma once
// The heart: decide() takes what is known of a subject and one fact, and says what the fact means,
// what is known now, and which signals to publish. No I/O, no clock, no randomness: the same
// history gives the same signals, byte for byte.

#include "broker/core/fact.hpp"
#include "broker/core/signal.hpp"
#include "broker/core/state.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sinyal::core {

enum class verdict : std::uint8_t {
  advance,   // something new: state changed, signals perhaps
  repeat,    // known already
  late,      // true once, overtaken since: recorded, not published
  conflict,  // cannot be: to quarantine, with its reason
};
inline constexpr std::size_t verdict_count = 4;
std::string_view to_string(verdict verdict);

enum class anomaly : std::uint8_t {
  paid_twice,
  paid_after_expire,
  paid_after_cancel,
  paid_after_deny,
  paid_after_failure,
  before_settlement,
  amount_differs,
  order_unknown,
  refund_and_chargeback,
};
inline constexpr std::size_t anomaly_count = 9;
std::string_view to_string(anomaly anomaly);

/// One signal to publish. Views are names of enums, which live for ever. `state` of the decision,
/// after the whole fact, is what its event shows.
struct emission {
  core::signal signal = signal::payment_received;
  std::uint64_t sequence = 0;  // of the subject, over all its topics: 1, 2, 3 …
  instant time;                // when it happened (ce_time)
  std::string transaction_id;  // the attempt of a payment; third part of ce_id's name
  std::string identity;        // fourth part: refund, chargeback or charge, or the how-manieth
  std::string_view previous_status;  // transaction_status that this one replaces
  std::vector<anomaly> anomalies;
  std::vector<std::string> other_transaction_ids;  // with paid_twice: who paid already
  std::optional<given_back> back;                  // the refund or chargeback that it tells of
  bool back_is_full = false;                       // with it, all of the attempt's money is back
  std::optional<core::charge> charge;              // of the two signals of a charge
};

struct decision {
  core::verdict verdict = verdict::repeat;
  std::optional<rejection> why;    // of a conflict, and only there
  std::string note;                // why a late or repeated fact is one, for `sinyal explain`
  std::string_view status_before;  // of the attempt, invoice or subscription; "none" when unknown
  std::string_view status_after;
  subject_state state;
  std::vector<emission> emissions;  // in the order of the catalogue
};

/// `state` of a subject never heard of is empty_state(). A conflict changes nothing but
/// the order's `quarantined` count; an oversize history is a conflict too (too_many_attempts,
/// state_too_large: bounds in state.hpp).
decision decide(subject_state state, const fact& fact);

/// What a notification does that could not even be made a fact: the order's `quarantined` count.
decision reject(subject_state state, rejection why);

}  // namespace sinyal::core
