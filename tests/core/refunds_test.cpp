#include "tests/core/history.hpp"

using namespace sinyal::core;
using namespace sinyal::core::test;

namespace {

payment_fact told(const char* word, std::vector<money_back> all) {
  return listed(pay(word), std::move(all));
}
payment_fact partial(std::vector<money_back> all) {
  return told("partial_refund", std::move(all));
}
payment_fact full(std::vector<money_back> all) {
  return told("refund", std::move(all));
}

money_back unnamed(std::int64_t units) {
  return entry("", units);
}

/// So many refunds, or chargebacks, of 0.01 each.
std::vector<money_back> hundredths(int count) {
  std::vector<money_back> all;
  for (int i = 0; i < count; ++i) {
    all.push_back(entry("k" + std::to_string(i), 0));
    all.back().amount = money::of_hundredths(1);
  }
  return all;
}

}  // namespace

TEST_CASE("each entry of a list is one refund, in list order") {
  history h;
  h.tell(pay("settlement")).tell(partial({entry("b", 20), entry("a", 30)}));
  CHECK(identities(h.last) == "b=20.00 a=30.00");
  CHECK(h.last.emissions[0].sequence == 2);
  CHECK(h.last.emissions[1].sequence == 3);
  CHECK(h.last.emissions[0].previous_status == "settlement");
  CHECK_FALSE(h.last.emissions[1].back_is_full);
  h.tell(partial({entry("b", 20)}));
  CHECK(h.verdict() == "repeat");
  h.tell(full({entry("b", 20), entry("a", 30), entry("c", 50)}));
  CHECK(identities(h.last) == "c=50.00");
  CHECK(h.last.emissions[0].back_is_full);
  CHECK(h.last.status_after == "refunded");
}

TEST_CASE("a refund is told, and confirmed once") {
  history h;
  h.tell(pay("settlement")).tell(partial({entry("a", 30)})).tell(partial({entry("a", 30, true)}));
  CHECK(h.published() == "payment_refund_confirmed");
  CHECK(h.last.emissions[0].identity == "a");
  CHECK(h.last.emissions[0].time == after(-5));
  h.tell(partial({entry("a", 30, true)}));
  CHECK(h.verdict() == "repeat");
  h.tell(partial({entry("a", 30, true), entry("b", 20, true)}));
  CHECK(h.published() == "payment_refunded payment_refund_confirmed");
  CHECK(h.last.emissions[0].time == after(-10));
}

TEST_CASE("several refunds at once: all are refunded before any is confirmed") {
  history h;
  h.tell(pay("settlement")).tell(partial({entry("a", 30, true), entry("b", 20, true)}));
  CHECK(h.published() ==
        "payment_refunded payment_refunded payment_refund_confirmed payment_refund_confirmed");
  CHECK(identities(h.last) == "a=30.00 b=20.00 a=30.00 b=20.00");
  CHECK(h.state.sequence == 5);
}

TEST_CASE("a refund's identity is its key, else its uuid, else its id") {
  money_back all = entry("k", 10);
  all.uuid = "u";
  all.id = "202502070943231234";
  money_back no_key = all;
  no_key.key.clear();
  money_back only_id = no_key;
  only_id.uuid.clear();
  only_id.id = "7";
  no_key.id = "8";
  history h;
  h.tell(pay("settlement")).tell(partial({all, no_key, only_id}));
  CHECK(identities(h.last) == "k=10.00 u=10.00 7=10.00");
}

TEST_CASE("a refund told by its uuid alone is the one that has a key later") {
  money_back nameless = entry("", 10);
  nameless.uuid = "u";
  money_back named = nameless;
  named.key = "k";
  history h;
  h.tell(pay("settlement")).tell(partial({nameless})).tell(partial({named}));
  CHECK(h.verdict() == "repeat");
  CHECK(h.first().refunded() == rupiah(10));
}

TEST_CASE("a refund that gives nothing is not money given back") {
  history h;
  h.tell(flat(pay("partial_refund"), 0, "k"));
  CHECK(h.verdict() == "late");
  h.tell(pay("expire", "T2"));
  CHECK(view_of(h.payment()).status == "unpaid");
}

