#include "tests/core/history.hpp"

using namespace sinyal::core;
using namespace sinyal::core::test;

namespace {

std::string shown(const order_view& view) {
  return std::string{view.status} + ' ' + view.paid_amount.to_string() + ' ' +
         view.refunded_amount.to_string() + ' ' + view.charged_back_amount.to_string() + ' ' +
         view.net_amount.to_string() + ' ' + std::to_string(view.attempts) + ' ' +
         std::to_string(view.open_attempts) + ' ' + std::to_string(view.quarantined);
}

payment_fact with_amount(payment_fact fact, std::int64_t units) {
  fact.gross_amount = rupiah(units);
  return fact;
}

}  // namespace

TEST_CASE("the order over all its attempts") {
  struct row {
    const char* name;
    std::vector<payment_fact> facts;
    const char* view;  // status paid refunded charged-back net attempts open quarantined
  };
  const payment_fact part = listed(pay("partial_refund"), {entry("a", 30)});
  const row rows[] = {
      {"nothing is known", {}, "open 0.00 0.00 0.00 0.00 0 0 0"},
      {"waiting", {pay("pending")}, "open 0.00 0.00 0.00 0.00 1 1 0"},
      {"authorized is not paid", {pay("authorize")}, "open 0.00 0.00 0.00 0.00 1 1 0"},
      {"paid", {pay("settlement")}, "paid 100.00 0.00 0.00 100.00 1 0 0"},
      {"failed", {pay("deny")}, "unpaid 0.00 0.00 0.00 0.00 1 0 0"},
      {"voided is no money", {pay("capture"), pay("cancel")}, "unpaid 0.00 0.00 0.00 0.00 1 0 0"},
      {"reversed is no money",
       {permata(pay("settlement")), permata(pay("deny"))},
       "unpaid 0.00 0.00 0.00 0.00 1 0 0"},
      {"one failed, another waits",
       {pay("deny"), pay("pending", "T2")},
       "open 0.00 0.00 0.00 0.00 2 1 0"},
      {"paid, and another expires",
       {pay("pending"), pay("settlement", "T2"), pay("expire")},
       "paid 100.00 0.00 0.00 100.00 2 0 0"},
      {"refunded in part",
       {pay("settlement"), part},
       "part_refunded 100.00 30.00 0.00 70.00 1 0 0"},
      {"refunded in part before it was settled",
       {part},
       "part_refunded 100.00 30.00 0.00 70.00 1 0 0"},
      {"charged back in part, by an amount untold",
       {pay("settlement"), pay("partial_chargeback")},
       "part_refunded 100.00 0.00 0.00 100.00 1 0 0"},
      {"refunded",
       {pay("settlement"), listed(pay("refund"), {entry("a", 100)})},
       "refunded 100.00 100.00 0.00 0.00 1 0 0"},
      {"charged back last",
       {pay("settlement"), part, pay("chargeback")},
       "charged_back 100.00 30.00 70.00 0.00 1 0 0"},
      {"refunded, and paid anew",
       {listed(pay("refund"), {entry("a", 100)}), pay("settlement", "T2")},
       "part_refunded 200.00 100.00 0.00 100.00 2 0 0"},
      {"one in quarantine", {pay("settlement"), pay("deny")}, "paid 100.00 0.00 0.00 100.00 1 0 1"},
  };
  for (const row& row : rows) {
    CAPTURE(row.name);
    history h;
    for (const payment_fact& each : row.facts) h.tell(each);
    CHECK(shown(view_of(h.payment())) == row.view);
  }
}

TEST_CASE("second money is told, with who paid first") {
  history h;
  h.tell(pay("settlement", "A")).tell(pay("capture", "B"));
  CHECK(h.published() == "payment_settled!paid_twice");
  CHECK(h.last.emissions[0].other_transaction_ids == std::vector<std::string>{"A"});
  h.tell(pay("settlement", "B"));
  CHECK(h.last.emissions.empty());

  history refunded;
  refunded.tell(pay("settlement", "A"));
  refunded.tell(listed(pay("refund", "A"), {entry("a", 100)})).tell(pay("settlement", "B"));
  CHECK(refunded.published() == "payment_settled");

  history expired;
  expired.tell(pay("settlement", "A")).tell(pay("expire", "B")).tell(pay("settlement", "B"));
  CHECK(expired.published() == "payment_settled!paid_twice,paid_after_expire");
}

TEST_CASE("a second attempt of an order starts anew") {
  history h;
  h.tell(pay("deny", "A")).tell(pay("settlement", "B"));
  CHECK(h.published() == "payment_settled");
  CHECK(h.last.status_before == "none");
  CHECK(h.last.emissions[0].sequence == 2);
}

TEST_CASE("an order that is its own transaction is not known to the merchant") {
  payment_fact fact = pay("settlement", "SHOP-1");
  history h;
  h.tell(fact);
  CHECK(h.published() == "payment_settled!order_unknown");
  h.tell(listed(pay("partial_refund", "SHOP-1"), {entry("a", 30)}));
  CHECK(h.published() == "payment_refunded!order_unknown");
}

