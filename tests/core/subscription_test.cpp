#include "tests/core/history.hpp"

using namespace sinyal::core;
using namespace sinyal::core::test;

namespace {

subscription_fact document(std::string status) {
  subscription_fact fact;
  fact.word = status == "active"      ? subscription_word::active
              : status == "cancelled" ? subscription_word::cancelled
                                      : subscription_word::inactive;
  fact.id = "SUB";
  fact.status = std::move(status);
  fact.amount = rupiah(100);
  return fact;
}

subscription_fact told(subscription_word word, std::string transaction_id,
                       std::int64_t interval = 1, std::string code = "200") {
  subscription_fact fact;
  fact.word = word;
  fact.id = "SUB";
  fact.status = word == subscription_word::charged ? "active" : "inactive";
  fact.current_interval = interval;
  fact.next_execution_text = "2026-12-01 10:00:00";
  fact.charge.transaction_id = std::move(transaction_id);
  fact.charge.status_code = std::move(code);
  return fact;
}
subscription_fact charged(std::string transaction_id, std::int64_t interval = 1) {
  return told(subscription_word::charged, std::move(transaction_id), interval);
}
subscription_fact failed(std::string transaction_id, std::int64_t interval = 1,
                         std::string code = "411") {
  return told(subscription_word::charge_failed, std::move(transaction_id), interval,
              std::move(code));
}

const subscription_state& subscription(const history& h) {
  return std::get<subscription_state>(h.state.what);
}

}  // namespace

TEST_CASE("the life of a subscription") {
  const subscription_fact waiting = told(subscription_word::charge_pending, "T1", 1, "201");
  struct row {
    const char* name;
    std::vector<subscription_fact> facts;
    const char* verdict;
    const char* published;
    const char* status;
  };
  const row rows[] = {
      {"first active", {document("active")}, "advance", "subscription_created", "active"},
      {"first inactive", {document("inactive")}, "advance", "subscription_disabled", "disabled"},
      {"first cancelled",
       {document("cancelled")},
       "advance",
       "subscription_cancelled",
       "cancelled"},
      {"active twice", {document("active"), document("active")}, "repeat", "", "active"},
      {"disabled",
       {document("active"), document("disabled")},
       "advance",
       "subscription_disabled",
       "disabled"},
      {"disabled twice", {document("inactive"), document("inactive")}, "repeat", "", "disabled"},
      {"active again", {document("inactive"), document("active")}, "advance", "", "active"},
      {"disabled again",
       {document("inactive"), document("active"), document("inactive")},
       "advance",
       "subscription_disabled",
       "disabled"},
      {"cancelled when disabled",
       {document("inactive"), document("cancelled")},
       "advance",
       "subscription_cancelled",
       "cancelled"},
      {"cancelled twice",
       {document("cancelled"), document("cancelled")},
       "repeat",
       "",
       "cancelled"},
      {"active after cancelled",
       {document("cancelled"), document("active")},
       "late",
       "",
       "cancelled"},
      {"a charge after cancelled", {document("cancelled"), charged("T1")}, "late", "", "cancelled"},
      {"a failed one after cancelled",
       {document("cancelled"), failed("T1")},
       "late",
       "",
       "cancelled"},
      {"charged", {document("active"), charged("T1")}, "advance", "subscription_charged", "active"},
      {"charged, told twice", {charged("T1"), charged("T1")}, "repeat", "", "known"},
      {"charged again",
       {charged("T1"), charged("T2", 2)},
       "advance",
       "subscription_charged",
       "known"},
      {"created after a charge",
       {charged("T1"), document("active")},
       "advance",
       "subscription_created",
       "active"},
      {"a charge while disabled",
       {document("inactive"), charged("T1")},
       "advance",
       "subscription_charged",
       "disabled"},
      {"failed",
       {document("active"), failed("")},
       "advance",
       "subscription_charge_failed",
       "active"},
      {"failed, told twice", {failed(""), failed("")}, "repeat", "", "known"},
      {"failed with another code",
       {failed(""), failed("", 1, "402")},
       "advance",
       "subscription_charge_failed",
       "known"},
      {"failed in the next interval",
       {failed(""), failed("", 2)},
       "advance",
       "subscription_charge_failed",
       "known"},
      {"a failed payment, told twice", {failed("T1"), failed("T1")}, "repeat", "", "known"},
      {"failed, then charged",
       {failed("T1"), charged("T1")},
       "advance",
       "subscription_charged",
       "known"},
      {"charged, then failed", {charged("T1"), failed("T1")}, "late", "", "known"},
      {"charged, then another failed",
       {charged("T1"), failed("T2")},
       "advance",
       "subscription_charge_failed",
       "known"},
      {"waiting", {waiting}, "advance", "", "known"},
      {"waiting twice", {waiting, waiting}, "repeat", "", "known"},
  };
  for (const row& row : rows) {
    CAPTURE(row.name);
    history h{subject_kind::subscription, "SUB"};
    for (const subscription_fact& each : row.facts) h.tell(each);
    CHECK_FALSE(h.last.why);
    CHECK(h.verdict() == row.verdict);
    CHECK(h.published() == row.published);
    CHECK(h.last.status_after == row.status);
  }
}

TEST_CASE("a charge is told with its identity, a recurring signal with its number") {
  history h{subject_kind::subscription, "SUB"};
  h.tell(charged("T1"));
  CHECK(h.last.emissions.at(0).identity == "T1");
  CHECK(h.last.emissions.at(0).transaction_id == "T1");
  CHECK(h.last.emissions.at(0).charge->status_code == "200");
  h.tell(failed("", 2));
  CHECK(h.last.emissions.at(0).identity == "SUB/2/2026-12-01 10:00:00/411");
  CHECK(h.last.emissions.at(0).transaction_id == "");
  h.tell(document("inactive"));
  CHECK(h.last.emissions.at(0).identity == "");
  h.tell(document("active")).tell(document("inactive"));
  CHECK(h.last.emissions.at(0).identity == "2");
  CHECK(h.last.emissions.at(0).sequence == 4);
}

TEST_CASE("what a charge says of its subscription is shown, and moves nothing") {
  history h{subject_kind::subscription, "SUB"};
  h.tell(document("active")).tell(failed("", 3));
  CHECK(subscription(h).word == "inactive");
  CHECK(subscription(h).status == subscription_status::active);
  CHECK(subscription(h).current_interval == 3);
  h.tell(charged("T2", 2));
  CHECK(h.published() == "subscription_charged");
  CHECK(subscription(h).current_interval == 3);
  CHECK(subscription(h).word == "inactive");
}

TEST_CASE("the 4097th charge of a subscription is refused") {
  history h{subject_kind::subscription, "SUB"};
  auto& state = std::get<subscription_state>(h.state.what);
  for (int i = 0; i < 4095; ++i) state.charges.push_back("T" + std::to_string(i));
  h.tell(failed("last"));
  CHECK(h.published() == "subscription_charge_failed");
  const subject_state before = h.state;
  h.tell(charged("one more"));
  CHECK(h.reason() == "state_too_large");
  CHECK(h.state == before);
  h.tell(charged("T7"));
  CHECK(h.verdict() == "repeat");
}
