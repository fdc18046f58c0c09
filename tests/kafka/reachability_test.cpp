#include "broker/kafka/reachability.hpp"

#include <doctest/doctest.h>

namespace {

using sinyal::kafka::reachability;
using namespace std::chrono_literals;

const reachability::clock::time_point start{};

TEST_CASE("nothing is reachable before a broker is connected") {
  reachability kafka;
  CHECK_FALSE(kafka.up(start));
  kafka.heard(true, false, start);
  CHECK(kafka.up(start));
}

TEST_CASE("a connected broker that acknowledges nothing for four seconds hangs") {
  reachability kafka;
  kafka.heard(true, true, start);
  CHECK(kafka.up(start + 4s));
  CHECK_FALSE(kafka.up(start + 4001ms));
  kafka.heard(true, true, start + 5s);  // still the same ones
  CHECK_FALSE(kafka.up(start + 5s));
  kafka.acknowledged();
  CHECK(kafka.up(start + 5s));
}

TEST_CASE("records that come and go under load are no hanging") {
  reachability kafka;
  for (auto now = start; now < start + 60s; now += 500ms) {
    kafka.heard(true, true, now);
    kafka.acknowledged();
    CHECK(kafka.up(now));
  }
}

TEST_CASE("a failed append counts until one succeeds, or for half a minute") {
  reachability kafka;
  kafka.heard(true, false, start);
  kafka.failed(start);
  CHECK_FALSE(kafka.up(start + 29999ms));
  CHECK(kafka.up(start + 30s));
  kafka.failed(start + 31s);
  kafka.acknowledged();
  CHECK(kafka.up(start + 31s));
}

TEST_CASE("without a connection nothing is reachable, whatever was acknowledged before") {
  reachability kafka;
  kafka.acknowledged();
  kafka.disconnected();
  CHECK_FALSE(kafka.up(start));
}

}  // namespace
