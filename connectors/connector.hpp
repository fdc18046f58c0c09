#pragma once
// A provider of payment notifications is two functions: admit() says at the door whether a body is
// genuine and what it is about; normalise() says, when the record is read again, what it means.
// A connector object belongs to one thread (it keeps its parser's buffers).

#include "broker/codec/raw_record.hpp"
#include "broker/core/fact.hpp"
#include "broker/core/secret.hpp"
#include "broker/core/subject.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sinyal::connectors {

/// Why a body is not admitted. The mapping to HTTP is ingest's.
enum class refusal : std::uint8_t {
  malformed_body,  // 400: not JSON, not an object, too deep, a duplicate key where that matters
  invalid_field,   // 400: a signed field is missing or ill-formed
  is_unsigned,     // 400 invalid-field, counted as `unsigned`: no signature_key
  unprocessable,   // 422: a document that says too little, or an API's error
  bad_signature,   // 401
};

enum class admitted_as : std::uint8_t { notification, ping, account };

struct admission {
  std::optional<refusal> refused;
  std::string detail;  // of a refusal: which field and what is wrong, never a value nor a secret
  admitted_as as = admitted_as::notification;
  std::optional<std::uint32_t> key_index;  // which server key verified it; absent: unsigned
  std::vector<core::subject> subjects;     // at least one when admitted
};

struct admission_request {
  codec::endpoint endpoint = codec::endpoint::notifications;
  std::string_view body;
  std::span<const core::secret> server_keys;  // every one is tried; empty: unknown merchant
  std::size_t json_depth_max = 32;
  /// False only for `sinyal explain` without --verify, which shows bodies whose key nobody has: a
  /// missing signature_key, or one that no key makes, is then no reason to refuse.
  bool check_signature = true;
};

/// Nothing to publish, and nothing wrong: it stays in the raw log alone.
enum class ignored : std::uint8_t { ping, account };

using normalised = std::variant<core::any_fact, core::rejection, ignored>;

class connector {
 public:
  virtual ~connector() = default;
  virtual std::string_view name() const = 0;
  /// Order of checks: JSON, fields, document rules (422), signature. An unknown merchant (no keys)
  /// takes the same time as a known one and ends as bad_signature.
  virtual admission admit(const admission_request& request) = 0;
  /// What the body says of the record's subject (headers.kind, headers.subject).
  virtual normalised normalise(const codec::raw_headers& headers, std::string_view body) = 0;
};

struct provider {
  std::string_view name;
  std::unique_ptr<connector> (*make)();
};
/// All providers. One today.
std::span<const provider> providers();

}  // namespace sinyal::connectors
