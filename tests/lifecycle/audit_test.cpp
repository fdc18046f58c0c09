// All the ways in which what lifecycle wrote can be tampered with.

#include "tests/lifecycle/audit_world.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

using namespace sinyal;
using test::kept;
using test::topic;
using test::world;

TEST_CASE("what lifecycle wrote is the same as what the log gives") {
  world all;
  all.audit();
  CHECK(all.found.empty());
  CHECK(all.totals.notifications == 8);
  CHECK(all.totals.events == 3 + 3 * 2);
  CHECK(all.totals.quarantined == 2);
  CHECK(all.totals.states == 3);
  CHECK(all.totals.different() == 0);
  CHECK(all.totals.later + all.totals.cannot_be_concluded + all.totals.other_rules == 0);
}

TEST_CASE("each way in which a topic can differ from the log is found, and no more than that") {
  struct row {
    const char* name;
    std::function<void(world&)> tamper;
    const char* found;
  };
  const std::vector<row> rows{
      {"an event is gone", [](world& w) { w.settled().erase(w.settled().begin() + 1); },
       "missing settled:- 1 M:payment:B\n"},
      {"the last event is gone", [](world& w) { w.refunded().pop_back(); },
       "missing refunded:- 7 M:payment:C\n"},
      {"an event is there twice", [](world& w) { w.refunded().push_back(w.refunded().back()); },
       "doubled refunded:6 7 M:payment:C\n"},
      {"an event is there again behind others",
       [](world& w) { w.settled().push_back(w.settled().front()); },
       "doubled settled:3 0 M:payment:A\n"},
      {"two events changed places", [](world& w) { std::swap(w.settled()[0], w.settled()[1]); },
       "out_of_order settled:1 0 M:payment:A\n"},
      {"a value was edited", [](world& w) { *w.settled()[0].value += " "; },
       "different settled:0 0 M:payment:A value\n"},
      {"a key was edited", [](world& w) { w.settled()[0].key += "x"; },
       "different settled:0 0 M:payment:Ax key\n"},
      {"a header was edited", [](world& w) { w.settled()[0].header("ce_id") = "0-2"; },
       "different settled:0 0 M:payment:A headers\n"},
      {"a header was added", [](world& w) { w.settled()[0].headers.emplace_back("x", ""); },
       "different settled:0 0 M:payment:A headers\n"},
      {"a header's end became the next one's beginning",
       [](world& w) {
         w.settled()[0].headers[0] = {"ce_id0", "-1"};
       },
       "different settled:0 0 M:payment:A headers\n"},
      {"a time was edited", [](world& w) { ++w.settled()[0].timestamp_ms; },
       "different settled:0 0 M:payment:A timestamp\n"},
      {"everything was edited",
       [](world& w) {
         w.settled()[0] = {"k", "v", {{"sinyal_cause", "2:0"}, {"sinyal_rules", "1"}}, 1};
       },
       "different settled:0 0 k key,value,headers,timestamp\n"},
      {"an event that nothing causes",
       [](world& w) {
         w.settled().push_back(w.settled().back());
         w.settled().back().header("sinyal_cause") = "2:6";
       },
       "unexpected settled:3 6 M:payment:C\n"},
      {"an event with another one's cause",
       [](world& w) {
         w.settled().insert(w.settled().begin() + 1, w.settled()[1]);
         w.settled()[1].header("sinyal_cause") = "2:0";
       },
       "unexpected settled:1 0 M:payment:B\n"},
      {"an event that names no cause",
       [](world& w) {
         w.settled().push_back({"k", "v", {}, 1});
       },
       "unexpected settled:3 - k\n"},
      {"an event of another partition",
       [](world& w) {
         w.settled().push_back({"k", "v", {{"sinyal_cause", "1:3"}}, 1});
       },
       "unexpected settled:3 - k\n"},
      {"causes that are none",
       [](world& w) {
         for (const char* each :
              {"", "2", "2:", ":3", "2:x", "2:3x", "2:99999999999999999999", "2:-1"}) {
           w.quarantine().push_back({each, "v", {{"sinyal_cause", each}}, 1});
         }
       },
       "unexpected quarantine:2 - \nunexpected quarantine:3 - 2\nunexpected quarantine:4 - 2:\n"
       "unexpected quarantine:5 - :3\nunexpected quarantine:6 - 2:x\n"
       "unexpected quarantine:7 - 2:3x\nunexpected quarantine:8 - 2:99999999999999999999\n"
       "unexpected quarantine:9 - 2:-1\n"},
      {"an event of what is not in the log yet",
       [](world& w) {
         w.settled().push_back(w.settled().back());
         w.settled().back().header("sinyal_cause") = "2:8";
       },
       "unexpected settled:3 8 M:payment:C\n"},
      {"a state of what is not in the log yet",
       [](world& w) {
         w.states().push_back(w.states().front());
         w.states().back().header("sinyal_cause") = "2:8";
       },
       "unexpected state:14 8 M:payment:A\n"},
      {"nothing is in quarantine", [](world& w) { w.quarantine().clear(); },
       "missing quarantine:- 3 M:payment:B\nmissing quarantine:- 6 M:payment:A\n"},
      {"a quarantined body was edited", [](world& w) { *w.quarantine()[1].value = "s"; },
       "different quarantine:1 6 M:payment:A value\n"},
      {"a subject has no state",
       [](world& w) {
         std::erase_if(w.states(), [](const kept& each) { return each.key == "M:payment:B"; });
       },
       "missing state:- 5 M:payment:B\n"},
      {"a subject's state was deleted",
       [](world& w) {
         w.states().push_back({"M:payment:B", std::nullopt, {}, 1});
       },
       "missing state:- 5 M:payment:B\n"},
      {"a subject's state is an older one",
       [](world& w) { w.states().push_back(w.states().front()); },
       "different state:14 0 M:payment:A value,headers,timestamp\n"},
      {"a state of a subject that never was",
       [](world& w) {
         w.states().push_back(w.states().front());
         w.states().back().key = "M:payment:Z";
       },
       "unexpected state:14 0 M:payment:Z\n"},
      {"a notification was added to the log", [](world& w) { w.raw.push_back(w.raw.front()); },
       "missing settled:- 8 M:payment:A\n"
       "different state:4 2 M:payment:A value,headers,timestamp\n"},
      {"a notification in the log was edited", [](world& w) { *w.raw[4].value = "q"; },
       "unexpected settled:2 4 M:payment:C\nmissing quarantine:- 4 M:payment:C\n"
       "different refunded:4 7 M:payment:C value\ndifferent refunded:5 7 M:payment:C value\n"
       "different state:12 7 M:payment:C value\n"},
  };
  for (const row& each : rows) {
    CAPTURE(each.name);
    world all;
    each.tamper(all);
    all.audit();
    CHECK(all.found == each.found);
    CHECK(all.totals.different() == std::count(all.found.begin(), all.found.end(), '\n'));
  }
}

