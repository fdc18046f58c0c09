#include "broker/cli/explain_history.hpp"

#include <utility>

namespace sinyal::cli {

history::history(history_settings settings)
    : settings_{std::move(settings)},
      connector_{connectors::providers().front().make()},
      judge_{settings_.transform} {}

explained history::tell(codec::endpoint endpoint, std::string_view body,
                        core::instant received_at) {
  connectors::admission admission =
      connector_->admit({.endpoint = endpoint,
                         .body = body,
                         .server_keys = settings_.server_keys,
                         .json_depth_max = settings_.json_depth_max,
                         .check_signature = settings_.check_signatures});
  explained result;
  result.refused = admission.refused;
  result.detail = std::move(admission.detail);
  if (result.refused) return result;

  codec::raw_headers headers;
  headers.id = "00000000-0000-7000-8000-000000000000";
  headers.connector = connector_->name();
  headers.endpoint = endpoint;
  headers.merchant = settings_.merchant;
  headers.received_at = received_at;
  headers.key_index = admission.key_index;
  headers.peer = "127.0.0.1";
  headers.traceparent = "00-00000000000000000000000000000001-0000000000000001-00";
  headers.content_type = "application/json";
  const std::string several =
      codec::subjects_of(core::format_keys(settings_.merchant, admission.subjects));
  headers.subjects = several;
  for (const core::subject& each : admission.subjects) {
    result.subjects.push_back(tell_subject(headers, each, body));
  }
  return result;
}

judged history::tell_subject(codec::raw_headers headers, const core::subject& subject,
                             std::string_view body) {
  headers.kind = subject.kind;
  headers.subject = subject.id;
  const codec::header_list encoded = codec::encode_raw_headers(headers);
  std::vector<codec::header_view> views;
  for (std::size_t i = 0; i < encoded.size(); ++i) views.push_back(encoded[i]);

  const std::string key = core::format_key(settings_.merchant, subject);
  codec::record_view raw;
  raw.offset = offset_++;
  raw.timestamp_ms = headers.received_at.ms_since_epoch;
  raw.key = key;
  raw.value = body;
  raw.headers = views;
  return {.subject = subject, .outcome = judge_(raw)};
}

}  // namespace sinyal::cli
