#include "tests/ingest/harness.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace sinyal::ingest::test {

namespace {

struct attack {
  const char* name;
  std::string request;
};

std::string request(std::string_view fields, std::string_view body = {},
                    std::string_view line = "POST /v1/midtrans/G1/notifications HTTP/1.1") {
  return std::string{line}
      .append("\r\n")
      .append(fields)
      .append("Content-Type: application/json\r\n\r\n")
      .append(body);
}

std::vector<attack> attacks() {
  const std::string host = "Host: s\r\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::string chunks = "f\r\n{\"order\":\"A-1\"}\r\n0\r\n\r\n";
  const auto line = [&](std::string_view text) { return request(host, {}, text); };
  return {
      {"both delimiters", request(host + chunked + "Content-Length: 5\r\n", chunks)},
      {"both delimiters, the other order", request(host + "Content-Length: 5\r\n" + chunked)},
      {"two lengths", request(host + "Content-Length: 2\r\nContent-Length: 3\r\n", "{}")},
      {"the same length twice", request(host + "Content-Length: 2\r\nContent-Length: 2\r\n", "{}")},
      {"a list of lengths", request(host + "Content-Length: 2, 2\r\n", "{}")},
      {"a signed length", request(host + "Content-Length: +2\r\n", "{}")},
      {"a negative length", request(host + "Content-Length: -2\r\n", "{}")},
      {"a hexadecimal length", request(host + "Content-Length: 0x2\r\n", "{}")},
      {"an octal length", request(host + "Content-Length: 02\r\n", "{}")},
      {"an empty length", request(host + "Content-Length:\r\n", "{}")},
      {"a length beyond 64 bits", request(host + "Content-Length: 18446744073709551617\r\n", "{}")},
      {"a length with a space inside", request(host + "Content-Length: 1 2\r\n", "{}")},
      {"xchunked", request(host + "Transfer-Encoding: xchunked\r\n", chunks)},
      {"chunked, identity", request(host + "Transfer-Encoding: chunked, identity\r\n", chunks)},
      {"identity", request(host + "Transfer-Encoding: identity\r\n", chunks)},
      {"gzip, chunked", request(host + "Transfer-Encoding: gzip, chunked\r\n", chunks)},
      {"chunked twice", request(host + chunked + chunked, chunks)},
      {"chunked twice in one", request(host + "Transfer-Encoding: chunked, chunked\r\n", chunks)},
      {"an empty coding", request(host + "Transfer-Encoding:\r\n", chunks)},
      {"a quoted coding", request(host + "Transfer-Encoding: \"chunked\"\r\n", chunks)},
      {"chunked in HTTP/1.0",
       request(host + chunked, chunks, "POST /v1/midtrans/G1/notifications HTTP/1.0")},
      {"a folded line", request(host + "X: a\r\n b\r\n")},
      {"a folded coding", request(host + "Transfer-Encoding:\r\n chunked\r\n", chunks)},
      {"a fold by a tab", request(host + "X: a\r\n\tb\r\n")},
      {"no Host", request("")},
      {"two Hosts", request(host + host)},
      {"an empty Host", request("Host:\r\n")},
      {"a list of Hosts", request("Host: a, b\r\n")},
      {"a Host with a path", request("Host: a/b\r\n")},
      {"absolute form", line("POST http://s/v1/midtrans/G1/notifications HTTP/1.1")},
      {"authority form", line("CONNECT s:443 HTTP/1.1")},
      {"asterisk form", line("OPTIONS * HTTP/1.1")},
      {"no leading slash", line("POST v1/midtrans/G1/notifications HTTP/1.1")},
      {"a fragment", line("POST /v1/midtrans/G1/notifications#a HTTP/1.1")},
      {"eight bits in the target", line("POST /v1/midtrans/G1/not\xc3\xa9 HTTP/1.1")},
      {"two spaces", line("POST  /v1/midtrans/G1/notifications HTTP/1.1")},
      {"a tab for a space", line("POST\t/v1/midtrans/G1/notifications HTTP/1.1")},
      {"no version", line("POST /v1/midtrans/G1/notifications")},
      {"HTTP/2.0", line("POST /v1/midtrans/G1/notifications HTTP/2.0")},
      {"HTTP/1.2", line("POST /v1/midtrans/G1/notifications HTTP/1.2")},
      {"http/1.1", line("POST /v1/midtrans/G1/notifications http/1.1")},
      {"a method that is no token", line("PO(ST /v1/midtrans/G1/notifications HTTP/1.1")},
      {"an empty line first", "\r\n" + good_request()},
      {"a bare line feed", "POST /v1/midtrans/G1/notifications HTTP/1.1\nHost: s\n\n"},
      {"a bare line feed after a field", request("Host: s\nX: y\r\n")},
      {"a bare carriage return", request(host + "X: a\rb\r\n")},
      {"a NUL", request(host + "X: a" + std::string(1, '\0') + "b\r\n")},
      {"a space before the colon", request(host + "Content-Length : 2\r\n", "{}")},
      {"a field without a colon", request(host + "Content-Length\r\n")},
      {"a field without a name", request(host + ": x\r\n")},
      {"a chunk size that is none", request(host + chunked, "xyz\r\n")},
      {"a signed chunk size", request(host + chunked, "+f\r\n{\"order\":\"A-1\"}\r\n0\r\n\r\n")},
      {"a prefixed chunk size", request(host + chunked, "0xf\r\n{\"order\":\"A-1\"}\r\n0\r\n\r\n")},
      {"a chunk size beyond 64 bits", request(host + chunked, "fffffffffffffffff\r\n")},
      {"a chunk ended by a bare line feed", request(host + chunked, "2\r\n{}\n0\r\n\r\n")},
      {"a chunk longer than said", request(host + chunked, "2\r\n{}}\r\n0\r\n\r\n")},
      {"a line feed in a chunk extension", request(host + chunked, "2;a\n\r\n{}\r\n0\r\n\r\n")},
      {"a line feed in a quoted chunk extension",
       request(host + chunked, "2;a=\"\n\"\r\n{}\r\n0\r\n\r\n")},
      {"a line feed in the last chunk's quoted extension",
       request(host + chunked, "2\r\n{}\r\n0;a=\"\n\"\r\n\r\n")},
      {"a NUL in a quoted chunk extension",
       request(host + chunked, "2;a=\"" + std::string(1, '\0') + "\"\r\n{}\r\n0\r\n\r\n")},
      {"a chunk size ended by a bare line feed", request(host + chunked, "2\n{}\n0\n\n")},
      {"trailers ended by a bare line feed", request(host + chunked, "2\r\n{}\r\n0\r\nX: y\n\n")},
      {"an endless chunk extension", request(host + chunked, "2;" + std::string(20000, 'a'))},
      {"a request within TLS", "\x16\x03\x01\x02\x01" + std::string(200, 'x')},
  };
}

}  // namespace

TEST_CASE("framing that two parsers could read differently is 400, and the end") {
  running_server server;
  for (const attack& each : attacks()) {
    CAPTURE(std::string{each.name});
    client peer{server};
    peer.send(each.request);
    // What would be a request of its own to a parser that was fooled.
    peer.send(good_request());
    const answer got = peer.read();
    CHECK(got.status == 400);
    CHECK(got.body.starts_with(R"({"type":"urn:sinyal:problem:malformed-request")"));
    CHECK(got.body.find(R"(,"status":400,"detail":")") != std::string::npos);
    CHECK(got.field("Connection") == "close");
    CHECK(peer.ends());
  }
  CHECK(server.log.records().empty());
}

TEST_CASE("what HTTP allows is not taken for an attack") {
  const std::string host = "Host: s\r\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::vector<attack> sound{
      {"chunks", request(host + chunked, "8\r\n{\"order\"\r\n7\r\n:\"A-1\"}\r\n0\r\n\r\n")},
      {"chunks with an extension", request(host + chunked, "2;a=b\r\n{}\r\n0\r\n\r\n")},
      {"chunks with a quoted extension",
       request(host + chunked, "2;a=\"b\tc\"\r\n{}\r\n0\r\n\r\n")},
      {"chunks with a trailer", request(host + chunked, "2\r\n{}\r\n0\r\nX: y\r\n\r\n")},
      {"CHUNKED", request(host + "transfer-encoding: CHUNKED\r\n", "2\r\n{}\r\n0\r\n\r\n")},
      {"space around a length", request(host + "Content-Length:  2 \t\r\n", "{}")},
      {"a Host with a port", request("Host: [::1]:8080\r\nContent-Length: 2\r\n", "{}")},
      {"eight bits in a field", request(host + "X: \xc3\xa9\r\nContent-Length: 2\r\n", "{}")},
  };
  running_server server;
  client peer{server};
  for (const attack& each : sound) {
    CAPTURE(std::string{each.name});
    CHECK(peer.ask(each.request).status == 200);
  }
  CHECK(server.log.records().at(0).value == good_body);
}

TEST_CASE("HTTP/1.0 is served and closed") {
  running_server server;
  client peer{server};
  const answer got = peer.ask(request("Host: s\r\nConnection: keep-alive\r\nContent-Length: 2\r\n",
                                      "{}", "POST /v1/midtrans/G1/notifications HTTP/1.0"));
  CHECK(got.status == 200);
  CHECK(got.field("Connection") == "close");
  CHECK(peer.ends());
}

}  // namespace sinyal::ingest::test