TEST_CASE("status and code have to agree in signed notifications") {
  struct row {
    const char* word;
    const char* good;
    const char* bad;
  };
  const row rows[] = {
      {"settlement", "200", "201 202 407 "},
      {"refund", "200", "201 202"},
      {"partial_refund", "200", "201"},
      {"chargeback", "200", "202"},
      {"partial_chargeback", "200", "202"},
      {"capture", "200", "201 202"},
      {"authorize", "200", "201 202"},
      {"pending", "200 201", "202 407"},
      {"capture/challenge", "200 201", "202"},
      {"authorize/challenge", "200 201", "202"},
      {"capture/deny", "202 407 500", "200 201"},
      {"authorize/deny", "202", "200 201"},
      {"deny", "202 407 500", "200 201"},
      {"cancel", "202 407", "200 201"},
      {"expire", "202 407", "200 201"},
      {"failure", "202 500", "200 201"},
  };
  const auto try_all = [](const row& row, std::string codes, bool good) {
    for (std::size_t at = 0; at + 3 <= codes.size(); at += 4) {
      CAPTURE(row.word);
      payment_fact fact = flat(pay(row.word), 10);
      fact.texts.set(payment_text::status_code, codes.substr(at, 3));
      history h;
      h.tell(fact);
      CHECK(h.reason() == (good ? "" : "status_code_mismatch"));
      fact.document = true;
      CHECK(history{}.tell(fact).reason() == "");
    }
  };
  for (const row& row : rows) {
    try_all(row, row.good, true);
    try_all(row, row.bad, false);
  }
}

TEST_CASE("a settlement is accepted or not evaluated") {
  for (const fraud bad : {fraud::challenge, fraud::deny}) {
    payment_fact fact = pay("settlement");
    fact.fraud = bad;
    CHECK(history{}.tell(fact).reason() == "impossible_transition");
  }
}

TEST_CASE("amounts agree within an attempt") {
  struct row {
    const char* name;
    std::vector<payment_fact> facts;
    const char* reason;
    const char* gross;
  };
  const auto at = [](const char* word, std::int64_t units) {
    return with_amount(pay(word), units);
  };
  const row rows[] = {
      {"the same", {at("pending", 100), at("settlement", 100)}, "", "100.00"},
      {"a settlement of less",
       {at("pending", 100), at("settlement", 99)},
       "amount_mismatch",
       "100.00"},
      {"a settlement of more",
       {at("pending", 100), at("settlement", 101)},
       "amount_mismatch",
       "100.00"},
      {"a partial capture", {at("authorize", 100), at("capture", 80)}, "", "80.00"},
      {"a capture of more than authorized",
       {at("authorize", 100), at("capture", 101)},
       "amount_mismatch",
       "100.00"},
      {"a settlement of less than captured",
       {at("authorize", 100), at("capture", 80), at("settlement", 79)},
       "amount_mismatch",
       "80.00"},
      {"a late authorize may be larger", {at("capture", 80), at("authorize", 100)}, "", "80.00"},
      {"but not smaller", {at("capture", 80), at("authorize", 79)}, "amount_mismatch", "80.00"},
      {"two authorizes", {at("authorize", 100), at("authorize", 90)}, "amount_mismatch", "100.00"},
      {"a cancel may carry what was authorized",
       {at("authorize", 100), at("capture", 80), at("cancel", 100)},
       "",
       "80.00"},
      {"or what was captured",
       {at("authorize", 100), at("capture", 80), at("cancel", 80)},
       "",
       "80.00"},
      {"but nothing else",
       {at("authorize", 100), at("capture", 80), at("cancel", 90)},
       "amount_mismatch",
       "80.00"},
      {"an expire of another amount",
       {at("pending", 100), at("expire", 10)},
       "amount_mismatch",
       "100.00"},
      {"digits shifted from the order id",
       {at("settlement", 100), at("settlement", 100100)},
       "amount_mismatch",
       "100.00"},
  };
  for (const row& row : rows) {
    CAPTURE(row.name);
    history h;
    for (const payment_fact& each : row.facts) h.tell(each);
    CHECK(h.reason() == row.reason);
    CHECK(h.first().gross_amount->to_string() == row.gross);
  }
}

TEST_CASE("the currency of an attempt does not change, its payment type may") {
  history h;
  h.tell(pay("pending"));
  payment_fact dollars = pay("settlement");
  dollars.currency = "USD";
  CHECK(h.tell(dollars).reason() == "currency_mismatch");
  payment_fact rupiah_named = pay("settlement");
  rupiah_named.currency = "IDR";
  rupiah_named.texts.set(payment_text::payment_type, "qris");
  CHECK(h.tell(rupiah_named).published() == "payment_settled");
  CHECK(h.first().texts[payment_text::payment_type] == "qris");
}

