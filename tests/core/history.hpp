#pragma once
// Facts in one line, and the subject that they are told to.

#include "broker/core/decide.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sinyal::core::test {

inline constexpr instant noon{1'790'000'000'000};
inline instant after(std::int64_t seconds) {
  return {noon.ms_since_epoch + seconds * 1000};
}
inline money rupiah(std::int64_t units) {
  return money::of_hundredths(units * 100);
}

/// `capture/challenge`, `settlement`: a signed notification of gross_amount 100.00.
inline payment_fact pay(std::string_view what, std::string_view transaction_id = "T1") {
  payment_fact fact;
  const std::size_t slash = what.find('/');
  const std::string_view fraud_word =
      slash == std::string_view::npos ? std::string_view{} : what.substr(slash + 1);
  const auto word = parse_payment_word(what.substr(0, slash));
  REQUIRE(word);
  fact.word = *word;
  fact.fraud = fraud_word == "challenge" ? fraud::challenge
               : fraud_word == "deny"    ? fraud::deny
                                         : fraud::accept;
  using enum payment_word;
  const bool ending = fact.fraud == fraud::deny || *word == deny || *word == cancel ||
                      *word == expire || *word == failure;
  const bool open = *word == pending || fact.fraud == fraud::challenge;
  fact.texts.set(payment_text::status_code, ending ? "202" : open ? "201" : "200");
  fact.texts.set(payment_text::fraud_status, fraud_word);
  fact.texts.set(payment_text::status_message, what);
  fact.texts.set(payment_text::payment_type, "credit_card");
  fact.order_id = "SHOP-1";
  fact.transaction_id = transaction_id;
  fact.gross_amount = rupiah(100);
  fact.transaction_time = after(-60);
  if (*word == settlement) fact.settlement_time = after(-30);
  return fact;
}

inline payment_fact on_channel(payment_fact fact, std::string type, std::string bank,
                               std::string store = {}) {
  fact.texts.set(payment_text::payment_type, type);
  fact.texts.set(payment_text::bank, bank);
  fact.texts.set(payment_text::store, store);
  return fact;
}
inline payment_fact permata(payment_fact fact) {
  return on_channel(std::move(fact), "bank_transfer", "permata");
}

inline money_back entry(std::string key, std::int64_t units, bool confirmed = false) {
  money_back back;
  back.key = std::move(key);
  back.amount = rupiah(units);
  back.created_at = after(-10);
  back.confirmed = confirmed;
  if (confirmed) back.confirmed_at = after(-5);
  return back;
}

inline payment_fact listed(payment_fact fact, std::vector<money_back> all) {
  fact.listed = true;
  fact.refunds = std::move(all);
  return fact;
}

inline payment_fact flat(payment_fact fact, std::int64_t cumulative, std::string key = {}) {
  fact.refund_amount = rupiah(cumulative);
  fact.refund_key = std::move(key);
  return fact;
}

/// `a=20.00 b=?` of the refunds, or chargebacks, that one decision publishes.
inline std::string identities(const decision& decision) {
  std::string text;
  for (const emission& each : decision.emissions) {
    if (!text.empty()) text += ' ';
    text += each.identity + '=' + (each.back->amount ? each.back->amount->to_string() : "?");
  }
  return text;
}

/// `payment_settled!paid_twice,order_unknown` of what one decision published, space between.
inline std::string published(const decision& decision) {
  std::string text;
  for (const emission& each : decision.emissions) {
    if (!text.empty()) text += ' ';
    text += to_string(each.signal);
    char before = '!';
    for (const anomaly flag : each.anomalies) {
      (text += before) += to_string(flag);
      before = ',';
    }
  }
  return text;
}

/// A subject, told one fact after the other.
struct history {
  subject_state state;
  decision last;

  explicit history(subject_kind kind = subject_kind::payment, std::string id = "SHOP-1")
      : state{empty_state({kind, std::move(id)})} {}

  template <class Fact>
  history& tell(Fact what, instant recorded_at = noon) {
    last = decide(state, fact{std::move(what), recorded_at});
    state = last.state;
    return *this;
  }
  history& tell_all(std::initializer_list<std::string_view> words) {
    for (const auto word : words) tell(pay(word));
    return *this;
  }
  const payment_state& payment() const { return std::get<payment_state>(state.what); }
  const attempt& first() const { return payment().attempts.at(0); }
  std::string verdict() const { return std::string{to_string(last.verdict)}; }
  std::string reason() const {
    return last.why ? std::string{to_string(last.why->reason)} : std::string{};
  }
  std::string published() const { return test::published(last); }
};

}  // namespace sinyal::core::test
