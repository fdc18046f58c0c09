#include "broker/lifecycle/siphash.hpp"

#include <doctest/doctest.h>

#include <string>

using sinyal::lifecycle::hash_key;
using sinyal::lifecycle::siphash;

TEST_CASE("it is SipHash-2-4, by the vectors of its authors") {
  constexpr hash_key key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  const struct {
    std::size_t length;  // of the text 00 01 02 …
    std::uint64_t hash;
  } rows[] = {
      {0, 0x726fdb47dd0e0e31},  {1, 0x74f839c593dc67fd},  {2, 0x0d6c8009d9a94f5a},
      {7, 0xab0200f58b01d137},  {8, 0x93f5f5799a932462},  {9, 0x9e0082df0ba9e4b0},
      {15, 0xa129ca6149be45e5}, {16, 0x3f2acc7f57c29bdb}, {63, 0x958a324ceb064572},
  };
  for (const auto& row : rows) {
    CAPTURE(row.length);
    std::string text;
    for (std::size_t i = 0; i < row.length; ++i) text += static_cast<char>(i);
    CHECK(siphash(key, text) == row.hash);
  }
}

TEST_CASE("every process hashes by a key of its own") {
  const hash_key a = hash_key::random();
  const hash_key b = hash_key::random();
  CHECK(siphash(a, "M:payment:A") != siphash(b, "M:payment:A"));
}