TEST_CASE("the flat form tells by how much the sum rose") {
  struct row {
    const char* name;
    std::vector<payment_fact> facts;
    const char* last;
    const char* verdict;
    const char* sum;
  };
  const auto part = [](std::int64_t sum, const char* key = "") {
    return flat(pay("partial_refund"), sum, key);
  };
  payment_fact untold = pay("refund");
  payment_fact untold_key = untold;
  untold_key.refund_key = "k";
  const row rows[] = {
      {"keys", {part(30, "a"), part(80, "b")}, "b=50.00", "advance", "80.00"},
      {"no keys", {part(30), part(80)}, "80.00=50.00", "advance", "80.00"},
      {"the same key again", {part(30, "a"), part(80, "b"), part(30, "a")}, "", "repeat", "80.00"},
      {"an older sum with a new key", {part(80, "b"), part(30, "a")}, "", "late", "80.00"},
      {"and that again", {part(80, "b"), part(30, "a"), part(30, "a")}, "", "repeat", "80.00"},
      {"an older sum without a key", {part(80), part(30)}, "", "late", "80.00"},
      {"the same sum again", {part(30), part(30)}, "", "repeat", "30.00"},
      {"a full one that tells nothing", {untold}, "100.00=100.00", "advance", "100.00"},
      {"and that again", {untold, untold}, "", "repeat", "100.00"},
      {"the rest", {part(30, "a"), untold}, "100.00=70.00", "advance", "100.00"},
      {"the rest, with a key", {part(30, "a"), untold_key}, "k=70.00", "advance", "100.00"},
  };
  for (const row& row : rows) {
    CAPTURE(row.name);
    history h;
    h.tell(pay("settlement"));
    for (const payment_fact& each : row.facts) h.tell(each);
    CHECK(identities(h.last) == row.last);
    CHECK(h.verdict() == row.verdict);
    CHECK(h.first().refunded().to_string() == row.sum);
  }
}

TEST_CASE("what cannot be given back is a conflict that changes nothing") {
  struct row {
    const char* name;
    payment_fact last;
    const char* reason;
  };
  money_back no_amount = entry("b", 0);
  no_amount.amount.reset();
  const row rows[] = {
      {"beyond the gross amount", partial({entry("b", 71)}), "amount_mismatch"},
      {"together beyond it", partial({entry("b", 40), entry("c", 40)}), "amount_mismatch"},
      {"another amount", partial({entry("b", 5), entry("a", 31)}), "amount_mismatch"},
      {"flat, beyond", flat(pay("partial_refund"), 101), "amount_mismatch"},
      {"no amount at all", pay("partial_refund"), "missing_field"},
      {"no amount in the list", partial({no_amount}), "missing_field"},
  };
  for (const row& row : rows) {
    CAPTURE(row.name);
    history h;
    h.tell(pay("settlement")).tell(partial({entry("a", 30)}));
    auto expected = h.state;
    h.tell(row.last);
    CHECK(h.reason() == row.reason);
    CHECK(h.last.emissions.empty());
    ++std::get<payment_state>(expected.what).quarantined;
    CHECK(h.state == expected);
  }
}

TEST_CASE("an impossible first fact leaves no attempt behind") {
  history h;
  h.tell(partial({entry("b", 40), entry("c", 70)}));
  CHECK(h.reason() == "amount_mismatch");
  CHECK(h.payment().attempts.empty());
  CHECK(h.payment().quarantined == 1);
  CHECK(view_of(h.payment()).status == "open");
}

TEST_CASE("chargebacks") {
  struct row {
    const char* name;
    std::vector<payment_fact> facts;
    const char* last;
    const char* status;
    const char* net;
  };
  const row rows[] = {
      {"all that is left",
       {partial({entry("a", 30)}), pay("chargeback")},
       "chargeback=70.00",
       "charged_back",
       "0.00"},
      {"a part without an amount",
       {pay("partial_chargeback")},
       "partial_chargeback=?",
       "part_back_published",
       "100.00"},
      {"a part, then all",
       {pay("partial_chargeback"), pay("chargeback")},
       "chargeback=100.00",
       "charged_back",
       "0.00"},
      {"the new entry is the chargeback",
       {partial({entry("a", 30)}), told("partial_chargeback", {entry("a", 30), entry("c", 20)})},
       "c=20.00",
       "part_back_published",
       "50.00"},
      {"the list has refunds alone",
       {partial({entry("a", 30)}), told("chargeback", {entry("a", 30)})},
       "chargeback=70.00",
       "charged_back",
       "0.00"},
      {"told again",
       {told("chargeback", {entry("c", 100)}), told("chargeback", {entry("c", 100)})},
       "",
       "charged_back",
       "0.00"},
      {"more than was left",
       {partial({entry("a", 30)}), told("chargeback", {entry("c", 100)})},
       "c=100.00",
       "charged_back",
       "-30.00"},
      {"after a full refund",
       {full({entry("a", 100)}), told("chargeback", {entry("c", 100)})},
       "c=100.00",
       "charged_back",
       "-100.00"},
      {"a second one with an id",
       {told("chargeback", {entry("c", 100)}),
        told("chargeback", {entry("c", 100), entry("d", 5)})},
       "d=5.00",
       "charged_back",
       "-5.00"},
  };
  for (const row& row : rows) {
    CAPTURE(row.name);
    history h;
    h.tell(pay("settlement"));
    for (const payment_fact& each : row.facts) h.tell(each);
    CHECK_FALSE(h.last.why);
    CHECK(identities(h.last) == row.last);
    CHECK(h.last.status_after == row.status);
    CHECK(view_of(h.payment()).net_amount.to_string() == row.net);
  }
}

