#pragma once
// The lifecycle role as serve runs it: its thread and what lives on it.

#include "broker/cli/happenings.hpp"
#include "broker/codec/schema_mark.hpp"
#include "broker/config.hpp"
#include "broker/lifecycle/transform.hpp"
#include "broker/observe/log.hpp"
#include "broker/observe/metrics.hpp"

#include <memory>

namespace sinyal::cli {

/// What lifecycle judges with.
lifecycle::transform_settings transform_settings_of(const config& all,
                                                    codec::schema_marks marks = {});

class lifecycle_role {
 public:
  /// References outlive the role. Adds happening::lifecycle_stopped or lifecycle_failed at its end.
  lifecycle_role(const config& all, codec::schema_marks marks, bool embedded,
                 observe::metrics& metrics, observe::logger& logger, happenings& events);
  /// Asks to stop and waits.
  ~lifecycle_role();

  void start();
  void request_stop();
  bool ready() const;     // any thread may ask
  bool kafka_up() const;  // and so here

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace sinyal::cli
