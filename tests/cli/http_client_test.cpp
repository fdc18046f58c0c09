// A client whose servers are silent, gone or no HTTP at all. TLS is tried in tests/schemas.

#include "broker/cli/http_client.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <doctest/doctest.h>

#include <string>
#include <thread>

using namespace sinyal;
using boost::asio::ip::tcp;

namespace {

/// Takes one connection, says one thing to its first bytes and closes it; says nothing unless told.
class server {
 public:
  explicit server(std::string says = {})
      : thread_{[this, says = std::move(says)] {
          boost::system::error_code error;
          tcp::socket socket{context_};
          acceptor_.accept(socket, error);
          char first[4096];
          socket.read_some(boost::asio::buffer(first), error);
          if (!says.empty()) boost::asio::write(socket, boost::asio::buffer(says), error);
          while (says.empty() && !error) socket.read_some(boost::asio::buffer(first), error);
        }} {}
  ~server() { thread_.join(); }

  http_url url() const {
    return {false, "127.0.0.1", std::to_string(acceptor_.local_endpoint().port()), ""};
  }

 private:
  boost::asio::io_context context_;
  tcp::acceptor acceptor_{context_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::thread thread_;
};

}  // namespace

TEST_CASE("a name and a password are one text in base 64") {
  CHECK(cli::basic_authorization("Aladdin", "open sesame") ==
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");  // RFC 7617's own example
  CHECK(cli::basic_authorization("", "") == "Basic Og==");
  CHECK(cli::basic_authorization("a", "b:c") == "Basic YTpiOmM=");
}

TEST_CASE("a whole answer is its status and its body") {
  server one{"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"};
  cli::http_client client{one.url(), 5000};
  const auto answer = client.post({"/", "{}"});
  REQUIRE(answer.has_value());
  CHECK(answer->status == 404);
  CHECK(answer->body == "{}");
}

TEST_CASE("no whole answer is an error, and no later than the deadline") {
  SUBCASE("silence") {
    server one;
    cli::http_client client{one.url(), 100};
    CHECK(client.post({"/", "{}"}).has_error());
  }
  SUBCASE("silence where TLS was expected") {
    server one;
    http_url tls = one.url();
    tls.tls = true;
    cli::http_client client{tls, 100};
    CHECK(client.post({"/", "{}"}).has_error());
  }
  SUBCASE("no HTTP") {
    server one{"220 mail.example ESMTP\r\n"};
    cli::http_client client{one.url(), 5000};
    CHECK(client.post({"/", "{}"}).has_error());
  }
  SUBCASE("an answer that is cut off") {
    server one{"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}"};
    cli::http_client client{one.url(), 5000};
    CHECK(client.post({"/", "{}"}).has_error());
  }
  SUBCASE("nobody there") {
    cli::http_client client{{false, "127.0.0.1", "1", ""}, 5000};
    CHECK(client.post({"/", "{}"}).has_error());
  }
}
