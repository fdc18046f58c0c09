#include "broker/lifecycle/keyed_hash.hpp"

#include <cstring>
#include <sodium/core.h>
#include <sodium/crypto_shorthash.h>
#include <stdexcept>

namespace sinyal::lifecycle {

keyed_hash::keyed_hash() {
  static_assert(crypto_shorthash_KEYBYTES == sizeof key_);
  if (sodium_init() < 0) throw std::runtime_error{"libsodium has no source of random bytes"};
  crypto_shorthash_keygen(key_.data());
}

std::uint64_t keyed_hash::operator()(std::string_view text) const {
  std::array<unsigned char, crypto_shorthash_BYTES> bytes;
  crypto_shorthash(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                   key_.data());
  std::uint64_t hash = 0;
  static_assert(sizeof hash == bytes.size());
  std::memcpy(&hash, bytes.data(), bytes.size());
  return hash;
}

}  // namespace sinyal::lifecycle
