#include "broker/observe/admin.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <vector>

using namespace sinyal::observe;
using boost::asio::ip::tcp;

namespace {

/// An admin server on a free port, and a client that says what it likes.
class fixture {
 public:
  explicit fixture(std::vector<check> checks = {})
      : server_{{"127.0.0.1", 0, std::move(checks), "2.0.2"}, counted, log_} {
    REQUIRE(server_.start());
    const std::string address = server_.address();
    port_ = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }

  tcp::socket connect() {
    tcp::socket socket{context_};
    socket.connect({boost::asio::ip::address_v4::loopback(), port_});
    return socket;
  }
  /// Everything the server says until it closes.
  std::string say(const std::string& text) {
    tcp::socket socket = connect();
    boost::asio::write(socket, boost::asio::buffer(text));
    std::string answer;
    boost::system::error_code error;
    boost::asio::read(socket, boost::asio::dynamic_buffer(answer), error);
    return answer;
  }
  std::string get(const std::string& target, const std::string& method = "GET") {
    return say(method + ' ' + target + " HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n");
  }
  std::uint16_t port() const { return port_; }

  metrics counted;

 private:
  logger log_{{log_level::error}};
  admin_server server_;
  boost::asio::io_context context_;
  std::uint16_t port_ = 0;
};

std::string status_of(const std::string& answer) {
  return answer.substr(9, 3);
}
std::string body_of(const std::string& answer) {
  const auto end = answer.find("\r\n\r\n");
  return end == answer.npos ? std::string{} : answer.substr(end + 4);
}

}  // namespace

TEST_CASE("a probe whose checks are all well answers ok") {
  fixture admin{{{probe::ready, "metadata", [] { return std::nullopt; }}}};
  for (const char* path : {"/livez", "/startupz", "/readyz", "/readyz?", "/readyz?other=1"}) {
    CAPTURE(path);
    const std::string answer = admin.get(path);
    CHECK(status_of(answer) == "200");
    CHECK(body_of(answer) == "ok\n");
    CHECK(answer.find("Cache-Control: no-store\r\n") != answer.npos);
  }
}

TEST_CASE("a failing probe is 503 with one failed check a line, and fails no other probe") {
  fixture admin{
      {{probe::ready, "draining", [] { return std::optional<std::string>{"stopping"}; }},
       {probe::ready, "configuration", [] { return std::nullopt; }},
       {probe::ready, "metadata", [] { return std::optional<std::string>{"none yet"}; }}}};
  const std::string answer = admin.get("/readyz");
  CHECK(status_of(answer) == "503");
  CHECK(body_of(answer) == "draining: stopping\nmetadata: none yet\n");
  CHECK(body_of(admin.get("/readyz?verbose")) ==
        "[-] draining: stopping\n[+] configuration ok\n[-] metadata: none yet\nfailed\n");
  CHECK(status_of(admin.get("/readyz?x=1&verbose")) == "503");
  CHECK(status_of(admin.get("/livez")) == "200");
}

TEST_CASE("what is not required shows in verbose alone") {
  fixture admin{
      {{probe::ready, "kafka", [] { return std::optional<std::string>{"no broker"}; }, false}}};
  CHECK(body_of(admin.get("/readyz")) == "ok\n");
  CHECK(status_of(admin.get("/readyz?verbose")) == "200");
  CHECK(body_of(admin.get("/readyz?verbose")) == "[-] kafka: no broker\nok\n");
}

TEST_CASE("a probe asks anew every time") {
  std::atomic<bool> ready{false};
  fixture admin{{{probe::ready, "group", [&]() -> std::optional<std::string> {
                    if (ready) return std::nullopt;
                    return "not joined";
                  }}}};
  CHECK(status_of(admin.get("/readyz")) == "503");
  ready = true;
  CHECK(status_of(admin.get("/readyz")) == "200");
}

