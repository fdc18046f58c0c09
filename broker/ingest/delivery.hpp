#pragma once
// A body that was read in full: judged by the connector, appended to the raw log, waited for.

#include "broker/ingest/gate.hpp"
#include "broker/ingest/serving.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sinyal::ingest {

/// Views and references outlive the delivery.
struct delivery {
  const route& where;
  const tenant& who;
  std::string_view body;
  std::string_view content_type;
  std::optional<std::string_view> traceparent;  // as sent; replaced unless strictly valid
  std::string_view peer;
};

struct delivery_result {
  std::optional<refusal> refused;  // absent: every record is stored
  std::string id;                  // sinyal_id
  observe::notification_result counted = observe::notification_result::accepted;
};

/// Takes deadline_ms at most; ends early when the connection is interrupted. A record may land in
/// the log after we have answered 504: the sender's retry is then a duplicate, and harmless.
awaitable<delivery_result> deliver(serving& shared, connection& peer, const delivery& what);

}  // namespace sinyal::ingest
