#pragma once
// CloudEvents 1.0, Kafka protocol binding: where the attributes and the data of an event stand.
//
//   binary       attributes are headers `ce_<name>`, the value is the data
//   structured   content-type application/cloudevents+json, the value is the event with its data

#include "decode.hpp"
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

/// The event lives as long as the record and until the parser parses again. The failure, if any.
std::optional<malformed> read_cloud_event(const record& record, simdjson::dom::parser& parser,
                                          cloud_event& event);

/// The text of one member of an object, as it stands in the JSON text of it; empty when it is not
/// there under its plain name, or the text is empty. The text has been parsed, so it is valid.
std::string_view member_text(std::string_view object, std::string_view name);

}  // namespace sinyal::detail
