#pragma once
// From a record to an event: CloudEvents 1.0 in Kafka's binary or structured mode, then the JSON
// of the subject. Pure, and never throws for what it reads.

#include "record.hpp"

#include <cstdint>
#include <memory>
#include <sinyal/event.hpp>
#include <string>
#include <string_view>
#include <variant>

namespace sinyal::detail {

/// A type or version that is not in the catalogue that this library was built with.
struct unknown_type {
  std::string type;
};

/// A record that is no event: not JSON, or not of the shape that its type promises. The sentence
/// holds no value of the event, since it is logged.
struct malformed {
  std::string_view reason;  // not_json, not_a_cloudevent, bad_field, missing_field
  std::string sentence;
};

struct decoded {
  any_event event;
  std::size_t signal = 0;   // in the catalogue
  std::string key;          // of the subject: G141532850:payment:SHOP-1001
  std::int64_t cause = -1;  // offset of the notification in the broker's log; -1 when not told
};

using decode_result = std::variant<decoded, unknown_type, malformed>;

class json;

class decoder {
 public:
  decoder();
  ~decoder();
  /// Into `result`, whatever it held: an event that it held is overwritten, so that its texts need
  /// no new memory.
  void decode(const record& record, decode_result& result);

 private:
  std::unique_ptr<json> json_;
};

}  // namespace sinyal::detail
