#include "tests/ingest/harness.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

namespace sinyal::ingest::test {

namespace {

using std::chrono::steady_clock;

/// The head of a good request, of exactly so many bytes.
std::string padded_request(std::size_t head_bytes) {
  const std::string bare = post(notifications, good_body, "X: \r\n");
  const std::size_t head = bare.size() - good_body.size();
  return post(notifications, good_body, "X: " + std::string(head_bytes - head, 'x') + "\r\n");
}

std::string request_with_fields(std::size_t count) {
  std::string extra;
  for (std::size_t i = 3; i < count; ++i) extra += "X: y\r\n";
  return post(notifications, good_body, extra);
}

std::string body_of(std::size_t bytes) {
  return "{" + std::string(bytes - 2, ' ') + "}";
}

std::string chunked_request(const std::string& body) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", body.size());
  return std::string{"POST "}
      .append(notifications)
      .append(
          " HTTP/1.1\r\nHost: s\r\nContent-Type: application/json\r\n"
          "Transfer-Encoding: chunked\r\n\r\n")
      .append(size)
      .append(body)
      .append("\r\n0\r\n\r\n");
}

/// A request whose head says more than is sent: it stays in flight.
std::string half_request(std::size_t length) {
  std::string out = post(notifications, std::string(length, ' '));
  return out.substr(0, out.size() - length + 1);
}

}  // namespace

TEST_CASE("header_bytes_max is met exactly") {
  http_settings settings = quick_settings();
  settings.header_bytes_max = 512;
  running_server server{settings};
  CHECK(client{server}.ask(padded_request(512)).status == 200);
  client peer{server};
  CHECK(peer.ask(padded_request(513)).status == 431);
  CHECK(peer.ends());
}

TEST_CASE("header_fields_max is met exactly") {
  http_settings settings = quick_settings();
  settings.header_fields_max = 10;
  running_server server{settings};
  CHECK(client{server}.ask(request_with_fields(10)).status == 200);
  client peer{server};
  CHECK(peer.ask(request_with_fields(11)).status == 431);
  CHECK(peer.ends());
}

TEST_CASE("body_bytes_max is met exactly, announced or chunked") {
  http_settings settings = quick_settings();
  settings.body_bytes_max = 20000;
  running_server server{settings};
  client peer{server};
  CHECK(peer.ask(post(notifications, body_of(20000))).status == 200);
  CHECK(peer.ask(chunked_request(body_of(20000))).status == 200);
  for (const std::string& request :
       {post(notifications, body_of(20001)), chunked_request(body_of(20001))}) {
    client large{server};
    CHECK(large.ask(request).status == 413);
    CHECK(large.ends());
  }
  CHECK(server.metric("sinyal_notifications_total{endpoint=\"notifications\",merchant=\"G1\","
                      "result=\"too_large\"}") == 2);
}

TEST_CASE("who sends all of a body that is far too large before it reads is told so all the same") {
  running_server server;
  client peer{server};
  CHECK(peer.send(post(notifications, std::string(24 << 20, ' '))));
  CHECK(peer.read().status == 413);
  CHECK(peer.ends());
}

TEST_CASE("connections_max: one more gets 503 and the end, until one is over") {
  http_settings settings = quick_settings();
  settings.connections_max = 2;
  running_server server{settings};
  client first{server};
  {
    client second{server};
    CHECK(first.is_open());
    CHECK(second.is_open());
    client third{server};
    const answer got = third.read();
    CHECK(got.status == 503);
    CHECK(got.field("Retry-After") == "30");
    CHECK(got.field("Connection") == "close");
    CHECK(third.ends());
  }
  CHECK(server.metric_becomes("sinyal_http_connections", 1));
  CHECK(client{server}.is_open());
}

TEST_CASE("inflight_max: one more gets 503 and the end") {
  http_settings settings = quick_settings();
  settings.inflight_max = 2;
  running_server server{settings};
  server.log.answer_at_once(std::nullopt);
  client first{server};
  client second{server};
  first.send(good_request());
  second.send(good_request());
  REQUIRE(server.log.wait_for_records(2));
  client third{server};
  const answer got = third.ask(good_request());
  CHECK(got.status == 503);
  CHECK(got.field("Retry-After") == "30");
  CHECK(third.ends());
  server.log.answer_all(append_outcome::stored);
  CHECK(first.read().status == 200);
  CHECK(second.read().status == 200);
  CHECK(server.metric("sinyal_notifications_total{endpoint=\"notifications\",merchant=\"G1\","
                      "result=\"overloaded\"}") == 1);
}

TEST_CASE("inflight_bytes_max counts bodies, announced or chunked") {
  http_settings settings = quick_settings();
  settings.inflight_bytes_max = 1000;
  running_server server{settings};
  client holder{server};
  holder.send(half_request(600));
  REQUIRE(server.metric_becomes("sinyal_http_inflight_requests", 1));
  CHECK(client{server}.ask(post(notifications, body_of(400))).status == 200);
  CHECK(client{server}.ask(post(notifications, body_of(401))).status == 503);
  CHECK(client{server}.ask(chunked_request(body_of(400))).status == 200);
  client chunked{server};
  CHECK(chunked.ask(chunked_request(body_of(401))).status == 503);
  CHECK(chunked.ends());
}

