#pragma once
// A notification that could not be applied: as it came, and why. The error headers are those that
// Kafka Connect gives its dead letters, so that its tools can read ours.

#include "broker/codec/record.hpp"
#include "broker/core/fact.hpp"

#include <cstdint>
#include <string_view>

namespace sinyal::codec {

/// Where it failed: while being read, or against what is known of its subject.
enum class stage : std::uint8_t { normalise, decide };
std::string_view to_string(stage stage);  // NORMALISE, DECIDE

struct quarantine_cause {
  codec::stage stage = codec::stage::normalise;
  bool money = false;          // claims_money() of its body
  std::string_view raw_topic;  // full name of the topic it was read from
  std::string_view rules;      // version of tables and encoding
  std::int64_t timestamp_ms = 0;
};

/// Key, bytes and headers of `raw` unchanged, then why. A raw record that is itself a retry brings
/// its `sinyal_retries`, which stays the only one; any other gets 0.
outgoing_record encode_quarantine(const record_view& raw, const core::rejection& why,
                                  const quarantine_cause& cause);

/// Whether a body says settlement or capture, in whatever form, as far as it can be read at all: a
/// quarantined settlement is a paid order that no one ships.
bool claims_money(std::string_view body);

}  // namespace sinyal::codec
