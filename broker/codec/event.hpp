#pragma once
// An event as subscribers read it: CloudEvents 1.0 over Kafka. Every name here is part of the
// public contract; nothing in an event comes from a clock or from chance.

#include "broker/codec/raw_record.hpp"
#include "broker/codec/record.hpp"
#include "broker/codec/schema_mark.hpp"
#include "broker/core/decide.hpp"
#include "broker/core/state.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sinyal::codec {

/// What all events of one raw record share. Views: the record's reader owns the texts.
struct event_cause {
  raw_headers headers;
  std::string_view key;  // of the raw record
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::string_view rules;  // version of tables and encoding
  /// The body as events show it (whitespace, secrets and redacted keys removed), or `null` for a
  /// merchant's document.
  std::string_view notification;
  bool structured = false;              // whole event as JSON instead of headers and data
  const schema_marks* marks = nullptr;  // absent: events tell of no schema registry
};

/// True where events show no body: documents posted to payments, invoices and subscriptions are the
/// merchant's own words. A bare subscription object on /recurring is judged as a document, but
/// Midtrans sent it, so its events show it.
bool is_document(endpoint endpoint);

/// UUIDv5 of `<record key>|<signal>|<transaction_id>|<identity>`: names what happened, not its
/// place in any log, so that a change of rules does not rename later events.
std::string event_id(std::string_view key, const core::emission& emission);

/// The record of one signal; `state` is the subject's after the whole notification.
outgoing_record encode_event(const core::emission& emission, const core::subject_state& state,
                             const event_cause& cause);

/// Adds what signals, state and quarantine all carry: `sinyal_cause` and `sinyal_rules`.
void add_cause(header_list& headers, std::int32_t partition, std::int64_t offset,
               std::string_view rules);

}  // namespace sinyal::codec
