#include "tests/ingest/harness.hpp"
#include "tests/support/count.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace sinyal::ingest::test {

namespace {

using sinyal::test::count;

constexpr std::string_view host_and_type = "Host: s\r\nContent-Type: application/json\r\n";

struct row {
  const char* name;
  std::string request;
  int status;
  const char* type;  // after urn:sinyal:problem:
  bool closes;
  const char* counted;  // endpoint and result; nullptr: no notification
};

std::string document(std::string_view authorization, std::string_view body = good_body) {
  return post("/v1/midtrans/G1/payments", body, authorization);
}

std::string raw(std::string_view line, std::string_view fields, std::string_view body = {}) {
  return std::string{line}.append("\r\n").append(fields).append("\r\n").append(body);
}

std::string at_notifications(std::string_view fields, std::string_view body = good_body) {
  return raw("POST /v1/midtrans/G1/notifications HTTP/1.1", fields, body);
}

std::vector<row> rows() {
  const std::string typed{host_and_type};
  const std::string api = "Authorization: Bearer api-1\r\n";
  const char* const malformed = R"(endpoint="notifications",merchant="G1",result="malformed")";
  const char* const nobody_malformed = R"(endpoint="",merchant="",result="malformed")";
  return {
      {"no such path", post("/v1/midtrans/G1/refunds", good_body), 404, "not-found", false,
       nullptr},
      {"a trailing slash", post("/v1/midtrans/G1/notifications/", good_body), 404, "not-found",
       false, nullptr},
      {"recurring without a token", post("/v1/midtrans/G1/recurring", good_body), 404, "not-found",
       false, nullptr},
      {"GET of an endpoint", raw("GET /v1/midtrans/G1/notifications HTTP/1.1", "Host: s\r\n"), 405,
       "method-not-allowed", false, nullptr},
      {"a method that nobody knows",
       raw("BREW /v1/midtrans/G1/notifications HTTP/1.1", "Host: s\r\n"), 405, "method-not-allowed",
       false, nullptr},
      {"GET of no endpoint", raw("GET / HTTP/1.1", "Host: s\r\n"), 404, "not-found", false,
       nullptr},
      {"a wrong recurring token", post("/v1/midtrans/G1/recurring/rec-2", good_body), 401,
       "unauthorized", true, R"(endpoint="recurring",merchant="G1",result="bad_token")"},
      {"a recurring token that an API token equals",
       post("/v1/midtrans/G1/recurring/api-1", good_body), 401, "unauthorized", true,
       R"(endpoint="recurring",merchant="G1",result="bad_token")"},
      {"an unknown merchant's recurring", post("/v1/midtrans/G9/recurring/rec-1", good_body), 401,
       "unauthorized", true, R"(endpoint="recurring",merchant="",result="unknown_merchant")"},
      {"a document without a token", document(""), 401, "unauthorized", true,
       R"(endpoint="payments",merchant="G1",result="bad_token")"},
      {"a document with another scheme", document("Authorization: Basic api-1\r\n"), 401,
       "unauthorized", true, R"(endpoint="payments",merchant="G1",result="bad_token")"},
      {"a document with two tokens", document(api + api), 401, "unauthorized", true,
       R"(endpoint="payments",merchant="G1",result="bad_token")"},
      {"no length", at_notifications(typed, ""), 411, "length-required", true, malformed},
      {"a length above the limit", at_notifications(typed + "Content-Length: 262145\r\n", ""), 413,
       "content-too-large", true, R"(endpoint="notifications",merchant="G1",result="too_large")"},
      {"no media type", at_notifications("Host: s\r\nContent-Length: 15\r\n"), 415,
       "unsupported-media-type", false, malformed},
      {"another media type",
       at_notifications("Host: s\r\nContent-Type: text/plain\r\nContent-Length: 15\r\n"), 415,
       "unsupported-media-type", false, malformed},
      {"another charset",
       at_notifications(
           "Host: s\r\nContent-Type: application/json; charset=latin1\r\nContent-Length: 15\r\n"),
       415, "unsupported-media-type", false, malformed},
      {"a body that is encoded",
       at_notifications(typed + "Content-Encoding: gzip\r\nContent-Length: 15\r\n"), 415,
       "unsupported-media-type", false, malformed},
      {"a body that is not JSON", post(notifications, "{broken"), 400, "malformed-body", true,
       malformed},
      {"an ill-formed field", post(notifications, "{odd}"), 400, "invalid-field", true, malformed},
      {"an unsigned body", post(notifications, "{unsigned}"), 400, "invalid-field", true,
       R"(endpoint="notifications",merchant="G1",result="unsigned")"},
      {"a document that says too little", document(api, "{empty}"), 422, "unprocessable", true,
       R"(endpoint="payments",merchant="G1",result="malformed")"},
      {"a bad signature", post(notifications, "{forged}"), 401, "unauthorized", false,
       R"(endpoint="notifications",merchant="G1",result="bad_signature")"},
      {"an unknown merchant's notification", post("/v1/midtrans/G9/notifications", good_body), 401,
       "unauthorized", false, R"(endpoint="notifications",merchant="",result="unknown_merchant")"},
      {"a bad signature at recurring", post("/v1/midtrans/G1/recurring/rec-1", "{forged}"), 401,
       "unauthorized", false, R"(endpoint="recurring",merchant="G1",result="bad_signature")"},
      {"an unknown merchant's broken body", post("/v1/midtrans/G9/notifications", "{broken"), 400,
       "malformed-body", true, R"(endpoint="notifications",merchant="",result="malformed")"},
      {"a header above its limit", at_notifications("X: " + std::string(9000, 'x')), 431,
       "headers-too-large", true, nobody_malformed},
  };
}

std::string series(std::string_view labels) {
  return "sinyal_notifications_total{" + std::string{labels} + "}";
}

}  // namespace