TEST_CASE("a refund without any name is told by its sum") {
  history h;
  h.tell(pay("settlement")).tell(partial({unnamed(30), unnamed(20)}));
  CHECK(identities(h.last) == "30.00=30.00 50.00=20.00");
}

TEST_CASE("a list with refunds without any name is a repeat when it is told again, or shorter") {
  history h;
  h.tell(pay("settlement")).tell(partial({entry("a", 10), unnamed(30), unnamed(30)}));
  CHECK(identities(h.last) == "a=10.00 40.00=30.00 70.00=30.00");
  for (const auto& again :
       {std::vector{entry("a", 10), unnamed(30), unnamed(30)},
        std::vector{entry("a", 10), unnamed(30)}, std::vector{entry("a", 10)}}) {
    h.tell(partial(again));
    CHECK(h.verdict() == "repeat");
    CHECK(h.first().refunded() == rupiah(70));
  }
  h.tell(full({entry("a", 10), unnamed(30), unnamed(30), unnamed(30)}));
  CHECK(identities(h.last) == "100.00=30.00");
  CHECK(h.last.status_after == "refunded");
}

TEST_CASE("a refund without any name is the same one in the flat form and in a list") {
  history h;
  h.tell(pay("settlement")).tell(flat(pay("partial_refund"), 30)).tell(partial({unnamed(30)}));
  CHECK(h.verdict() == "repeat");
  h.tell(partial({unnamed(30), unnamed(20)}));
  CHECK(identities(h.last) == "50.00=20.00");
  h.tell(flat(pay("partial_refund"), 50));
  CHECK(h.first().refunded() == rupiah(50));
}

TEST_CASE("the 257th refund of an attempt is refused") {
  history h;
  h.tell(pay("settlement")).tell(partial(hundredths(256)));
  CHECK(h.last.emissions.size() == 256);
  h.tell(partial({entry("one more", 1)}));
  CHECK(h.reason() == "state_too_large");
  payment_fact overtaken = flat(pay("partial_refund"), 1);  // its sum is known, its name is not
  overtaken.refund_key = "late";
  h.tell(overtaken);
  CHECK(h.reason() == "state_too_large");
  CHECK(h.first().refunds.size() == 256);
  h.tell(pay("partial_chargeback"));
  CHECK(h.reason() == "state_too_large");
}

TEST_CASE("refunds and chargebacks are 256 together") {
  history h;
  h.tell(pay("settlement")).tell(partial({entry("a", 1)}));
  h.tell(told("partial_chargeback", hundredths(255)));
  CHECK(h.last.emissions.size() == 255);
  h.tell(told("partial_chargeback", {entry("one more", 1)}));
  CHECK(h.reason() == "state_too_large");
  CHECK(h.first().chargebacks.size() == 255);
}

TEST_CASE("a refund told without a key and then in a list is one refund") {
  history h;
  h.tell(pay("settlement")).tell(flat(pay("partial_refund"), 30));
  h.tell(partial({entry("a", 30)}));
  CHECK(h.verdict() == "repeat");
  CHECK(h.first().refunded() == rupiah(30));
  h.tell(partial({entry("a", 30, true)}));
  CHECK(h.published() == "payment_refund_confirmed");
  h.tell(partial({entry("a", 30, true), entry("b", 30)}));
  CHECK(identities(h.last) == "b=30.00");
}

TEST_CASE("two refunds of one amount, told apart by uuid alone, are two") {
  money_back first = unnamed(30);
  first.uuid = "5f0b6f0c-0000-4000-8000-000000000001";
  money_back second = unnamed(30);
  second.uuid = "5f0b6f0c-0000-4000-8000-000000000002";
  history h;
  h.tell(pay("settlement")).tell(partial({first})).tell(partial({first, second}));
  CHECK(h.first().refunded() == rupiah(60));
}

TEST_CASE("a confirmation says of its refund what the refund said, whatever went back since") {
  history h;
  h.tell(pay("settlement")).tell(partial({entry("a", 40)}));
  CHECK_FALSE(h.last.emissions[0].back_is_full);
  h.tell(full({entry("a", 40), entry("b", 60)}));
  CHECK(h.last.emissions[0].back_is_full);
  h.tell(full({entry("a", 40, true), entry("b", 60, true)}));
  REQUIRE(h.last.emissions.size() == 2);
  CHECK_FALSE(h.last.emissions[0].back_is_full);
  CHECK(h.last.emissions[1].back_is_full);
}
