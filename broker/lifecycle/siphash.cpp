#include "broker/lifecycle/siphash.hpp"

#include <bit>
#include <cstddef>
#include <cstring>
#include <random>

namespace sinyal::lifecycle {

namespace {

static_assert(std::endian::native == std::endian::little, "words are read as they lie in memory");

struct sip_state {
  std::uint64_t a, b, c, d;

  void rounds(int count) {
    for (int i = 0; i < count; ++i) {
      a += b;
      c += d;
      b = std::rotl(b, 13) ^ a;
      d = std::rotl(d, 16) ^ c;
      a = std::rotl(a, 32) + d;
      c += b;
      d = std::rotl(d, 21) ^ a;
      b = std::rotl(b, 17) ^ c;
      c = std::rotl(c, 32);
    }
  }
  void take(std::uint64_t word) {
    d ^= word;
    rounds(2);
    a ^= word;
  }
};

}  // namespace

hash_key hash_key::random() {
  std::random_device source;
  std::uniform_int_distribution<std::uint64_t> any;
  return {any(source), any(source)};
}

std::uint64_t siphash(const hash_key& key, std::string_view text) {
  sip_state sip{key.low ^ 0x736f6d6570736575, key.high ^ 0x646f72616e646f6d,
                key.low ^ 0x6c7967656e657261, key.high ^ 0x7465646279746573};
  constexpr std::size_t word_bytes = sizeof(std::uint64_t);
  std::uint64_t last = std::uint64_t{text.size()} << 56;
  while (text.size() >= word_bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), word_bytes);
    sip.take(word);
    text.remove_prefix(word_bytes);
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    last |= std::uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
  }
  sip.take(last);
  sip.c ^= 0xff;
  sip.rounds(4);
  return sip.a ^ sip.b ^ sip.c ^ sip.d;
}

}  // namespace sinyal::lifecycle