TEST_CASE("every refusal has its status, type, form, connection and metric") {
  for (const row& each : rows()) {
    CAPTURE(std::string{each.name});
    running_server server;
    client peer{server};
    const answer got = peer.ask(each.request);
    CHECK(got.status == each.status);
    CHECK(got.field("Content-Type") == "application/problem+json");
    CHECK(got.field("Cache-Control") == "no-store");
    CHECK(got.body.starts_with("{\"type\":\"urn:sinyal:problem:" + std::string{each.type} + "\""));
    CHECK(got.body.ends_with((each.status == 400 ? "\"}" : std::to_string(each.status) + "}")));
    CHECK(got.field("Retry-After") == "");
    CHECK((got.field("Allow") == "POST") == (each.status == 405));
    CHECK((got.field("WWW-Authenticate") != "") == (each.status == 401));
    CHECK((each.closes ? peer.ends() : peer.is_open()));
    if (each.counted != nullptr) CHECK(server.metric(series(each.counted)) == 1);
    CHECK(server.log.records().size() == (each.closes ? 0 : 1));
  }
}

TEST_CASE("all 401 are the same bytes but for the scheme") {
  running_server server;
  const auto ask = [&](const std::string& request) {
    client peer{server};
    const answer got = peer.ask(request);
    return got.head + got.body;
  };
  const std::string expected =
      "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/problem+json\r\n"
      "Cache-Control: no-store\r\nWWW-Authenticate: Midtrans\r\nContent-Length: 78\r\n\r\n"
      R"({"type":"urn:sinyal:problem:unauthorized","title":"Unauthorized","status":401})";
  CHECK(ask(post(notifications, "{forged}")) == expected);
  CHECK(ask(post("/v1/midtrans/G9/notifications", good_body)) == expected);
  CHECK(ask(post("/v1/midtrans/G1/recurring/nope", good_body)) == expected);
  CHECK(ask(post("/v1/midtrans/G9/recurring/nope", good_body)) == expected);
  std::string bearer = expected;
  bearer.replace(bearer.find(": Midtrans"), 10, ": Bearer");
  CHECK(ask(document("")) == bearer);
  CHECK(ask(post("/v1/midtrans/G9/invoices", good_body)) == bearer);
}

