#pragma once
// Ids that we make up: a notification's UUIDv7 and a trace's traceparent.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace sinyal::ingest {

/// Random bytes are fetched many at a time: one call to OpenSSL for each request would cost more
/// than all the rest of an id. For one thread.
class identifiers {
 public:
  /// RFC 9562, version 7: milliseconds since 1970, then 74 random bits; lower-case with hyphens.
  std::string uuid7(std::int64_t now_ms);
  /// Version 00, random ids, sampled.
  std::string traceparent();

 private:
  std::span<const unsigned char> random(std::size_t count);

  std::array<unsigned char, 4096> pool_{};
  std::size_t used_ = pool_.size();
};

}  // namespace sinyal::ingest