TEST_CASE("an event's time is when it happened") {
  payment_fact expire = pay("expire");
  CHECK(history{}.tell(expire).last.emissions[0].time == noon);
  expire.expiry_time = after(-3);
  CHECK(history{}.tell(expire).last.emissions[0].time == after(-3));
  expire.expiry_time = after(3);
  CHECK(history{}.tell(expire).last.emissions[0].time == noon);
  CHECK(history{}.tell(pay("settlement")).last.emissions[0].time == after(-30));
  CHECK(history{}.tell(pay("capture")).last.emissions[0].time == after(-60));
  CHECK(history{}.tell(pay("pending")).last.emissions[0].time == after(-60));
  CHECK(history{}.tell(pay("authorize")).last.emissions[0].time == after(-60));
  CHECK(history{}.tell(pay("deny")).last.emissions[0].time == noon);
  CHECK(history{}.tell(pay("chargeback")).last.emissions[0].time == noon);
  payment_fact timeless = pay("settlement");
  timeless.settlement_time.reset();
  CHECK(history{}.tell(timeless).last.emissions[0].time == noon);
  CHECK(history{}.tell(flat(pay("partial_refund"), 10)).last.emissions[0].time == noon);
}

TEST_CASE("late and repeated facts fill what is unknown and overwrite nothing") {
  history h;
  h.tell(pay("settlement"));
  payment_fact late = pay("pending");
  late.texts.set(payment_text::va_number, "123");
  late.expiry_time = after(600);
  h.tell(late);
  CHECK(h.first().texts[payment_text::va_number] == "123");
  CHECK(h.first().texts[payment_text::status_message] == "settlement");
  CHECK(h.first().expiry_time == after(600));
  CHECK(h.first().word == payment_word::settlement);
}

TEST_CASE("previous_status is what the new one replaces") {
  history h;
  h.tell(pay("pending"));
  CHECK(h.last.emissions[0].previous_status == "");
  h.tell(pay("settlement"));
  CHECK(h.last.emissions[0].previous_status == "pending");
}

TEST_CASE("a settlement that may be reversed says until when") {
  history h;
  h.tell(permata(pay("settlement")));
  CHECK(reversible_until(h.first()) == after(270));
  CHECK_FALSE(reversible_until(history{}.tell(pay("settlement")).first()));
  CHECK_FALSE(reversible_until(history{}.tell(permata(pay("pending"))).first()));
}

TEST_CASE("the 65th attempt of an order is refused") {
  history h;
  for (int i = 0; i < 64; ++i) h.tell(pay("pending", "T" + std::to_string(i)));
  CHECK(h.verdict() == "advance");
  h.tell(pay("settlement", "one more"));
  CHECK(h.reason() == "too_many_attempts");
  CHECK(h.payment().attempts.size() == 64);
  h.tell(pay("settlement", "T63"));
  CHECK(h.published() == "payment_settled");
}

TEST_CASE("chargebacks beyond all measure make no money") {
  std::vector<money_back> all;
  for (std::size_t i = 0; i < refunds_max; ++i) {
    all.push_back(entry("k" + std::to_string(i), 9'999'999'999'999));
  }
  history h;
  for (std::size_t i = 0; i < attempts_max; ++i) {
    h.tell(listed(pay("partial_chargeback", "T" + std::to_string(i)), all));
  }
  CHECK(shown(view_of(h.payment())) ==
        "charged_back 6400.00 0.00 92233720368547758.07 -92233720368541358.07 64 0 0");
}

TEST_CASE("a notification that is no fact counts as quarantined") {
  history h;
  h.tell(pay("pending"));
  const decision rejected = reject(h.state, {reason::unknown_status, "transaction_status is x"});
  CHECK(rejected.verdict == verdict::conflict);
  CHECK(rejected.why->reason == reason::unknown_status);
  CHECK(std::get<payment_state>(rejected.state.what).quarantined == 1);
  CHECK(rejected.state.sequence == 1);
}

TEST_CASE("money of another amount than the order's other attempts were for is flagged") {
  // transaction_id is not signed: digits shifted into a known order id come as a new attempt
  payment_fact forged = pay("settlement", "T2");
  forged.gross_amount = rupiah(10);
  history open;
  open.tell(pay("pending")).tell(forged);
  CHECK(open.published() == "payment_settled!amount_differs");
  history over;
  over.tell(pay("expire")).tell(forged);  // the order id was used again, as Midtrans allows
  CHECK(over.published() == "payment_settled");
}

TEST_CASE("a deny that was seen only after the money came is judged anew each time") {
  history h;
  h.tell(pay("settlement")).tell(pay("capture/deny"));
  CHECK(h.verdict() == "late");
  h.tell(pay("deny"));
  CHECK(h.reason() == "reversal_not_possible");
  history before;
  before.tell_all({"deny", "settlement", "deny"});
  CHECK(before.verdict() == "repeat");
}