TEST_CASE("a state that compaction has left alone is the same as all of them") {
  world all;
  std::vector<kept> last;
  for (std::size_t i = 0; i < all.states().size(); ++i) {
    bool newest = true;
    for (std::size_t j = i + 1; j < all.states().size(); ++j) {
      newest = newest && all.states()[j].key != all.states()[i].key;
    }
    if (newest) last.push_back(all.states()[i]);
  }
  REQUIRE(last.size() == 4);
  all.states() = last;
  all.audit();
  CHECK(all.found.empty());
  CHECK(all.totals.states == 3);
}

TEST_CASE("what was written after the committed offset is not judged") {
  world all;
  all.committed = 5;
  all.audit();
  CHECK(all.found.empty());
  CHECK(all.totals.notifications == 5);
  CHECK(all.totals.events == 5);
  CHECK(all.totals.quarantined == 1);
  CHECK(all.totals.states == 1);             // of A, the others have a later one
  CHECK(all.totals.later == 2 + 2 + 1 + 2);  // refunds, quarantined, states
}

TEST_CASE("a record of the raw log that says what only lifecycle says is compared like any other") {
  world all;
  for (const char* name : {"sinyal_cause", "sinyal_rules", "__connect.errors.exception.message"}) {
    all.raw[3].headers.emplace_back(name, lifecycle::unwritable);
  }
  all.publish();
  all.audit();
  CHECK(all.found.empty());
  CHECK(all.totals.quarantined == 2);
}

TEST_CASE("what was quarantined because Kafka refused it is judged so again") {
  world all;
  all.publish(2);
  all.audit();
  CHECK(all.found.empty());
  CHECK(all.totals.quarantined == 3);
  CHECK(all.totals.events == 7);
}

