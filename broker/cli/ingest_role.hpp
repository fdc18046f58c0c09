#pragma once
// The ingest role as serve runs it: its thread and what lives on it.

#include "broker/cli/happenings.hpp"
#include "broker/config.hpp"
#include "broker/observe/log.hpp"
#include "broker/observe/metrics.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sinyal::cli {

/// All calls come from the main thread, but for the questions, which any thread may ask.
class ingest_role {
 public:
  /// References outlive the role.
  ingest_role(const config& all, observe::metrics& metrics, observe::logger& logger,
              happenings& events);
  /// Ends the thread. Drained before, it has nothing left to do.
  ~ingest_role();

  /// Opens the raw log, binds, serves. The answer is what went wrong; absent: all is well.
  std::optional<std::string> start();
  /// `address:port` as bound.
  const std::string& address() const;

  void reload(std::vector<merchant> merchants);
  /// Adds happening::drained when everybody is answered.
  void begin_drain();
  void stop_now();

  bool has_metadata() const;  // first metadata has come since the start
  bool kafka_up() const;
  bool responsive() const;  // its thread has moved lately

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace sinyal::cli
