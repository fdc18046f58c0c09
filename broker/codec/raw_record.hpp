#pragma once
// The raw log's record: a notification exactly as received, and what we know of its receipt in
// headers. Written by ingest, read by lifecycle; part of the public contract.

#include "broker/codec/record.hpp"
#include "broker/core/fact.hpp"
#include "broker/core/subject.hpp"
#include "broker/core/time.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sinyal::codec {

inline constexpr std::string_view raw_version = "1";

/// Where a notification was posted to.
enum class endpoint : std::uint8_t { notifications, recurring, payments, invoices, subscriptions };
inline constexpr std::size_t endpoint_count = 5;
std::string_view to_string(endpoint endpoint);
std::optional<endpoint> parse_endpoint(std::string_view text);

/// What the headers of a raw record say. Views into the record or into what ingest holds.
struct raw_headers {
  std::string_view id;         // sinyal_id: UUIDv7, one per POST
  std::string_view connector;  // midtrans
  codec::endpoint endpoint = endpoint::notifications;
  std::string_view merchant;
  core::subject_kind kind = core::subject_kind::payment;
  std::string_view subject;                // order, invoice, subscription or account id
  core::instant received_at;               // sinyal_received_at
  std::optional<std::uint32_t> key_index;  // sinyal_key; absent when not signed
  std::string_view peer;                   // address without port
  std::string_view traceparent;
  std::string_view content_type;
  std::string_view subjects;  // sinyal_subjects: keys with a space between; or empty
  std::string_view retry_of;  // sinyal_retry_of: <partition>:<offset>; or empty
  std::uint32_t retries = 0;  // sinyal_retries
};

/// The headers in the contract's order, each once; those that don't apply are absent.
header_list encode_raw_headers(const raw_headers& headers);

/// sinyal_subjects of a notification with these keys: nothing where there is but one.
std::string subjects_of(std::span<const std::string> keys);

/// Refuses (reason unsupported_record) an unknown sinyal_version, a missing or repeated or
/// ill-formed header, and a key that is not `<merchant>:<kind>:<subject>` of the headers.
struct decoded_raw {
  std::optional<raw_headers> headers;
  std::optional<core::rejection> why;  // exactly one of the two is there
};
decoded_raw decode_raw(const record_view& record);

}  // namespace sinyal::codec
