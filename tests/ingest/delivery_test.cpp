#include "tests/ingest/harness.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

namespace sinyal::ingest::test {

namespace {

double counted(const running_server& server, const std::string& result) {
  return server.metric(
      "sinyal_notifications_total{endpoint=\"notifications\",merchant=\"G1\","
      "result=\"" +
      result + "\"}");
}

http_settings short_deadline() {
  http_settings settings = quick_settings();
  settings.deadline_ms = 50;
  return settings;
}

/// A notification of three subjects, whose records wait for their answers.
void send_several(running_server& server, client& peer) {
  server.log.answer_at_once(std::nullopt);
  peer.send(post(notifications, "{several}"));
  REQUIRE(server.log.wait_for_records(3));
}

}  // namespace

TEST_CASE("nothing is answered before the record is acknowledged") {
  running_server server;
  server.log.answer_at_once(std::nullopt);
  client peer{server};
  peer.send(good_request());
  REQUIRE(server.log.wait_for_records(1));
  server.on_thread([] {});
  CHECK(server.metric("sinyal_http_requests_total{code=\"200\",endpoint=\"notifications\"}") < 1);
  server.log.answer(append_outcome::stored);
  CHECK(peer.read().status == 200);
}

TEST_CASE("several subjects: 200 when the last of their records is acknowledged") {
  running_server server;
  client peer{server};
  send_several(server, peer);
  server.log.answer(append_outcome::stored);
  server.log.answer(append_outcome::stored);
  server.on_thread([] {});
  CHECK(counted(server, "accepted") < 1);
  server.log.answer(append_outcome::stored);
  const answer got = peer.read();
  CHECK(got.status == 200);
  const auto records = server.log.records();
  const std::string all = "G1:payment:A-1 G1:subscription:S-1 G1:invoice:I-1";
  CHECK(records[0].key == "G1:payment:A-1");
  CHECK(records[1].key == "G1:subscription:S-1");
  CHECK(records[2].key == "G1:invoice:I-1");
  for (const auto& each : records) {
    CHECK(each.header("sinyal_subjects") == all);
    CHECK(each.header("sinyal_id") == records[0].header("sinyal_id"));
    CHECK(each.value == "{several}");
  }
  CHECK(got.body.find(records[0].header("sinyal_id")) != std::string::npos);
}

TEST_CASE("a record that fails decides for all of its notification") {
  struct row {
    append_outcome second;
    int status;
    const char* counted_as;
  };
  for (const row& each : {row{append_outcome::timed_out, 504, "not_stored"},
                          row{append_outcome::refused, 502, "refused"}}) {
    running_server server;
    client peer{server};
    send_several(server, peer);
    server.log.answer(append_outcome::stored);
    server.log.answer(each.second);
    server.log.answer(append_outcome::stored);
    CHECK(peer.read().status == each.status);
    CHECK(counted(server, each.counted_as) == 1);
    server.log.answer_at_once(append_outcome::stored);
    CHECK(peer.is_open());
  }
}

TEST_CASE("several subjects: 504 when the deadline comes before the last of their records") {
  running_server server{short_deadline()};
  client peer{server};
  send_several(server, peer);
  server.log.answer(append_outcome::stored);
  server.log.answer(append_outcome::stored);
  CHECK(peer.read().status == 504);
  CHECK(counted(server, "accepted") < 1);
  CHECK(counted(server, "not_stored") == 1);
}

TEST_CASE("the queue is full: 503; the client library refuses: 502") {
  struct row {
    std::vector<enqueue_result> results;
    int status;
    const char* counted_as;
  };
  using enum enqueue_result;
  for (const row& each : {row{{full}, 503, "overloaded"}, row{{failed}, 502, "refused"},
                          row{{enqueued, full}, 503, "overloaded"},
                          row{{enqueued, enqueued, failed}, 502, "refused"}}) {
    running_server server;
    server.log.refuse_next(each.results);
    client peer{server};
    const answer got = peer.ask(post(notifications, "{several}"));
    CHECK(got.status == each.status);
    CHECK((got.field("Retry-After") == "30") == (each.status == 503));
    CHECK(counted(server, each.counted_as) == 1);
    CHECK(peer.is_open());
  }
}

TEST_CASE("an outage: 504 at the deadline, then 502 at once but for one probe, then 200 again") {
  running_server server{short_deadline()};
  server.log.answer_at_once(std::nullopt);
  client first{server};
  const auto begun = std::chrono::steady_clock::now();
  CHECK(first.ask(good_request()).status == 504);
  CHECK(std::chrono::steady_clock::now() - begun >= std::chrono::milliseconds{50});
  CHECK(counted(server, "not_stored") == 1);

  client probe{server};
  probe.send(good_request());
  REQUIRE(server.log.wait_for_records(2));
  CHECK(first.ask(good_request()).status == 502);
  CHECK(first.ask(good_request()).status == 502);
  CHECK(counted(server, "refused") == 2);
  CHECK(server.log.records().size() == 2);
  CHECK(probe.read().status == 504);

  probe.send(good_request());
  REQUIRE(server.log.wait_for_records(3));
  server.log.answer_all(append_outcome::stored);  // late ones for nobody, and the probe's
  CHECK(probe.read().status == 200);
  server.log.answer_at_once(append_outcome::stored);
  CHECK(first.is_open());
}

TEST_CASE("a peer that leaves while its record is on its way harms nobody") {
  running_server server{short_deadline()};
  server.log.answer_at_once(std::nullopt);
  { client{server}.send(good_request()); }
  REQUIRE(server.log.wait_for_records(1));
  server.log.answer_all(append_outcome::stored);
  server.log.answer_at_once(append_outcome::stored);
  CHECK(server.metric_becomes("sinyal_http_connections", 0));
  CHECK(client{server}.is_open());
}

TEST_CASE("a reload changes whom the next request is from, and drops none") {
  running_server server;
  server.log.answer_at_once(std::nullopt);
  client waiting{server};
  waiting.send(good_request());
  client reading{server};
  const std::string request = good_request();
  reading.send(request.substr(0, request.size() - 3));
  REQUIRE(server.log.wait_for_records(1));
  REQUIRE(server.metric_becomes("sinyal_http_inflight_requests", 2));

  merchant other;
  other.id = "G2";
  other.server_keys = {core::secret{"SB-Mid-server-sinyal-test"}};
  other.recurring_tokens = {core::secret{"rec-2"}};
  server.on_thread([&] { server.server.reload({other}); });

  reading.send(request.substr(request.size() - 3));
  REQUIRE(server.log.wait_for_records(2));
  server.log.answer_all(append_outcome::stored);
  server.log.answer_at_once(append_outcome::stored);
  CHECK(waiting.read().status == 200);
  CHECK(reading.read().status == 200);
  CHECK(waiting.ask(good_request()).status == 401);
  CHECK(reading.ask(post("/v1/midtrans/G2/notifications", good_body)).status == 200);
  CHECK(reading.ask(post("/v1/midtrans/G2/recurring/rec-2", good_body)).status == 200);
}

}  // namespace sinyal::ingest::test
