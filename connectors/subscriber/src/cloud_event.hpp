#pragma once
// CloudEvents 1.0, Kafka protocol binding: where the attributes and the data of an event stand.
//
//   binary       attributes are headers `ce_<name>`, the value is the data
//   structured   content-type application/cloudevents+json, the value is the event with its data

#include "decode.hpp"
#include "json.hpp"
#include "record.hpp"

#include <simdjson.h>

#include <optional>
#include <string_view>

namespace sinyal::detail {

struct attributes {
  std::string_view specversion, id, source, type, subject, time, signal, subjectsequence,
      partitionkey, recordedtime, traceparent, anomaly;
};

struct cloud_event {
  detail::attributes attributes;
  simdjson::dom::element data;
  std::string_view data_text;  // the JSON text of it
};

/// The event lives as long as the record and until `json` parses again. The failure, if any.
std::optional<malformed> read_cloud_event(const record& record, json& json, cloud_event& event);

}  // namespace sinyal::detail
