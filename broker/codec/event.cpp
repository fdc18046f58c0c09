#include "broker/codec/event.hpp"

#include "broker/codec/event_value.hpp"
#include "broker/codec/json_writer.hpp"
#include "broker/codec/uuid.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace sinyal::codec {
namespace {

// Of events' ids: af5fc039-b30b-501a-ac9d-a5d615ff85fa, fixed for ever by the contract.
constexpr uuid event_namespace{0xaf, 0x5f, 0xc0, 0x39, 0xb3, 0x0b, 0x50, 0x1a,
                               0xac, 0x9d, 0xa5, 0xd6, 0x15, 0xff, 0x85, 0xfa};

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

std::string anomaly_words(const std::vector<core::anomaly>& anomalies) {
  std::string words;
  for (const core::anomaly each : anomalies) {
    if (!words.empty()) words += ' ';
    words.append(to_string(each));
  }
  return words;
}

constexpr std::string_view header_prefix = "ce_";

/// The CloudEvents attributes of one event, in the contract's order, named as headers are. Empty
/// ones don't apply.
struct attributes {
  core::time_text time, recorded_time;
  std::string id, source, sequence, anomaly;
  std::string_view type, subject, data_schema, signal, partition_key, traceparent, order_status;

  template <typename Each>
  void visit(Each each) const {
    each("ce_specversion", "1.0");
    each("ce_id", id);
    each("ce_source", source);
    each("ce_type", type);
    each("ce_subject", subject);
    each("ce_time", time);
    each("ce_dataschema", data_schema);
    each("ce_signal", signal);
    each("ce_subjectsequence", sequence);
    each("ce_partitionkey", partition_key);
    each("ce_recordedtime", recorded_time);
    if (!traceparent.empty()) each("ce_traceparent", traceparent);
    if (!anomaly.empty()) each("ce_anomaly", anomaly);
    if (!order_status.empty()) each("ce_orderstatus", order_status);
  }
};

attributes attributes_of(const core::emission& emission, const core::subject_state& state,
                         const event_cause& cause) {
  const core::signal_info& signal = core::info(emission.signal);
  attributes result;
  result.time = core::time_text{emission.time};
  result.recorded_time = core::time_text{cause.headers.received_at};
  result.id = event_id(cause.key, emission);
  result.source.append("/").append(cause.headers.connector).append("/");
  result.source.append(cause.headers.merchant);
  result.sequence = std::to_string(emission.sequence);
  result.anomaly = anomaly_words(emission.anomalies);
  result.type = signal.type;
  result.subject = cause.headers.subject;
  result.data_schema = signal.data_schema;
  result.signal = signal.name;
  result.partition_key = cause.key;
  result.traceparent = cause.headers.traceparent;
  if (const auto* payment = std::get_if<core::payment_state>(&state.what)) {
    result.order_status = core::view_of(*payment).status;
  }
  return result;
}

void encode_binary(const attributes& attributes, outgoing_record& record) {
  record.headers.add("content-type", "application/json");
  attributes.visit([&](std::string_view name, std::string_view value) {
    record.headers.add(name, value);
    if (name == "ce_traceparent") record.headers.add("traceparent", value);
  });
}

/// Every attribute is a string, as in the headers of binary mode, so that an extension has one
/// type.
void encode_structured(const attributes& attributes, outgoing_record& record) {
  record.headers.add("content-type", "application/cloudevents+json; charset=UTF-8");
  if (!attributes.traceparent.empty()) record.headers.add("traceparent", attributes.traceparent);
  std::string whole;
  whole.reserve(record.value->size() + 1024);
  json_writer json{whole};
  json.begin_object();
  attributes.visit([&](std::string_view name, std::string_view value) {
    name.remove_prefix(header_prefix.size());
    json.text(name, value);
    if (name == "time") json.text("datacontenttype", "application/json");
  });
  json.raw("data", *record.value);
  json.end_object();
  record.value = std::move(whole);
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
  std::string name{event_namespace.begin(), event_namespace.end()};
  const std::string_view signal = to_string(emission.signal);
  name.reserve(name.size() + key.size() + signal.size() + emission.transaction_id.size() +
               emission.identity.size() + 3);
  name.append(key).append("|").append(signal).append("|");
  name.append(emission.transaction_id).append("|").append(emission.identity);
  return to_text(named_uuid(name));
}

void add_cause(header_list& headers, std::int32_t partition, std::int64_t offset,
               std::string_view rules) {
  const std::string place = std::to_string(partition).append(":").append(std::to_string(offset));
  headers.add("sinyal_cause", place);
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
  const attributes attributes = attributes_of(emission, state, cause);
  constexpr std::size_t headers_most = 21;
  constexpr std::size_t header_bytes_usual = 1024;
  record.headers.reserve(headers_most, header_bytes_usual);
  if (cause.structured) {
    encode_structured(attributes, record);
  } else {
    encode_binary(attributes, record);
  }
  add_cause(record.headers, cause.partition, cause.offset, cause.rules);
  if (cause.marks != nullptr) add_mark(*cause.marks, record);
  return record;
}

}  // namespace sinyal::codec