TEST_CASE("an accepted notification is answered with the id that its record has") {
  running_server server;
  client peer{server};
  const answer got = peer.ask(post("/v1/midtrans/G1/notifications?source=test", good_body,
                                   "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-"
                                   "00f067aa0ba902b7-01\r\n"));
  CHECK(got.status == 200);
  const auto records = server.log.records();
  REQUIRE(records.size() == 1);
  CHECK(got.body == R"({"status":"ok","id":")" + records[0].header("sinyal_id") + R"("})");
  CHECK(got.head ==
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
        "Content-Length: 59\r\n\r\n");
  CHECK(records[0].key == "G1:payment:A-1");
  CHECK(records[0].value == good_body);
  CHECK(records[0].header("sinyal_endpoint") == "notifications");
  CHECK(records[0].header("sinyal_key") == "0");
  CHECK(records[0].header("sinyal_peer") == "127.0.0.1");
  CHECK(records[0].header("content-type") == "application/json");
  CHECK(records[0].header("sinyal_subjects") == "(absent)");
  CHECK(records[0].header("traceparent") ==
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  CHECK(server.metric(series(R"(endpoint="notifications",merchant="G1",result="accepted")")) == 1);
  CHECK(server.metric(R"(sinyal_signature_key_used_total{key="0",merchant="G1"})") == 1);
  CHECK(server.metric(R"(sinyal_http_requests_total{code="200",endpoint="notifications"})") == 1);
  CHECK(server.metric("sinyal_raw_ack_duration_seconds_count") == 1);
}

TEST_CASE("pings and account notifications are stored, and counted by what they are") {
  running_server server;
  client peer{server};
  CHECK(peer.ask(post(notifications, "{ping}")).status == 200);
  CHECK(peer.ask(post(notifications, "{account}")).status == 200);
  CHECK(server.metric(series(R"(endpoint="notifications",merchant="G1",result="ping")")) == 1);
  CHECK(server.metric(series(R"(endpoint="notifications",merchant="G1",result="account")")) == 1);
  CHECK(server.log.records().size() == 2);
}

TEST_CASE("tokens let recurring and documents in") {
  running_server server;
  client peer{server};
  CHECK(peer.ask(post("/v1/midtrans/G1/recurring/rec-0", good_body)).status == 200);
  CHECK(peer.ask(post("/v1/midtrans/G1/recurring/rec-1", good_body)).status == 200);
  CHECK(peer.ask(document("authorization: bearer api-1\r\n")).status == 200);
}

TEST_CASE("an ill-formed traceparent is replaced") {
  running_server server;
  client peer{server};
  CHECK(peer.ask(post(notifications, good_body, "traceparent: nonsense\r\n")).status == 200);
  const std::string made = server.log.records().at(0).header("traceparent");
  CHECK(made.size() == 55);
  CHECK(made.starts_with("00-"));
}

TEST_CASE("the answer to HEAD has no body that the next request could be mistaken for") {
  running_server server;
  client peer{server};
  peer.send(raw("HEAD /v1/midtrans/G1/notifications HTTP/1.1", "Host: s\r\n"));
  const answer got = peer.read(true);
  CHECK(got.status == 405);
  CHECK(got.field("Content-Length") != "0");
  CHECK(peer.is_open());
}

TEST_CASE("what is wrong with a HEAD is told without a body too") {
  const std::vector<std::string> requests{
      raw("HEAD / HTTP/1.1", "Host: s\r\nContent-Length: 2\r\nContent-Length: 3\r\n"),
      raw("HEAD / HTTP/1.1", "Host: s\r\nTransfer-Encoding: gzip\r\n"),
      raw("HEAD / HTTP/1.1", ""),
      raw("HEAD / HTTP/2.0", "Host: s\r\n"),
      raw("HEAD /v1/ midtrans HTTP/1.1", "Host: s\r\n"),
      raw("HEAD / HTTP/1.1", "Host : s\r\n"),
      "HEAD / HTTP/1.1\nHost: s\n\n",
      raw("HEAD / HTTP/1.1", "X: a\rb\r\n"),
      raw("HEAD / HTTP/1.1", "X: " + std::string(9000, 'x') + "\r\n"),
      "HEAD / HTTP/1.1\r\nHost: s\r\n",  // and nothing more in time
  };
  http_settings settings = quick_settings();
  settings.header_timeout_ms = 200;
  running_server server{settings};
  for (const std::string& request : requests) {
    CAPTURE(request.substr(0, 80));
    client peer{server};
    peer.send(request);
    const answer got = peer.read(true);
    CHECK((got.status == 400 || got.status == 408 || got.status == 431));
    CHECK(got.field("Content-Length") != "0");
    CHECK(peer.ends());
  }
}

TEST_CASE("a body announced to 404, 405 and 415 is read and thrown away") {
  running_server server;
  client peer{server};
  for (const char* target : {"/nowhere", "/v1/midtrans/G1/notifications/"}) {
    peer.send(post(target, good_request()) + good_request());
    CHECK(peer.read().status == 404);
    CHECK(peer.read().status == 200);
  }
  CHECK(server.log.records().size() == 2);
}

TEST_CASE("a failure inside closes the connection, and is never 500") {
  running_server server;
  client peer{server};
  CHECK(peer.ask(post(notifications, "{throw}")).status == 0);
  CHECK(server.metric_becomes("sinyal_http_connections", 0));
  CHECK(server.metric_becomes("sinyal_http_inflight_requests", 0));
  CHECK(client{server}.is_open());
}

TEST_CASE("who asks for what is not there neither fills the log nor hides another refusal") {
  running_server server;
  client peer{server};
  constexpr std::size_t times = 500;
  for (std::size_t i = 0; i < times; ++i) {
    peer.ask(raw("GET /.env HTTP/1.1", "Host: s\r\n"));
    peer.ask(raw("GET /v1/midtrans/G1/notifications HTTP/1.1", "Host: s\r\n"));
  }
  peer.ask(post(notifications, "{forged}"));
  server.on_thread([] {});
  const std::string text = server.log_text();
  CHECK(count(text, "\"status\":404") + count(text, "\"status\":405") < times / 2);
  CHECK(count(text, "\"status\":404") > 0);
  CHECK(count(text, "\"status\":401") == 1);
}

TEST_CASE("what is logged names no target, token, body or order") {
  running_server server;
  client peer{server};
  peer.ask(good_request());
  peer.ask(post("/v1/midtrans/G1/recurring/secret-token", good_body));
  server.on_thread([] {});
  const std::string text = server.log_text();
  CHECK(text.find("request refused") != std::string::npos);
  CHECK(text.find("notification accepted") != std::string::npos);
  for (const char* word : {"secret-token", "A-1", "order", "/v1/"}) {
    CAPTURE(word);
    CHECK(text.find(word) == std::string::npos);
  }
}

}  // namespace sinyal::ingest::test
