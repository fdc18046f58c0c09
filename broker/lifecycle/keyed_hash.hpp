#pragma once
// A hash that nobody can steer who does not know its key: libsodium's SipHash-2-4. Order ids come
// from outside, and ones that all fall together would make every look-up a long search.

#include <array>
#include <cstdint>
#include <string_view>

namespace sinyal::lifecycle {

class keyed_hash {
 public:
  /// The key is drawn at random: nothing visible may depend on what is hashed.
  keyed_hash();
  std::uint64_t operator()(std::string_view text) const;

 private:
  std::array<unsigned char, 16> key_;
};

}  // namespace sinyal::lifecycle
