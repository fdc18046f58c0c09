#pragma once
// SipHash-2-4 (Aumasson, Bernstein): a hash that nobody can steer who does not know its key. Order
// ids come from outside, and ones that all fall together would make every look-up a long search.

#include <cstdint>
#include <string_view>

namespace sinyal::lifecycle {

struct hash_key {
  std::uint64_t low = 0, high = 0;

  /// From the system's source of randomness: nothing visible may depend on what is hashed with it.
  static hash_key random();
};

std::uint64_t siphash(const hash_key& key, std::string_view text);

}  // namespace sinyal::lifecycle