TEST_CASE("of what retention has deleted from a topic nothing is concluded") {
  SUBCASE("all of it") {
    world all;
    all.settled().clear();
    all.trimmed[topic::settled] = true;
    all.audit();
    CHECK(all.found.empty());
    CHECK(all.totals.cannot_be_concluded == 3);
  }
  SUBCASE("its beginning, and the rest is judged") {
    world all;
    all.settled().erase(all.settled().begin());
    all.settled().pop_back();
    all.trimmed[topic::settled] = true;
    all.audit();
    CHECK(all.found == "missing settled:- 4 M:payment:C\n");
    CHECK(all.totals.cannot_be_concluded == 1);
  }
  SUBCASE("one of two events of the same notification") {
    world all;
    all.refunded().erase(all.refunded().begin());
    all.trimmed[topic::refunded] = true;
    all.audit();
    CHECK(all.found.empty());
    CHECK(all.totals.cannot_be_concluded == 1);
    CHECK(all.totals.events == 8);
  }
}

TEST_CASE("of subjects that began before the raw log's start nothing is concluded") {
  world all;
  all.start = 2;  // A and B are older
  all.audit();
  CHECK(all.found.empty());
  CHECK(all.totals.notifications == 6);
  CHECK(all.totals.events == 3);  // C's
  CHECK(all.totals.states == 1);
  CHECK(all.totals.cannot_be_concluded > 0);
  all.settled()[2].timestamp_ms = 7;
  all.found.clear();
  all.audit();
  CHECK(all.found == "different settled:2 4 M:payment:C timestamp\n");
}

TEST_CASE("what a log that is trimmed cannot hide is found, of subjects that are older too") {
  struct row {
    const char* name;
    std::function<void(world&)> tamper;
    const char* found;
  };
  const std::vector<row> rows{
      {"an event that names no cause",
       [](world& w) {
         w.settled().push_back({"M:payment:A", "v", {}, 1});
       },
       "unexpected settled:3 - M:payment:A\n"},
      {"an event is there twice", [](world& w) { w.refunded().push_back(w.refunded()[3]); },
       "doubled refunded:6 5 M:payment:B\n"},
      {"an event of one that is older than the log, again",
       [](world& w) { w.settled().insert(w.settled().begin() + 1, w.settled()[0]); },
       "doubled settled:1 0 M:payment:A\n"},
      {"and behind others", [](world& w) { w.settled().push_back(w.settled()[0]); },
       "out_of_order settled:3 0 M:payment:A\n"},
      {"events of before the log's start changed places",
       [](world& w) { std::swap(w.settled()[0], w.settled()[1]); },
       "out_of_order settled:1 0 M:payment:A\n"},
      {"an event of an older subject that another one's notification is said to cause",
       [](world& w) {
         w.settled().insert(w.settled().begin() + 2, w.settled()[0]);
         w.settled()[2].header("sinyal_cause") = "2:3";
         w.settled()[2].key = "M:payment:A";
       },
       "unexpected settled:2 3 M:payment:A\n"},
      {"an event of an older subject that nothing causes",
       [](world& w) {
         w.settled().push_back(w.settled()[0]);
         w.settled().back().header("sinyal_cause") = "2:8";
       },
       "unexpected settled:3 8 M:payment:A\n"},
  };
  for (const row& each : rows) {
    CAPTURE(each.name);
    world all;
    all.start = 2;  // A and B are older
    each.tamper(all);
    all.audit();
    CHECK(all.found == each.found);
  }
}

TEST_CASE("an event that was caused before the log's start tells that its subject is older") {
  world all;
  all.start = 2;
  all.rebuild();  // folds what is left of the log: there, A begins with 2
  all.audit();
  CHECK(all.found.empty());
  CHECK(all.totals.states == 3);
}

TEST_CASE("of a topic whose first record is older than the log, nothing was deleted since") {
  world all;
  all.start = 2;
  all.trimmed[topic::settled] = true;  // something before its first
  all.settled().pop_back();
  all.audit();
  CHECK(all.found == "missing settled:- 4 M:payment:C\n");
}

TEST_CASE("under other rules a state is that of the same cause") {
  world all;
  for (kept& record : all.states()) {
    if (record.key != lifecycle::position_key) record.header("sinyal_rules") = "0";
  }
  all.states().push_back(all.states().front());
  all.audit();
  CHECK(all.found == "different state:14 0 M:payment:A cause\n");
  CHECK(all.totals.other_rules == 2);
}

TEST_CASE("under other rules an event is the same when its id and its cause are") {
  world all;
  for (topic each : {topic::settled, topic::quarantine, topic::state}) {
    for (kept& record : all.topics[each]) {
      if (record.key == lifecycle::position_key) continue;
      record.header("sinyal_rules") = "0";
      *record.value += " as it was then";
    }
  }
  all.settled()[1].header("ce_id") = "another";
  all.audit();
  CHECK(all.found == "different settled:1 1 M:payment:B id\n");
  CHECK(all.totals.other_rules == 2 + 2 + 3);
}
