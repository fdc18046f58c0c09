#include "broker/lifecycle/keyed_hash.hpp"

#include <doctest/doctest.h>

#include <string>

using sinyal::lifecycle::keyed_hash;

TEST_CASE("a store hashes the same text alike, and by a key that no other store has") {
  const keyed_hash one;
  const keyed_hash other;
  for (const std::string text : {"", "M:payment:A", "M:payment:B"}) {
    CHECK(one(text) == one(text));
    CHECK(one(text) != other(text));
  }
  CHECK(one("M:payment:A") != one("M:payment:B"));
}
