#include "broker/ingest/identifiers.hpp"

#include "broker/codec/uuid.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

namespace sinyal::ingest {

namespace {

void append_hex(std::string& out, std::span<const unsigned char> bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  const std::size_t before = out.size();
  out.resize(before + 2 * bytes.size());
  char* at = out.data() + before;
  for (const unsigned char byte : bytes) {
    *at++ = digits[byte >> 4];
    *at++ = digits[byte & 15];
  }
}

}  // namespace

std::string identifiers::uuid7(std::int64_t now_ms) {
  codec::uuid bytes;
  for (std::size_t i = 0; i < 6; ++i) {
    bytes[i] = static_cast<unsigned char>(now_ms >> (8 * (5 - i)));
  }
  std::ranges::copy(random(10), bytes.begin() + 6);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x70);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  return std::string{codec::uuid_text{bytes}};
}

std::string identifiers::traceparent() {
  std::string text{"00-"};
  text.reserve(55);
  append_hex(text, random(16));
  text += '-';
  append_hex(text, random(8));
  text += "-01";
  return text;
}

std::span<const unsigned char> identifiers::random(std::size_t count) {
  if (pool_.size() - used_ < count) {
    if (RAND_bytes(pool_.data(), static_cast<int>(pool_.size())) != 1) {
      throw std::runtime_error{"OpenSSL has no random bytes"};
    }
    used_ = 0;
  }
  const std::span<const unsigned char> bytes{pool_.data() + used_, count};
  used_ += count;
  return bytes;
}

}  // namespace sinyal::ingest
