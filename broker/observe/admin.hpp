#pragma once
// The admin port: probes, metrics, version. It has its own thread, so that a busy ingest cannot
// starve its probes. It is not for strangers: bind it where only operators and kubelets reach it.

#include "broker/observe/log.hpp"
#include "broker/observe/metrics.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sinyal::observe {

enum class probe : std::uint8_t { live, startup, ready };  // /livez, /startupz, /readyz

/// One reason why a probe may fail. Asked on the admin thread, for every request: it must not
/// block.
struct check {
  probe of = probe::ready;
  std::string name;
  std::function<std::optional<std::string>()> problem;  // what is wrong; absent: nothing
  bool required = true;                                 // false: shown by ?verbose alone
};

struct admin_options {
  std::string host = "127.0.0.1";  // an IP address
  std::uint16_t port = 9090;       // 0: any free one
  std::vector<check> checks;
  std::string librdkafka;  // its version
};

class admin_server {
 public:
  /// `metrics` and `log` outlive the server.
  admin_server(admin_options options, const metrics& metrics, logger& log);
  /// Closes everything at once.
  ~admin_server();
  admin_server(const admin_server&) = delete;
  admin_server& operator=(const admin_server&) = delete;

  /// Binds, listens and serves from then on. The error is the system's.
  boost::system::result<void> start();
  /// `address:port` as bound; meaningful once started.
  std::string address() const;

 private:
  struct server;
  std::unique_ptr<server> server_;
};

}  // namespace sinyal::observe
