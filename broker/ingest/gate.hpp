#pragma once
// What is refused, in the contract's order, once a request's head is read and before any of its
// body is; and what a connector's refusal is in HTTP. Pure.

#include "broker/config.hpp"
#include "broker/ingest/framing.hpp"
#include "broker/ingest/problem.hpp"
#include "broker/ingest/router.hpp"
#include "broker/ingest/tenants.hpp"
#include "broker/observe/metrics.hpp"
#include "connectors/connector.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace sinyal::ingest {

/// An answer that is not 200, and how it is counted.
struct refusal {
  problem what = problem::malformed_request;
  /// Result in sinyal_notifications_total. Absent for 404 and 405: that was no notification.
  std::optional<observe::notification_result> counted;
  std::string detail;  // of a 400
  bool close = false;
};
/// Closes after every 4xx but 404, 405 and 415. (That a 401 for a bad signature does not close
/// either is the connector mapping's business.)
refusal refuse(problem what, std::optional<observe::notification_result> counted,
               std::string detail = {});

/// What we are busy with, before this request.
struct load {
  bool draining = false;
  std::uint64_t requests = 0;
  std::uint64_t body_bytes = 0;
};

struct gate_pass {
  std::optional<refusal> refused;
  std::optional<route> where;   // absent: 404
  const tenant* who = nullptr;  // set when `where` is
};
/// Path, method, capacity, token or bearer, length, media type.
gate_pass pass_gate(const request_head& head, const framing& framed, const load& now,
                    const http_settings& settings, const tenants& merchants);

/// `merchant_known` decides how a 401 is counted, never how it looks.
refusal refuse_body(connectors::refusal why, std::string detail, bool merchant_known);

}  // namespace sinyal::ingest
