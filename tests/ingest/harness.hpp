#pragma once
// A server on a port of its own, with a fake log and a fake provider, and a client that sends raw
// bytes. Every wait has a deadline.

#include "broker/config.hpp"
#include "broker/ingest/server.hpp"
#include "broker/observe/log.hpp"
#include "broker/observe/metrics.hpp"
#include "connectors/connector.hpp"
#include "tests/support/fake_notification_log.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <cstdio>
#include <functional>
#include <future>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sinyal::ingest::test {

/// Judges a body by the words in it.
class fake_connector final : public connectors::connector {
 public:
  std::string_view name() const override { return "midtrans"; }
  connectors::admission admit(const connectors::admission_request& request) override;
  connectors::normalised normalise(const codec::raw_headers&, std::string_view) override {
    return connectors::ignored::ping;
  }
};

/// One merchant G1 with key, recurring token `rec-1` and API token `api-1`.
std::vector<merchant> one_merchant();
/// Short timeouts and a port of the system's choice.
http_settings quick_settings();

class running_server {
 public:
  explicit running_server(const http_settings& settings = quick_settings());
  ~running_server();

  std::uint16_t port() const { return port_; }
  /// Runs on the server's thread, and is over when this returns.
  void on_thread(std::function<void()> what);
  void begin_drain();
  bool drained(std::chrono::milliseconds timeout = std::chrono::seconds{5});
  /// The value of a series as exposed, -1 when it is not there.
  double metric(std::string_view series) const;
  /// Waits until the series has the value.
  bool metric_becomes(std::string_view series, double value) const;
  std::string log_text() const;

  test_support::fake_notification_log log;
  fake_connector connector;

 private:
  observe::metrics metrics_;
  std::FILE* log_file_ = std::tmpfile();
  observe::logger logger_;
  boost::asio::io_context context_{1};

 public:
  ingest::server server;

 private:
  std::uint16_t port_ = 0;
  std::promise<void> drained_;
  std::future<void> drained_future_ = drained_.get_future();
  std::thread thread_;
};

struct answer {
  int status = 0;    // 0: the connection ended before one came
  std::string head;  // status line and fields, with the empty line
  std::string body;

  std::string field(std::string_view name) const;  // "" when absent
};

class client {
 public:
  explicit client(const running_server& to) : client{to.port()} {}
  explicit client(std::uint16_t port);
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// False: the peer has closed.
  bool send(std::string_view bytes);
  /// One answer; `to_head`: to a HEAD request, so without a body.
  answer read(bool to_head = false);
  answer ask(std::string_view bytes) {
    send(bytes);
    return read();
  }
  /// The server ends the connection, and sends nothing more before that.
  bool ends();
  /// Nothing comes, and the end does not either: a request on it is still answered.
  bool is_open();

 private:
  bool fill();
  int fd_ = -1;
  std::string received_;
};

/// A POST with Host, Content-Type and Content-Length; `extra` lines end in CRLF.
std::string post(std::string_view target, std::string_view body, std::string_view extra = {});
inline constexpr std::string_view notifications = "/v1/midtrans/G1/notifications";
inline constexpr std::string_view good_body = R"({"order":"A-1"})";
std::string good_request();

}  // namespace sinyal::ingest::test
