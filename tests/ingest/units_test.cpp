#include "broker/ingest/append_window.hpp"
#include "broker/ingest/framing.hpp"
#include "broker/ingest/head_scanner.hpp"
#include "broker/ingest/identifiers.hpp"
#include "broker/ingest/problem.hpp"
#include "broker/ingest/router.hpp"
#include "broker/ingest/tenants.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace sinyal::ingest {

namespace {

using namespace std::chrono_literals;

boost::intrusive_ptr<append_ticket> open_ticket() {
  boost::intrusive_ptr<append_ticket> ticket{new append_ticket};
  ticket->outstanding = 1;
  return ticket;
}

}  // namespace

TEST_CASE("a target is an endpoint, or nothing is there") {
  struct row {
    const char* target;
    const char* found;  // endpoint merchant token
  };
  const row rows[] = {
      {"/v1/midtrans/G1/notifications", "notifications G1 "},
      {"/v1/midtrans/G1/notifications?a=/b/", "notifications G1 "},
      {"/v1/midtrans/G-1_x/recurring/t%2Fx", "recurring G-1_x t%2Fx"},
      {"/v1/midtrans/G1/payments", "payments G1 "},
      {"/v1/midtrans/G1/invoices", "invoices G1 "},
      {"/v1/midtrans/G1/subscriptions?", "subscriptions G1 "},
      {"/", ""},
      {"", ""},
      {"/v1/midtrans", ""},
      {"/v1/midtrans/", ""},
      {"/v1/midtrans/G1", ""},
      {"/v1/midtrans//notifications", ""},
      {"/v1/midtrans/G 1/notifications", ""},
      {"/v1/midtrans/G%31/notifications", ""},
      {"/v1/midtrans/G1/notifications/", ""},
      {"/v1/midtrans/G1/notifications/x", ""},
      {"/v1/midtrans/G1/notifications//", ""},
      {"/v1/midtrans/G1/Notifications", ""},
      {"/V1/midtrans/G1/notifications", ""},
      {"//v1/midtrans/G1/notifications", ""},
      {"/v1/midtrans/../v1/midtrans/G1/notifications", ""},
      {"/v1/midtrans/G1/recurring", ""},
      {"/v1/midtrans/G1/recurring/", ""},
      {"/v1/midtrans/G1/recurring//x", ""},
      {"/v1/midtrans/G1/recurring/a/b", ""},
      {"/v1/midtrans/G1/payments/x", ""},
      {"/v2/midtrans/G1/notifications", ""},
  };
  for (const row& each : rows) {
    CAPTURE(std::string{each.target});
    const auto found = find_route(each.target);
    std::string text;
    if (found) {
      text.append(codec::to_string(found->endpoint)).append(" ").append(found->merchant);
      text.append(" ").append(found->token);
    }
    CHECK(text == each.found);
  }
}

TEST_CASE("a head is found wherever its bytes are cut") {
  const std::string head = "POST / HTTP/1.1\r\nA: b\r\n\r\n";
  for (std::size_t cut = 0; cut <= head.size(); ++cut) {
    head_scanner scanner{100, 10};
    const auto before = scanner.scan(head.substr(0, cut));
    CHECK((before == head_scanner::verdict::complete) == (cut == head.size()));
    if (cut < head.size()) {
      CHECK(scanner.scan(head + "body\n") == head_scanner::verdict::complete);
    }
    CHECK(scanner.size() == head.size());
  }
}

TEST_CASE("a bad byte in a head is refused when it comes, not when the head ends") {
  for (const char* bad : {"\n", "\r\n", " ", "P\x01", "P\r\r", "P\x7f", "P\x80", "P\t",
                          "P / HTTP/1.1\r\n A", "P / HTTP/1.1\r\n\tA", "P / HTTP/1.1\r\nA: \x02",
                          "P / HTTP/1.1\r\nA: \x7f", "P / HTTP/1.1\r\nA: b\n"}) {
    CAPTURE(std::string{bad});
    head_scanner scanner{100, 10};
    CHECK(scanner.scan(bad) == head_scanner::verdict::malformed);
  }
}

TEST_CASE("a media type is JSON in UTF-8, or it is not") {
  for (const char* good :
       {"application/json", "Application/JSON", "application/json;charset=utf-8",
        "application/json ; Charset=UTF-8", "application/json; charset=\"utf-8\""}) {
    CHECK(is_json_media_type(good));
  }
  for (const char* bad : {"", "json", "text/json", "application/jsonp", "application/json;",
                          "application/json; charset=latin1", "application/json; q=1",
                          "application/json; charset=utf-8; q=1", "application/problem+json"}) {
    CAPTURE(std::string{bad});
    CHECK_FALSE(is_json_media_type(bad));
  }
}

