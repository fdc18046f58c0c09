#pragma once
// A signal that fired: who sent it, what it is about, and how it stands in its subject's history.

#include <cstdint>
#include <optional>
#include <sinyal/subjects.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sinyal {

/// Whose notification it was: `/midtrans/G141532850`.
struct sender {
  std::string connector;  // midtrans
  std::string merchant;   // G141532850
  bool operator==(const sender&) const = default;
};

/// How an event's sequence continues what this process has seen of its subject. Sequences count a
/// subject's events over all topics, so one who reads only some of them sees gaps that are none.
enum class continuity : std::uint8_t {
  first,   // nothing of the subject is known here: after a start, a rebalance, or long ago
  next,    // the one after the last
  gap,     // at least one between was not seen
  repeat,  // seen before, or one older than what was seen: only an inbox knows, so never drop it
};

struct event_base {
  std::string id;           // the same on every delivery of the same thing: the key of an inbox
  std::string_view signal;  // payment_settled
  sinyal::sender sender;
  std::string subject;  // the order's, invoice's or subscription's id
  std::int64_t sequence = 0;
  sinyal::continuity continuity = sinyal::continuity::first;
  time_point time;           // when it happened
  time_point recorded_time;  // when the broker was told
  std::vector<std::string> anomalies;
  text traceparent;
  /// The provider's notification as JSON text, number tokens as they came; empty when a document
  /// of the merchant's own caused the event.
  text notification;

  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  bool operator==(const event_base&) const = default;
};

template <class Subject>
struct event;

template <>
struct event<payment> : event_base {
  sinyal::payment payment;
  std::optional<reversal> refund;      // of payment_refunded and payment_refund_confirmed
  std::optional<reversal> chargeback;  // of payment_charged_back
  const sinyal::payment& about() const { return payment; }
  bool operator==(const event&) const = default;
};

template <>
struct event<invoice> : event_base {
  sinyal::invoice invoice;
  const sinyal::invoice& about() const { return invoice; }
  bool operator==(const event&) const = default;
};

template <>
struct event<subscription> : event_base {
  sinyal::subscription subscription;
  std::optional<sinyal::charge> charge;  // of subscription_charged and subscription_charge_failed
  const sinyal::subscription& about() const { return subscription; }
  bool operator==(const event&) const = default;
};

/// In the order of subject_kind.
using any_event = std::variant<event<payment>, event<invoice>, event<subscription>>;

inline const event_base& base(const any_event& event) {
  return std::visit([](const event_base& each) -> const event_base& { return each; }, event);
}
inline event_base& base(any_event& event) {
  return std::visit([](event_base& each) -> event_base& { return each; }, event);
}

}  // namespace sinyal
