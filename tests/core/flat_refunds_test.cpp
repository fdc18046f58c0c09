// One refund told in the flat form, which tells the sum of all, and in lists, which tell each.

#include "tests/core/history.hpp"

using namespace sinyal::core;
using namespace sinyal::core::test;

namespace {

payment_fact partial(std::vector<money_back> all) {
  return listed(pay("partial_refund"), std::move(all));
}

}  // namespace

TEST_CASE("money that a flat refund told is not told again by a list, oldest refund first") {
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
  money_back by_id = entry("", 10);
  by_id.id = "7";
  const std::vector a_and_b{entry("a", 10), entry("b", 20)};
  const row rows[] = {
      {"one that stands for two", {part(30), partial(a_and_b)}, "", "late", "30.00"},
      {"and that again", {part(30), partial(a_and_b), partial(a_and_b)}, "", "repeat", "30.00"},
      {"then a third",
       {part(30), partial({entry("a", 10), entry("b", 20), entry("c", 30)})},
       "c=30.00",
       "advance",
       "60.00"},
      {"then a third, later",
       {part(30), partial(a_and_b), partial({entry("a", 10), entry("b", 20), entry("c", 30)})},
       "c=30.00",
       "advance",
       "60.00"},
      {"two, after one that is known",
       {partial({entry("k", 10)}), part(40),
        partial({entry("k", 10), entry("a", 10), entry("b", 20)})},
       "",
       "late",
       "40.00"},
      {"an older, shorter list", {part(30), partial({entry("a", 10)})}, "", "late", "30.00"},
      {"an older list, the flat one has a key",
       {part(30, "b"), partial({entry("a", 10)})},
       "",
       "late",
       "30.00"},
      {"a key that the list has with the same amount stands for no other",
       {part(30, "b"), partial({entry("a", 10), entry("b", 30)})},
       "a=10.00",
       "advance",
       "40.00"},
      {"a key, then an id alone", {part(10, "a"), partial({by_id})}, "", "repeat", "10.00"},
      {"the second of two of one amount",
       {part(10), part(10, "a"), partial({entry("a", 10), entry("b", 10)})},
       "b=10.00",
       "advance",
       "20.00"},
      {"a key that comes after its sum", {part(10), part(10, "a")}, "", "repeat", "10.00"},
      {"confirmed with the list",
       {part(30), partial({entry("a", 10, true), entry("b", 20)})},
       "a=?",
       "advance",
       "30.00"},
  };
  for (const row& row : rows) {
    CAPTURE(row.name);
    history h;
    h.tell(pay("settlement"));
    for (const payment_fact& each : row.facts) h.tell(each);
    CHECK_FALSE(h.last.why);
    CHECK(identities(h.last) == row.last);
    CHECK(h.verdict() == row.verdict);
    CHECK(h.first().refunded().to_string() == row.sum);
  }
}

TEST_CASE("a flat refund that a chargeback's list tells again is no chargeback") {
  history h;
  h.tell(pay("settlement")).tell(flat(pay("partial_refund"), 10));
  h.tell(listed(pay("chargeback"), {entry("a", 10), entry("c", 90)}));
  CHECK(identities(h.last) == "c=90.00");
  CHECK(view_of(h.payment()).net_amount == rupiah(0));
  history parts;
  parts.tell(pay("settlement")).tell(flat(pay("partial_refund"), 30));
  parts.tell(listed(pay("partial_chargeback"), {entry("a", 10), entry("b", 20), entry("c", 30)}));
  CHECK(identities(parts.last) == "c=30.00");
  CHECK(view_of(parts.payment()).net_amount == rupiah(40));
  history alone;  // a list of one: it is what the status says
  alone.tell(pay("settlement")).tell(flat(pay("partial_refund"), 10));
  alone.tell(listed(pay("partial_chargeback"), {entry("c", 10)}));
  CHECK(identities(alone.last) == "c=10.00");
}

TEST_CASE("however refunds are told, and whichever of it is lost, their sum is never too large") {
  enum class form { lost, flat, flat_with_key, list };
  constexpr std::array forms{form::lost, form::flat, form::flat_with_key, form::list};
  constexpr std::size_t count = 3;
  std::size_t told_all = 0;
  std::size_t cases = 0;
  for (unsigned pick = 0; pick < 8 * 64; ++pick) {
    std::vector<payment_fact> facts;
    std::vector<money_back> all;
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t amount = (pick >> i & 1U) != 0 ? 20 : 10;
      const std::string key(1, static_cast<char>('a' + i));
      sum += amount;
      all.push_back(entry(key, amount));
      switch (forms[pick >> (count + 2 * i) & 3U]) {
        case form::lost:
          break;
        case form::flat:
          facts.push_back(flat(pay("partial_refund"), sum));
          break;
        case form::flat_with_key:
          facts.push_back(flat(pay("partial_refund"), sum, key));
          break;
        case form::list:
          facts.push_back(partial(all));
          break;
      }
    }
    facts.push_back(partial(all));
    std::string what;
    for (const payment_fact& each : facts) {
      what += ' ' + (each.listed ? std::to_string(each.refunds.size()) + " listed"
                                 : each.refund_key + "=" + each.refund_amount->to_string());
    }
    CAPTURE(what);
    history h;
    h.tell(pay("settlement"));
    bool refused = false;
    for (int round = 0; round < 2; ++round) {
      for (const payment_fact& each : facts) {
        h.tell(each);
        refused = refused || h.last.why.has_value();
      }
      // a flat refund that came in the place of a lost one has another amount than its list's
      REQUIRE(h.first().refunded() <= rupiah(sum));
      if (!refused) REQUIRE(h.first().refunded() == rupiah(sum));
    }
    ++cases;
    told_all += refused ? 0 : 1;
  }
  MESSAGE("ways: " << cases << ", with nothing refused: " << told_all);
  CHECK(told_all > cases / 2);
}
