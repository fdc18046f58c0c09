#include "broker/codec/event.hpp"

#include "broker/codec/event_value.hpp"
#include "broker/codec/json_writer.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <optional>
#include <variant>
#include <vector>

namespace sinyal::codec {
namespace {

// Of events' ids: af5fc039-b30b-501a-ac9d-a5d615ff85fa, fixed for ever by the contract.
constexpr boost::uuids::uuid event_namespace{{0xaf, 0x5f, 0xc0, 0x39, 0xb3, 0x0b, 0x50, 0x1a, 0xac,
                                              0x9d, 0xa5, 0xd6, 0x15, 0xff, 0x85, 0xfa}};

std::string anomaly_words(const std::vector<core::anomaly>& anomalies) {
  std::string words;
  for (const core::anomaly each : anomalies) {
    if (!words.empty()) words += ' ';
    words.append(to_string(each));
  }
  return words;
}

/// The CloudEvents attributes of one event, in the contract's order, without the prefix that each
/// mode gives them. Empty ones don't apply.
struct attributes {
  std::string id, source, time, sequence, recorded_time, anomaly;
  std::string_view type, subject, data_schema, signal, partition_key, traceparent, order_status;

  template <typename Each>
  void visit(Each each) const {
    each("specversion", "1.0");
    each("id", id);
    each("source", source);
    each("type", type);
    each("subject", subject);
    each("time", time);
    each("dataschema", data_schema);
    each("signal", signal);
    each("subjectsequence", sequence);
    each("partitionkey", partition_key);
    each("recordedtime", recorded_time);
    if (!traceparent.empty()) each("traceparent", traceparent);
    if (!anomaly.empty()) each("anomaly", anomaly);
    if (!order_status.empty()) each("orderstatus", order_status);
  }
};

attributes attributes_of(const core::emission& emission, const core::subject_state& state,
                         const event_cause& cause) {
  const core::signal_info& signal = core::info(emission.signal);
  attributes result;
  result.id = event_id(cause.key, emission);
  result.source.append("/").append(cause.headers.connector).append("/");
  result.source.append(cause.headers.merchant);
  result.time = core::format_time(emission.time);
  result.sequence = std::to_string(emission.sequence);
  result.recorded_time = core::format_time(cause.headers.received_at);
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
  std::string name;
  attributes.visit([&](std::string_view attribute, std::string_view value) {
    name.assign("ce_").append(attribute);
    record.headers.add(name, value);
    if (attribute == "traceparent") record.headers.add(attribute, value);
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
  attributes.visit([&](std::string_view attribute, std::string_view value) {
    json.text(attribute, value);
    if (attribute == "time") json.text("datacontenttype", "application/json");
  });
  json.raw("data", *record.value);
  json.end_object();
  record.value = std::move(whole);
}

}  // namespace

bool is_document(endpoint endpoint) {
  return endpoint != endpoint::notifications && endpoint != endpoint::recurring;
}

std::string event_id(std::string_view key, const core::emission& emission) {
  std::string name;
  const std::string_view signal = to_string(emission.signal);
  name.reserve(key.size() + signal.size() + emission.transaction_id.size() +
               emission.identity.size() + 3);
  name.append(key).append("|").append(signal).append("|");
  name.append(emission.transaction_id).append("|").append(emission.identity);
  return boost::uuids::to_string(boost::uuids::name_generator_sha1{event_namespace}(name));
}

void add_cause(header_list& headers, std::int32_t partition, std::int64_t offset,
               std::string_view rules) {
  headers.add("sinyal_cause", std::to_string(partition) + ":" + std::to_string(offset));
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
  if (cause.structured) {
    encode_structured(attributes, record);
  } else {
    encode_binary(attributes, record);
  }
  add_cause(record.headers, cause.partition, cause.offset, cause.rules);
  return record;
}

}  // namespace sinyal::codec