TEST_CASE("requests_per_connection_max: the last answer says so") {
  http_settings settings = quick_settings();
  settings.requests_per_connection_max = 2;
  running_server server{settings};
  client peer{server};
  CHECK(peer.ask(good_request()).field("Connection") == "");
  const answer last = peer.ask(good_request());
  CHECK(last.status == 200);
  CHECK(last.field("Connection") == "close");
  CHECK(peer.ends());
}

TEST_CASE("a header that trickles in is 408 however steadily it does") {
  http_settings settings = quick_settings();
  settings.header_timeout_ms = 60;
  running_server server{settings};
  client peer{server};
  const auto begun = steady_clock::now();
  const std::string request = good_request();
  peer.send(request.substr(0, 10));
  const answer got = peer.read();
  CHECK(got.status == 408);
  CHECK(got.field("Connection") == "close");
  CHECK(steady_clock::now() - begun >= std::chrono::milliseconds{60});
  CHECK(peer.ends());
  CHECK(server.metric("sinyal_notifications_total{endpoint=\"\",merchant=\"\","
                      "result=\"timeout\"}") == 1);
}

TEST_CASE("a slow body is 408; each byte that comes does not buy more time") {
  http_settings settings = quick_settings();
  settings.body_timeout_ms = 80;
  running_server server{settings};
  client peer{server};
  peer.send(half_request(100000));
  const auto begun = steady_clock::now();
  // Bytes go on coming until the answer makes further ones pointless.
  while (server.metric("sinyal_http_requests_total{code=\"408\",endpoint=\"notifications\"}") < 1 &&
         steady_clock::now() - begun < std::chrono::seconds{5}) {
    peer.send(" ");
  }
  CHECK(peer.read().status == 408);
  CHECK(server.metric("sinyal_notifications_total{endpoint=\"notifications\",merchant=\"G1\","
                      "result=\"timeout\"}") == 1);
}

TEST_CASE("who says nothing is closed without a word") {
  http_settings settings = quick_settings();
  settings.idle_timeout_ms = 40;
  running_server server{settings};
  client silent{server};
  CHECK(silent.ends());
  client later{server};
  CHECK(later.is_open());
  CHECK(later.ends());
}

TEST_CASE("who does not read its answers is closed") {
  http_settings settings = quick_settings();
  settings.write_timeout_ms = 40;
  running_server server{settings};
  client deaf{server};
  const std::string many = [] {
    std::string text;
    for (int i = 0; i < 2000; ++i) text += post("/nowhere", "{}");
    return text;
  }();
  // Without reading: until both socket buffers are full and the server has given up.
  const auto deadline = steady_clock::now() + std::chrono::seconds{60};
  bool sending = true;
  while (sending && steady_clock::now() < deadline) sending = deaf.send(many);
  CHECK_FALSE(sending);
  CHECK(server.metric_becomes("sinyal_http_connections", 0));
}

TEST_CASE("a body is asked for with 100 Continue, once all but the body is sound") {
  running_server server;
  client peer{server};
  const std::string request = post(notifications, good_body, "Expect: 100-continue\r\n");
  const std::size_t head = request.size() - good_body.size();
  CHECK(peer.ask(request.substr(0, head)).status == 100);
  CHECK(peer.ask(good_body).status == 200);
  client refused{server};
  const std::string nowhere = post("/nowhere", good_body, "Expect: 100-continue\r\n");
  const answer got = refused.ask(nowhere.substr(0, nowhere.size() - good_body.size()));
  CHECK(got.status == 404);
  CHECK(got.field("Connection") == "close");
  CHECK(refused.ends());
}

TEST_CASE("fifty requests at once are answered in their order") {
  running_server server;
  client peer{server};
  std::string all;
  for (int i = 0; i < 50; ++i) all += good_request();
  peer.send(all);
  std::vector<std::string> ids;
  for (int i = 0; i < 50; ++i) {
    const answer got = peer.read();
    REQUIRE(got.status == 200);
    ids.push_back(got.body);
  }
  const auto records = server.log.records();
  REQUIRE(records.size() == 50);
  for (std::size_t i = 0; i < 50; ++i) {
    CHECK(ids[i].find(records[i].header("sinyal_id")) != std::string::npos);
  }
}

TEST_CASE("a request may come byte by byte") {
  running_server server;
  client peer{server};
  for (const char byte : good_request()) peer.send(std::string_view{&byte, 1});
  CHECK(peer.read().status == 200);
}

TEST_CASE("a peer that leaves in the middle leaves nothing behind") {
  running_server server;
  const std::string request = good_request();
  for (std::size_t cut = 1; cut < request.size(); cut += 7) {
    client{server}.send(request.substr(0, cut));
  }
  CHECK(server.metric_becomes("sinyal_http_connections", 0));
  CHECK(server.metric_becomes("sinyal_http_inflight_requests", 0));
  CHECK(server.log.records().empty());
}

}  // namespace sinyal::ingest::test
