#pragma once
// What all sessions of a server share. On the I/O thread alone.

#include "broker/config.hpp"
#include "broker/ingest/append_window.hpp"
#include "broker/ingest/connection.hpp"
#include "broker/ingest/identifiers.hpp"
#include "broker/ingest/tenants.hpp"
#include "broker/observe/log.hpp"
#include "broker/observe/metrics.hpp"
#include "broker/ports.hpp"
#include "connectors/connector.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_set>

namespace sinyal::ingest {

/// The way to the end: each phase does less than the one before.
enum class phase : std::uint8_t {
  serving,
  announcing,  // serves on; every answer says `Connection: close`
  refusing,    // no listener; what was begun is finished, what comes after gets 503
  stopping,    // everything is interrupted
};

struct serving {
  serving(const http_settings& http, notification_log& raw_log, connectors::connector& provider,
          observe::metrics& counts, observe::logger& to, const std::vector<merchant>& known)
      : settings{http},
        log{raw_log},
        connector{provider},
        metrics{counts},
        logger{to},
        merchants{std::make_shared<const tenants>(known)},
        window{std::chrono::milliseconds{http.deadline_ms}} {}

  const http_settings settings;
  notification_log& log;
  connectors::connector& connector;
  observe::metrics& metrics;
  observe::logger& logger;
  std::shared_ptr<const tenants> merchants;  // replaced whole by a reload
  append_window window;
  identifiers ids;
  phase now = phase::serving;
  std::uint64_t inflight = 0;            // requests
  std::uint64_t inflight_bytes = 0;      // their bodies
  std::uint64_t served = 0;              // connections within connections_max
  std::unordered_set<connection*> open;  // all, those being turned away too
  std::function<void()> when_none_is_open;
};

}  // namespace sinyal::ingest
