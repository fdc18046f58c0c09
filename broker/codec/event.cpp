#include "broker/codec/event.hpp"

#include "broker/codec/event_value.hpp"
#include "broker/codec/json_writer.hpp"
#include "broker/codec/uuid.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <variant>
#include <vector>

namespace sinyal::codec {
namespace {

// Of events' ids: af5fc039-b30b-501a-ac9d-a5d615ff85fa, fixed for ever by the contract.
constexpr std::string_view event_namespace =
    "\xaf\x5f\xc0\x39\xb3\x0b\x50\x1a\xac\x9d\xa5\xd6\x15\xff\x85\xfa";
static_assert(event_namespace.size() == uuid{}.size());

/// RFC 9562, version 5: SHA-1 of the namespace and the name. `text` is both.
uuid named_uuid(std::string_view text) {
  // made once: looking an algorithm up, or a new context, costs more than hashing with it
  static const EVP_MD* const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{
      EVP_MD_CTX_new(), EVP_MD_CTX_free};
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  // A hash that cannot be computed is no memory: a wrong id would publish an event twice.
  if (EVP_DigestInit_ex(context.get(), sha1, nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), text.data(), text.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1) {
    std::abort();
  }
  uuid made;
  std::copy_n(digest.begin(), made.size(), made.begin());
  made[6] = static_cast<unsigned char>((made[6] & 0x0f) | 0x50);
  made[8] = static_cast<unsigned char>((made[8] & 0x3f) | 0x80);
  return made;
}

/// See event_id().
uuid id_of(std::string_view key, const core::emission& emission) {
  const std::string_view signal = to_string(emission.signal);
  std::string name;
  name.reserve(event_namespace.size() + key.size() + signal.size() +
               emission.transaction_id.size() + emission.identity.size() + 3);
  name.append(event_namespace).append(key).append("|").append(signal).append("|");
  name.append(emission.transaction_id).append("|").append(emission.identity);
  return named_uuid(name);
}

std::string anomaly_words(const std::vector<core::anomaly>& anomalies) {
  std::string words;
  for (const core::anomaly each : anomalies) {
    if (!words.empty()) words += ' ';
    words.append(to_string(each));
  }
  return words;
}

constexpr std::string_view attribute_prefix = "ce_";
constexpr std::string_view json_type = "application/json";

/// The CloudEvents attributes in the contract's order, and the trace's own header.
void add_attributes(header_list& to, const core::emission& emission,
                    const core::subject_state& state, const event_cause& cause) {
  const core::signal_info& signal = core::info(emission.signal);
  const raw_headers& raw = cause.headers;
  to.add("ce_specversion", "1.0");
  to.add("ce_id", uuid_text{id_of(cause.key, emission)});
  to.add("ce_source", "/", raw.connector, "/", raw.merchant);
  to.add("ce_type", signal.type);
  to.add("ce_subject", raw.subject);
  to.add("ce_time", core::time_text{emission.time});
  to.add("ce_dataschema", signal.data_schema);
  to.add("ce_signal", signal.name);
  to.add("ce_subjectsequence", emission.sequence);
  to.add("ce_partitionkey", cause.key);
  to.add("ce_recordedtime", core::time_text{raw.received_at});
  if (!raw.traceparent.empty()) {
    to.add("ce_traceparent", raw.traceparent);
    to.add("traceparent", raw.traceparent);
  }
  if (!emission.anomalies.empty()) to.add("ce_anomaly", anomaly_words(emission.anomalies));
  if (const auto* payment = std::get_if<core::payment_state>(&state.what)) {
    to.add("ce_orderstatus", core::view_of(*payment).status);
  }
}

/// The binary form's event as one JSON document. Every attribute is a string, as in the headers,
/// so that an extension has one type.
std::string structured(const outgoing_record& binary) {
  std::string whole;
  whole.reserve(binary.value->size() + 1024);
  json_writer json{whole};
  json.begin_object();
  for (std::size_t i = 0; i < binary.headers.size(); ++i) {
    auto [name, value] = binary.headers[i];
    if (!name.starts_with(attribute_prefix)) continue;
    name.remove_prefix(attribute_prefix.size());
    json.text(name, value);
    if (name == "time") json.text("datacontenttype", json_type);
  }
  json.raw("data", *binary.value);
  json.end_object();
  return whole;
}

void make_structured(outgoing_record& record, std::string_view traceparent) {
  record.value = structured(record);
  record.headers.clear();
  record.headers.add("content-type", "application/cloudevents+json; charset=UTF-8");
  if (!traceparent.empty()) record.headers.add("traceparent", traceparent);
}

/// Last of all: what the value's mark stands before is the whole value.
void add_mark(const schema_marks& marks, outgoing_record& record) {
  const std::string& mark = marks.of[static_cast<std::size_t>(record.signal)];
  switch (marks.where) {
    case schema_marks::place::none:
      break;
    case schema_marks::place::header:
      record.headers.add(schema_mark_header, mark);
      break;
    case schema_marks::place::value:
      record.value->insert(0, mark);
      break;
  }
}

}  // namespace

bool is_document(endpoint endpoint) {
  return endpoint != endpoint::notifications && endpoint != endpoint::recurring;
}

std::string event_id(std::string_view key, const core::emission& emission) {
  return std::string{uuid_text{id_of(key, emission)}};
}

void add_cause(header_list& headers, std::int32_t partition, std::int64_t offset,
               std::string_view rules) {
  headers.add("sinyal_cause", partition, ":", offset);
  headers.add("sinyal_rules", rules);
}

outgoing_record encode_event(const core::emission& emission, const core::subject_state& state,
                             const event_cause& cause) {
  outgoing_record record;
  record.to = destination::signal;
  record.signal = emission.signal;
  record.key = cause.key;
  record.timestamp_ms = cause.headers.received_at.ms_since_epoch;
  record.value = encode_event_value(emission, state, cause.notification);
  constexpr std::size_t headers_most = 21;
  constexpr std::size_t header_bytes_usual = 1024;
  record.headers.reserve(headers_most, header_bytes_usual);
  record.headers.add("content-type", json_type);
  add_attributes(record.headers, emission, state, cause);
  if (cause.structured) make_structured(record, cause.headers.traceparent);
  add_cause(record.headers, cause.partition, cause.offset, cause.rules);
  if (cause.marks != nullptr) add_mark(*cause.marks, record);
  return record;
}

}  // namespace sinyal::codec
