// Every order of delivery of every legal history of up to six facts, and each with any one fact
// delivered twice.

#include "tests/core/history.hpp"

#include <algorithm>
#include <set>

using namespace sinyal::core;
using namespace sinyal::core::test;

namespace {

/// A notification by its name, so that histories are lists of names.
payment_fact told(const std::string& name, bool reversible) {
  payment_fact fact;
  if (name == "refund a")
    fact = listed(pay("partial_refund"), {entry("a", 30)});
  else if (name == "confirm a")
    fact = listed(pay("partial_refund"), {entry("a", 30, true)});
  else if (name == "refund a+b")
    fact = listed(pay("partial_refund"), {entry("a", 30), entry("b", 20)});
  else if (name == "refund all")
    fact = listed(pay("refund"), {entry("a", 30), entry("b", 20), entry("c", 50)});
  else if (name == "refund whole")
    fact = listed(pay("refund"), {entry("w", 100)});
  else if (name == "confirm whole")
    fact = listed(pay("refund"), {entry("w", 100, true)});
  else
    fact = pay(name);
  return reversible ? permata(std::move(fact)) : fact;
}

/// What Midtrans documents as next. `reversal` is the deny after a settlement.
std::vector<std::string> next(const std::string& last, bool reversible) {
  if (last.empty()) {
    if (reversible) return {"pending", "settlement", "deny"};
    return {"pending",    "authorize", "authorize/challenge", "capture", "capture/challenge",
            "settlement", "deny",      "capture/deny",        "cancel",  "expire",
            "failure"};
  }
  if (last == "pending" && reversible) return {"settlement", "deny", "cancel", "expire"};
  if (last == "pending") {
    return {"authorize",  "authorize/challenge",
            "capture",    "capture/challenge",
            "settlement", "deny",
            "cancel",     "expire",
            "failure"};
  }
  if (last == "authorize/challenge") return {"authorize", "capture/challenge", "cancel", "deny"};
  if (last == "authorize") return {"capture", "capture/challenge", "cancel", "deny", "expire"};
  if (last == "capture/challenge") return {"capture", "cancel", "deny"};
  if (last == "capture") return {"settlement", "cancel"};
  if (last == "settlement") {
    if (reversible) return {"deny"};
    return {"refund a", "refund whole", "partial_chargeback", "chargeback", "deny"};
  }
  if (last == "refund a") return {"confirm a", "refund a+b"};
  if (last == "confirm a") return {"refund a+b"};
  if (last == "refund a+b") return {"refund all"};
  if (last == "refund whole") return {"confirm whole"};
  if (last == "partial_chargeback") return {"chargeback"};
  return {};
}

void collect(std::vector<std::string>& path, bool reversible,
             std::vector<std::vector<std::string>>& all) {
  if (!path.empty()) all.push_back(path);
  if (path.size() == 6) return;
  for (const std::string& each : next(path.empty() ? "" : path.back(), reversible)) {
    path.push_back(each);
    collect(path, reversible, all);
    path.pop_back();
  }
}

/// The pairs whose order counts, by the rules.
bool order_counts(const std::vector<std::string>& names, bool reversible) {
  const auto has = [&](const char* name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  return (has("settlement") && has("deny") && !reversible) || (has("capture") && has("deny")) ||
         (has("capture") && has("cancel"));
}

/// What an attempt came to, without how it came to it.
std::string end_of(const subject_state& state) {
  const auto& payment = std::get<payment_state>(state.what);
  const attempt& at = payment.attempts.at(0);
  std::string text{to_string(at.status)};
  const auto add = [&](std::string_view part) { (text += '|') += part; };
  add(to_string(at.word));
  add(at.challenge_with_authorize && at.status == attempt_status::challenged ? "authorize" : "");
  for (std::size_t i = 0; i < payment_text_count; ++i) add(at.texts[static_cast<payment_text>(i)]);
  for (const auto& amount : {at.gross_amount, at.authorized_amount}) {
    add(amount ? amount->to_string() : "");
  }
  for (const auto& time : {at.transaction_time, at.settlement_time}) {
    add(time ? format_time(*time) : "");
  }
  std::vector<std::string> refunds;
  for (const given_back& each : at.refunds) {
    refunds.push_back(each.identity + '=' + each.amount->to_string() + (each.confirmed ? "!" : ""));
  }
  std::sort(refunds.begin(), refunds.end());
  for (const std::string& each : refunds) add(each);
  add(at.charged_back().to_string());
  const order_view order = view_of(payment);
  add(order.status);
  add(order.net_amount.to_string());
  add(std::to_string(payment.quarantined));
  return text;
}

/// Walks all orders of delivery of one history. Two orders that come to the same state after the
/// same facts, with the same published, go on alike: they are walked once, and counted both.
class walk {
 public:
  walk(std::vector<payment_fact> facts, bool order_counts)
      : facts_{std::move(facts)}, order_counts_{order_counts}, known_(1u << facts_.size()) {}

  std::uint64_t run() { return step(empty_state({subject_kind::payment, "SHOP-1"}), 0, {}, false); }
  const std::set<std::string>& ends() const { return ends_; }
  bool published_twice() const { return published_twice_; }
  bool gap() const { return gap_; }

 private:
  using identities = std::vector<std::string>;
  struct place {
    subject_state state;
    identities published;
    bool repeated;
    std::uint64_t cases;
  };

  void note(const decision& made, std::uint64_t sequence, identities& published) {
    for (const emission& each : made.emissions) {
      if (each.sequence != ++sequence) gap_ = true;
      std::string id = std::string{to_string(each.signal)} + '|' + each.transaction_id;
      // a signal that recurs has a number as its identity: that is twice too
      if (each.back) (id += '|') += each.identity;
      if (std::find(published.begin(), published.end(), id) != published.end()) {
        published_twice_ = true;
      }
      published.push_back(std::move(id));
    }
    if (made.state.sequence != sequence) gap_ = true;
  }

  /// How many orders of delivery lead on from here. `repeated`: a fact was delivered twice already.
  std::uint64_t step(const subject_state& state, unsigned delivered, const identities& published,
                     bool repeated) {
    for (const place& each : known_[delivered]) {
      if (each.repeated == repeated && each.state == state && each.published == published) {
        return each.cases;
      }
    }
    const unsigned all = (1u << facts_.size()) - 1;
    std::uint64_t cases = delivered == all ? 1 : 0;
    if (delivered == all && !order_counts_) ends_.insert(end_of(state));
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      const bool again = (delivered >> i & 1u) != 0;
      if (again && repeated) continue;
      const decision made = decide(state, fact{facts_[i], noon});
      identities now = published;
      note(made, state.sequence, now);
      cases += step(made.state, delivered | 1u << i, now, repeated || again);
    }
    known_[delivered].push_back({state, published, repeated, cases});
    return cases;
  }

  std::vector<payment_fact> facts_;
  bool order_counts_;
  std::vector<std::vector<place>> known_;  // by the facts delivered, a bit each
  std::set<std::string> ends_;
  bool published_twice_ = false;
  bool gap_ = false;
};

std::uint64_t check_all(bool reversible, std::size_t& histories) {
  std::vector<std::vector<std::string>> all;
  std::vector<std::string> path;
  collect(path, reversible, all);
  std::uint64_t cases = 0;
  for (const auto& names : all) {
    std::string name;
    for (const std::string& each : names) (name += name.empty() ? "" : ", ") += each;
    CAPTURE(name);
    std::vector<payment_fact> facts;
    for (const std::string& each : names) facts.push_back(told(each, reversible));
    const bool counts = order_counts(names, reversible);
    walk deliveries{std::move(facts), counts};
    cases += deliveries.run();
    std::string ends;
    for (const std::string& each : deliveries.ends()) (ends += '\n') += each;
    CAPTURE(ends);
    CHECK(deliveries.ends().size() == (counts ? 0u : 1u));
    CHECK_FALSE(deliveries.published_twice());
    CHECK_FALSE(deliveries.gap());
  }
  histories += all.size();
  return cases;
}

}  // namespace

TEST_CASE("the order of delivery changes nothing, and nothing is published twice") {
  std::size_t histories = 0;
  std::uint64_t cases = check_all(false, histories);
  cases += check_all(true, histories);
  MESSAGE("legal histories: " << histories << ", orders of delivery: " << cases);
  CHECK(cases > 100'000);
}