TEST_CASE("metrics and the version are served") {
  fixture admin;
  admin.counted.kafka_up([] { return true; });
  const std::string text = admin.get("/metrics");
  CHECK(text.find("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n") != text.npos);
  CHECK(body_of(text).find("\nsinyal_kafka_up 1\n") != std::string::npos);
  const std::string version = admin.get("/version");
  CHECK(version.find("Content-Type: application/json\r\n") != version.npos);
  for (const char* name : {"version", "commit", "librdkafka", "boost", "openssl"}) {
    CAPTURE(name);
    CHECK(body_of(version).find('"' + std::string{name} + "\":\"") != std::string::npos);
  }
  CHECK(body_of(version).find("\"librdkafka\":\"2.0.2\"") != std::string::npos);
}

TEST_CASE("requests that are not for us are refused") {
  fixture admin;
  struct row {
    const char* name;
    std::string sent;
    const char* status;
  };
  const std::string rest = " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  for (const row& one : std::vector<row>{
           {"an unknown path", "GET /" + rest, "404"},
           {"a trailing slash", "GET /readyz/" + rest, "404"},
           {"another case", "GET /READYZ" + rest, "404"},
           {"POST", "POST /metrics" + rest, "405"},
           {"DELETE", "DELETE /livez" + rest, "405"},
           {"no HTTP", "hello\r\n\r\n", "400"},
           {"a bare line feed", "GET / HTTP/1.1\n\n", "400"},
           {"a header too large",
            "GET /livez HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n", "431"},
           {"a body", "POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", "413"},
       }) {
    CAPTURE(one.name);
    CHECK(status_of(admin.say(one.sent)) == one.status);
  }
  CHECK(admin.get("/metrics", "POST").find("Allow: GET, HEAD\r\n") != std::string::npos);
}

TEST_CASE("HEAD answers as GET does, without the body") {
  fixture admin;
  const std::string answer = admin.get("/livez", "HEAD");
  CHECK(status_of(answer) == "200");
  CHECK(answer.find("Content-Length: 3\r\n") != answer.npos);
  CHECK(body_of(answer).empty());
}

TEST_CASE("a connection serves several requests") {
  fixture admin;
  const std::string one = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string last = "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  const std::string answers = admin.say(one + one + last);
  std::size_t count = 0;
  for (auto at = answers.find("HTTP/1.1 200"); at != answers.npos;
       at = answers.find("HTTP/1.1 200", at + 1)) {
    ++count;
  }
  CHECK(count == 3);
}

TEST_CASE("the sixty-fifth connection is closed, and there is room again when one goes") {
  fixture admin;
  const std::string request = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
  std::vector<tcp::socket> open;
  std::string answer(12, '\0');
  for (int i = 0; i < 64; ++i) {
    open.push_back(admin.connect());
    boost::asio::write(open.back(), boost::asio::buffer(request));
    boost::asio::read(open.back(), boost::asio::buffer(answer));
    REQUIRE(status_of(answer) == "200");
  }
  CHECK(admin.say(request).empty());
  open.clear();
  // The server hears of the closed ones when it gets to them.
  std::string again;
  for (int attempt = 0; attempt < 1000 && again.empty(); ++attempt) again = admin.get("/livez");
  CHECK(status_of(again) == "200");
}

TEST_CASE("an address that cannot be bound is an error") {
  fixture first;
  logger log{{log_level::error}};
  metrics counted;
  struct row {
    const char* name;
    const char* host;
    std::uint16_t port;
  };
  for (const row& one : {row{"taken", "127.0.0.1", first.port()}, row{"not ours", "192.0.2.1", 0},
                         row{"no address", "localhost", 0}}) {
    CAPTURE(one.name);
    admin_server second{{one.host, one.port, {}, ""}, counted, log};
    CHECK_FALSE(second.start());
  }
}

TEST_CASE("a server that ends closes open connections at once") {
  boost::asio::io_context context;
  tcp::socket open{context};
  {
    const fixture admin;
    open.connect({boost::asio::ip::address_v4::loopback(), admin.port()});
    boost::asio::write(open,
                       boost::asio::buffer(std::string{"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"}));
    std::string answer(12, '\0');
    boost::asio::read(open, boost::asio::buffer(answer));
  }
  std::string rest;
  boost::system::error_code end;
  boost::asio::read(open, boost::asio::dynamic_buffer(rest), end);
  CHECK(rest.ends_with("\r\n\r\nok\n"));
  CHECK(end == boost::asio::error::eof);
}