TEST_CASE("a traceparent is taken only when it is strictly one") {
  const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  CHECK(is_traceparent(good));
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = 'G';
    CHECK_FALSE(is_traceparent(bad));
    CHECK_FALSE(is_traceparent(good.substr(0, i)));
  }
  CHECK_FALSE(is_traceparent("00-" + std::string(32, '0') + good.substr(35)));
  CHECK_FALSE(is_traceparent(good.substr(0, 36) + std::string(16, '0') + "-01"));
  CHECK_FALSE(is_traceparent(good + "-00"));
  CHECK_FALSE(is_traceparent("01" + good.substr(2)));
}

TEST_CASE("ids are version 7, sort by time and do not repeat") {
  identifiers ids;
  std::set<std::string> seen;
  for (int i = 0; i < 2000; ++i) {
    const std::string id = ids.uuid7(0x0123456789ab);
    CHECK(id.size() == 36);
    CHECK(id.starts_with("01234567-89ab-7"));
    CHECK(std::string{"89ab"}.find(id[19]) != std::string::npos);
    CHECK(seen.insert(id).second);
    CHECK(is_traceparent(ids.traceparent()));
  }
  CHECK(ids.uuid7(1000) < ids.uuid7(1001));
}

TEST_CASE("only 400 has a detail, and it cannot break out of its string") {
  for (std::size_t i = 0; i < problem_count; ++i) {
    const auto what = static_cast<problem>(i);
    std::string out;
    answer_options options;
    options.detail = "a \"b\"\n";
    append_problem(out, what, options);
    CAPTURE(out);
    const int status = row_of(what).status;
    CHECK(status != 500);
    CHECK((out.find(R"("detail":"a \"b\"\n")") != std::string::npos) == (status == 400));
    CHECK((out.find("Retry-After") != std::string::npos) == (status == 503));
    CHECK(out.find("Connection") == std::string::npos);
  }
}

TEST_CASE("the window is open until the oldest append is older than the deadline") {
  using verdict = append_window::verdict;
  append_window window{100ms};
  const append_window::time_point start{};
  CHECK(window.judge(start) == verdict::open);
  const auto first = open_ticket();
  const auto second = open_ticket();
  window.appended(first, start);
  window.appended(second, start + 50ms);
  CHECK(window.judge(start + 100ms) == verdict::open);
  CHECK(window.judge(start + 101ms) == verdict::probe);
  CHECK(window.judge(start + 102ms) == verdict::stalled);
  window.probe_over();
  CHECK(window.judge(start + 103ms) == verdict::probe);
  window.probe_over();
  first->answered(append_outcome::stored);
  CHECK(window.judge(start + 150ms) == verdict::open);
  CHECK(window.judge(start + 151ms) == verdict::probe);
  second->answered(append_outcome::refused);
  CHECK(window.judge(start + 900ms) == verdict::open);
}

TEST_CASE("an answered append behind an open one does not hide it") {
  append_window window{100ms};
  const append_window::time_point start{};
  const auto first = open_ticket();
  const auto second = open_ticket();
  window.appended(first, start);
  window.appended(second, start);
  second->answered(append_outcome::stored);
  CHECK(window.judge(start + 101ms) == append_window::verdict::probe);
}

TEST_CASE("a token is one of its merchant's, of that kind") {
  merchant known;
  known.id = "G1";
  known.recurring_tokens = {core::secret{"old"}, core::secret{"new"}};
  known.api_tokens = {core::secret{"api"}};
  const tenants all{{known}};
  const tenant& who = all.find("G1");
  CHECK(who.id == "G1");
  CHECK(is_one_of("old", who.recurring_tokens));
  CHECK(is_one_of("new", who.recurring_tokens));
  CHECK(is_one_of("api", who.api_tokens));
  for (const char* wrong : {"", "ol", "oldd", "OLD", "api"}) {
    CHECK_FALSE(is_one_of(wrong, who.recurring_tokens));
  }
  const tenant& stranger = all.find("g1");
  CHECK(stranger.id.empty());
  CHECK(stranger.server_keys.empty());
  CHECK_FALSE(is_one_of("", stranger.recurring_tokens));
  CHECK_FALSE(is_one_of("api", stranger.api_tokens));
}

}  // namespace sinyal::ingest
