#pragma once
// The door: listens, counts connections, stops in the contract's order. Everything here happens on
// the one thread that runs the io_context, and every call comes from it (or before it runs).

#include "broker/config.hpp"
#include "broker/observe/log.hpp"
#include "broker/observe/metrics.hpp"
#include "broker/ports.hpp"
#include "connectors/connector.hpp"

#include <boost/system/result.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace sinyal::ingest {

class server {
 public:
  /// All but the settings and merchants are references that outlive the server. The context must
  /// be one of a single thread: `io_context{1}`.
  server(boost::asio::io_context& context, const http_settings& settings, notification_log& log,
         connectors::connector& connector, observe::metrics& metrics, observe::logger& logger,
         const std::vector<merchant>& merchants);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Binds, listens and serves once the context runs. `address:port` as bound, or the system's
  /// error; invalid_argument when `listen` is not an IP address and a port.
  boost::system::result<std::string> listen();

  /// From the next request on; requests begun keep the merchants that they began with.
  void reload(const std::vector<merchant>& merchants);

  /// Serves on for drain_delay with `Connection: close`, closes the listener, finishes what was
  /// begun and refuses the rest for at most drain_timeout; then `done`, once. Nothing of the
  /// server's keeps the context from running out of work after that.
  void begin_drain(std::function<void()> done);
  /// The same without any delay: what waits is answered 503.
  void stop_now();

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace sinyal::ingest
