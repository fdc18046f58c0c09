#pragma once
// From a request's target to what it is for. Pure; it knows nothing of merchants that exist.

#include "broker/codec/raw_record.hpp"

#include <optional>
#include <string_view>

namespace sinyal::ingest {

/// How a sender proves who it is.
enum class authentication : std::uint8_t {
  signature,   // signature_key in the body
  path_token,  // the secret in the path
  bearer,      // Authorization: Bearer
};
authentication authentication_of(codec::endpoint endpoint);

/// Views into the target.
struct route {
  codec::endpoint endpoint = codec::endpoint::notifications;
  std::string_view merchant;  // well-formed, perhaps unknown
  std::string_view token;     // of /recurring alone; compared as sent, without percent-decoding
};

/// Target: `/v1/midtrans/` merchant `/` endpoint [ `/` token ] [ `?` query ], nothing else; the
/// query is ignored. Absent: nothing is here (404).
std::optional<route> find_route(std::string_view target);

}  // namespace sinyal::ingest
