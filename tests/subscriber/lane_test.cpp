#include "connectors/subscriber/src/lane.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

namespace sinyal::detail {
namespace {

using namespace std::chrono_literals;

/// Two topics' partition of one number, merged.
struct merged {
  merged() { both.strands = {&first, &second}; }
  void add(strand& to, const std::string& key, std::int64_t sequence, std::int64_t cause) {
    decoded event;
    event.key = key;
    event.cause = cause;
    base(event.event).sequence = sequence;
    to.first.what = std::move(event);
    to.records.push_back({nullptr, now});
    to.at_end = false;
  }
  strand* next(std::chrono::milliseconds later = 0ms) { return both.next(now + later, seen, 5s); }

  clock::time_point now = clock::now();
  sequences seen{100};
  strand first, second;
  lane both;
};

TEST_CASE("an empty lane has nothing next") {
  merged lane;
  CHECK(lane.next(10s) == nullptr);
  CHECK(lane.both.empty());
}

TEST_CASE("where every topic has an event, the one that was caused first is next") {
  merged lane;
  lane.add(lane.first, "a", 9, 20);
  lane.add(lane.second, "b", 5, 10);
  CHECK(lane.next() == &lane.second);
}

TEST_CASE("of one notification's events, the sequence says which is next") {
  merged lane;
  lane.add(lane.first, "a", 3, 10);
  lane.add(lane.second, "a", 2, 10);
  CHECK(lane.next() == &lane.second);
}

TEST_CASE("an event that continues its subject's sequence waits for nobody") {
  merged lane;
  lane.add(lane.first, "a", 1, 10);
  CHECK(lane.next() == &lane.first);
  lane.seen.remember("a", 1);
  lane.first.records.clear();
  lane.add(lane.first, "a", 2, 20);
  CHECK(lane.next() == &lane.first);
}

TEST_CASE("one that leaves a gap waits until the other topic has settled at its end") {
  merged lane;
  lane.seen.remember("a", 1);
  lane.add(lane.first, "a", 3, 30);
  CHECK(lane.next(4s) == nullptr);
  lane.second.at_end = true;
  CHECK(lane.next(settle_time - 1ms) == nullptr);
  CHECK(lane.next(settle_time) == &lane.first);
}

TEST_CASE("no wait is longer than merge_wait") {
  merged lane;
  lane.add(lane.first, "a", 3, 30);
  CHECK(lane.next(5s) == &lane.first);
}

TEST_CASE("what is no event goes at once") {
  merged lane;
  lane.first.first.what = malformed{"not_json", ""};
  lane.first.records.push_back({nullptr, lane.now});
  CHECK(lane.next() == &lane.first);
}

TEST_CASE("sequences are judged by the last one, and old subjects are forgotten") {
  sequences seen{4};
  CHECK(seen.judge("a", 1) == continuity::next);
  CHECK(seen.judge("a", 2) == continuity::first);
  seen.remember("a", 2);
  CHECK(seen.judge("a", 3) == continuity::next);
  CHECK(seen.judge("a", 4) == continuity::gap);
  CHECK(seen.judge("a", 2) == continuity::repeat);
  seen.remember("a", 1);  // a repeat takes nothing back
  CHECK(seen.judge("a", 3) == continuity::next);
  for (const char* other : {"b", "c", "d", "e"}) seen.remember(other, 1);
  CHECK(seen.judge("a", 3) == continuity::first);
  CHECK(seen.judge("e", 2) == continuity::next);
}

}  // namespace
}  // namespace sinyal::detail
