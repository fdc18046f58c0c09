#include "tests/ingest/harness.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

namespace sinyal::ingest::test {

namespace {

/// True once nobody listens on the port any more.
bool is_gone(std::uint16_t port) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{5};
  while (std::chrono::steady_clock::now() < deadline) {
    client late{port};
    if (!late.send("GET")) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("while the drain is only announced all are served, with Connection: close") {
  http_settings settings = quick_settings();
  settings.drain_delay_ms = 60000;
  running_server server{settings};
  client before{server};
  CHECK(before.is_open());
  server.begin_drain();
  client after{server};
  for (client* each : {&before, &after}) {
    const answer got = each->ask(good_request());
    CHECK(got.status == 200);
    CHECK(got.field("Connection") == "close");
    CHECK(each->ends());
  }
  CHECK_FALSE(server.drained(std::chrono::milliseconds{0}));
}

TEST_CASE("after the delay: no listener, what was begun is finished, what comes after gets 503") {
  running_server server;
  server.log.answer_at_once(std::nullopt);
  client waiting{server};
  client reading{server};
  client idle{server};
  waiting.send(good_request());
  const std::string request = good_request();
  reading.send(request.substr(0, request.size() - 1));
  REQUIRE(server.log.wait_for_records(1));
  REQUIRE(server.metric_becomes("sinyal_http_inflight_requests", 2));
  REQUIRE(server.metric_becomes("sinyal_http_connections", 3));
  server.begin_drain();
  REQUIRE(is_gone(server.port()));

  const answer refused = idle.ask(good_request());
  CHECK(refused.status == 503);
  CHECK(refused.field("Connection") == "close");
  CHECK(refused.field("Retry-After") == "30");
  CHECK(idle.ends());

  reading.send(request.substr(request.size() - 1));
  REQUIRE(server.log.wait_for_records(2));
  CHECK_FALSE(server.drained(std::chrono::milliseconds{0}));
  server.log.answer_all(append_outcome::stored);
  for (client* each : {&waiting, &reading}) {
    const answer got = each->read();
    CHECK(got.status == 200);
    CHECK(got.field("Connection") == "close");
    CHECK(each->ends());
  }
  CHECK(server.drained());
}

TEST_CASE("a drain without connections is over at once") {
  running_server server;
  server.begin_drain();
  CHECK(server.drained());
}

TEST_CASE("what is not finished within drain_timeout gets 503") {
  http_settings settings = quick_settings();
  settings.drain_timeout_ms = 30;
  running_server server{settings};
  server.log.answer_at_once(std::nullopt);
  client waiting{server};
  client idle{server};
  waiting.send(good_request());
  REQUIRE(server.log.wait_for_records(1));
  REQUIRE(server.metric_becomes("sinyal_http_connections", 2));
  server.begin_drain();
  CHECK(waiting.read().status == 503);
  CHECK(waiting.ends());
  CHECK(idle.ends());
  CHECK(server.drained());
}

TEST_CASE("a second signal: 503 at once, whatever is being waited for") {
  http_settings settings = quick_settings();
  settings.drain_delay_ms = 60000;
  running_server server{settings};
  server.log.answer_at_once(std::nullopt);
  client waiting{server};
  client reading{server};
  client idle{server};
  waiting.send(good_request());
  reading.send(good_request().substr(0, good_request().size() - 1));
  REQUIRE(server.log.wait_for_records(1));
  REQUIRE(server.metric_becomes("sinyal_http_inflight_requests", 2));
  REQUIRE(server.metric_becomes("sinyal_http_connections", 3));
  server.begin_drain();
  server.on_thread([&] { server.server.stop_now(); });
  CHECK(waiting.read().status == 503);
  CHECK(reading.read().status == 503);
  CHECK(idle.ends());
  CHECK(server.drained());
}

TEST_CASE("a port that is taken, and an address that is none, are told") {
  running_server server;
  boost::asio::io_context context{1};
  observe::metrics metrics;
  observe::logger logger;
  test_support::fake_notification_log log;
  fake_connector connector;
  const auto listen = [&](const std::string& where) {
    http_settings settings = quick_settings();
    settings.listen = where;
    ingest::server other{context, settings, log, connector, metrics, logger, one_merchant()};
    return other.listen().has_error();
  };
  CHECK(listen("127.0.0.1:" + std::to_string(server.port())));
  for (const char* nonsense :
       {"", "8080", "localhost:8080", "127.0.0.1:65536", "127.0.0.1:", ":"}) {
    CAPTURE(std::string{nonsense});
    CHECK(listen(nonsense));
  }
  CHECK_FALSE(listen("[::1]:0"));
}

}  // namespace sinyal::ingest::test
