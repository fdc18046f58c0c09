#include "broker/cli/notify.hpp"

#include "broker/cli/explain_history.hpp"
#include "broker/cli/notify_scenarios.hpp"
#include "broker/cli/notify_signature.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace sinyal;
namespace http = boost::beast::http;
using tcp = boost::asio::ip::tcp;

namespace {

constexpr std::string_view test_key = "SB-Mid-server-sinyal-test";

/// Answers POSTs with the given statuses in turn (the last one for the rest), each with what was
/// asked, until it is destroyed. A status of 0 closes without an answer.
class answering_machine {
 public:
  explicit answering_machine(std::vector<unsigned> statuses, bool keep_alive = true)
      : statuses_{std::move(statuses)}, keep_alive_{keep_alive} {
    thread_ = std::thread{[this] { serve(); }};
  }
  ~answering_machine() { stop(); }

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  /// Everything that was asked; stops answering.
  const std::vector<http::request<http::string_body>>& requests() {
    stop();
    return requests_;
  }
  std::size_t connections() const { return connections_; }

 private:
  void serve() {
    for (;;) {
      tcp::socket socket{context_};
      boost::system::error_code error;
      acceptor_.accept(socket, error);
      if (error || stopping_) return;
      ++connections_;
      converse(socket);
    }
  }
  void converse(tcp::socket& socket) {
    boost::beast::flat_buffer buffer;
    boost::system::error_code error;
    for (;;) {
      http::request<http::string_body> request;
      http::read(socket, buffer, request, error);
      if (error) return;
      const unsigned status = statuses_[std::min(requests_.size(), statuses_.size() - 1)];
      requests_.push_back(request);
      if (status == 0) return;
      http::response<http::string_body> response{http::status{status}, 11};
      response.keep_alive(keep_alive_);
      response.body() = R"({"status":"told"})";
      response.prepare_payload();
      http::write(socket, response, error);
      if (error || !keep_alive_) return;
    }
  }
  void stop() {
    if (!thread_.joinable()) return;
    stopping_ = true;
    boost::asio::io_context context;
    tcp::socket last{context};
    boost::system::error_code error;
    last.connect(acceptor_.local_endpoint(), error);  // wakes accept
    thread_.join();
  }

  boost::asio::io_context context_;
  tcp::acceptor acceptor_{context_, {boost::asio::ip::make_address("127.0.0.1"), 0}};
  std::vector<unsigned> statuses_;
  bool keep_alive_;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::size_t> connections_ = 0;
  std::vector<http::request<http::string_body>> requests_;
  std::thread thread_;
};

cli::notify_options options_for(const std::string& url) {
  cli::notify_options options;
  options.url = url;
  options.merchant = "G1";
  options.server_key = core::secret{std::string{test_key}};
  options.recurring_token = core::secret{"token /1"};
  options.api_token = core::secret{"bearer-1"};
  options.now = *core::parse_time("2026-11-23T02:15:34.120Z");
  options.seed = 7;
  options.deadline_ms = 5000;
  return options;
}

struct outcome {
  int status = 0;
  std::string out, err;
};
outcome notified(const cli::notify_options& options, const std::string& text = "") {
  std::istringstream in{text};
  std::ostringstream out, err;
  const int status = cli::notify(options, in, out, err);
  return {status, out.str(), err.str()};
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

const std::string body = R"({"order_id":"SHOP-1","status_code":"200","gross_amount":"10000.00"})";
// sha512 of "SHOP-1" "200" "10000.00" and the test key, by coreutils' sha512sum
const std::string signature =
    "4d21ece422325d41f0bae9bf43c03c703a7b1de0579adfccc66fb1116ba14cd6"
    "81b7b041053fea590c515bede0d1e0517a74755170216b5928d091ff16efba2e";

}  // namespace

TEST_CASE("all scenarios together fire every signal, and nothing of theirs is refused") {
  cli::history_settings settings;
  settings.merchant = "G1";
  settings.server_keys = {core::secret{std::string{test_key}}};
  settings.check_signatures = true;
  const core::instant now = *core::parse_time("2026-11-23T02:15:34.120Z");
  std::set<core::signal> fired;
  cli::stage_props props{"G1", now, 7};
  cli::history history{settings};
  for (const cli::scenario& scenario : cli::scenarios()) {
    for (const cli::message& message : scenario.play(props)) {
      CAPTURE(scenario.name);
      CAPTURE(message.step);
      const bool sign = message.endpoint == codec::endpoint::notifications;
      const std::string sent =
          sign ? cli::sign_body(message.body, *settings.server_keys.begin()) : message.body;
      CAPTURE(sent);
      const cli::explained told = history.tell(message.endpoint, sent, now);
      REQUIRE_MESSAGE(!told.refused, told.detail);
      for (const cli::judged& each : told.subjects) {
        REQUIRE_MESSAGE(!each.outcome.why, each.outcome.why->message);
        for (const core::emission& emission : each.outcome.emissions) fired.insert(emission.signal);
      }
    }
  }
  for (std::size_t i = 0; i < core::signal_count; ++i) {
    CAPTURE(core::signal_table[i].name);
    CHECK(fired.count(static_cast<core::signal>(i)) == 1);
  }
}

TEST_CASE("two runs use other orders and other attempts") {
  cli::stage_props one{"G1", {}, 1}, two{"G1", {}, 2};
  CHECK(one.order_id("VA") != two.order_id("VA"));
  CHECK(one.order_id("VA") == one.order_id("VA"));
  CHECK(one.transaction_id() != two.transaction_id());
  CHECK(one.transaction_id() != one.transaction_id());
}

TEST_CASE("each form goes to its endpoint with what authenticates it there") {
  answering_machine server{{200}};
  const outcome told =
      notified(options_for(server.url()), body + "\n" + R"({"event_name":"subscription.charge"})" +
                                              "\n" + R"({"id":"1","status":"voided"})");
  CHECK(told.status == 2);  // neither files nor a scenario
  cli::notify_options options = options_for(server.url());
  options.files = {"-"};
  const std::string signed_form = R"({"signature_key":"",)" + body.substr(1) + "\n" +
                                  R"({"event_name":"subscription.charge"})" + "\n" +
                                  R"({"id":"1","status":"voided"})";
  CHECK(notified(options, signed_form).status == 0);
  const auto& requests = server.requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].target() == "/v1/midtrans/G1/notifications");
  CHECK(requests[0][http::field::content_type] == "application/json");
  CHECK(requests[0].count(http::field::authorization) == 0);
  CHECK(holds(requests[0].body(), signature));
  CHECK(requests[1].target() == "/v1/midtrans/G1/recurring/token%20%2F1");
  CHECK(requests[2].target() == "/v1/midtrans/G1/invoices");
  CHECK(requests[2][http::field::authorization] == "Bearer bearer-1");
  CHECK(requests[2].body() == R"({"id":"1","status":"voided"})");
  CHECK(server.connections() == 1);
}

TEST_CASE("a signed notification is sent as it was recorded, and that is said") {
  const std::string recorded =
      R"({"order_id":"A", "status_code":"200","gross_amount":"1.00","signature_key":")" +
      std::string(128, 'b') + "\"}";
  const std::string fresh = R"({"order_id":"B","status_code":"200","gross_amount":"1.00",)"
                            R"("transaction_status":"settlement"})";
  struct row {
    std::string input;
    std::string said;
  };
  for (const row& each : {row{recorded + '\n' + fresh + '\n',
                              "1 of 2 sent with the signature_key that is there. Hint: empty it"},
                          row{fresh + '\n', ""}}) {
    CAPTURE(each.input);
    answering_machine server{{200}};
    cli::notify_options options = options_for(server.url());
    options.files = {"-"};
    const outcome told = notified(options, each.input);
    CHECK(told.status == 0);
    CHECK((each.said.empty() ? told.err.empty() : holds(told.err, each.said)));
    const auto& sent = server.requests();
    if (sent.size() == 2) CHECK(sent[0].body() == recorded);
    CHECK(cli::is_signed(sent.back().body()));
  }
}

TEST_CASE("answers are counted by code, and any but 200 is the exit status") {
  answering_machine server{{200, 401, 0, 200}};
  cli::notify_options options = options_for(server.url());
  options.scenario = "refunds";
  const outcome told = notified(options);
  CHECK(told.status == 1);
  CHECK(holds(told.out, "401  refunds  settlement  {\"status\":\"told\"}\n"));
  // the connection closed without an answer was a kept one: the POST is made once more
  CHECK(holds(told.out, "sent 6, 5 answered 200, 1 answered 401\n"));
  CHECK(server.requests().size() == 7);
}

TEST_CASE("a server that always hangs up is no answer") {
  answering_machine server{{0}};
  cli::notify_options options = options_for(server.url());
  options.scenario = "expire";
  const outcome told = notified(options);
  CHECK(told.status == 1);
  CHECK(holds(told.out, "sent 2, 2 without an answer\n"));
}

TEST_CASE("a server that closes after each answer is connected to again") {
  answering_machine server{{200}, false};
  cli::notify_options options = options_for(server.url());
  options.scenario = "expire";
  CHECK(notified(options).status == 0);
  CHECK(server.requests().size() == 2);
  CHECK(server.connections() == 2);
}

TEST_CASE("a repeated and shuffled run sends the same bodies in the seed's order") {
  std::vector<std::vector<std::string>> bodies;
  for (const std::uint64_t seed : {11u, 11u, 12u}) {
    answering_machine server{{200}};
    cli::notify_options options = options_for(server.url());
    options.scenario = "refunds";
    options.repeat = 3;
    options.shuffle_seed = seed;
    CHECK(notified(options).status == 0);
    std::vector<std::string>& sent = bodies.emplace_back();
    for (const auto& each : server.requests()) sent.push_back(each.body());
    CHECK(sent.size() == 18);
  }
  CHECK(bodies[0] == bodies[1]);
  CHECK(bodies[0] != bodies[2]);
  for (auto& each : bodies) std::sort(each.begin(), each.end());
  CHECK(bodies[0] == bodies[2]);
}

TEST_CASE("JSON is a document an answer and one at the end") {
  answering_machine server{{200, 504}};
  cli::notify_options options = options_for(server.url());
  options.scenario = "expire";
  options.json = true;
  CHECK(notified(options).out ==
        R"({"from":"expire","step":"pending","endpoint":"notifications","status":200,)"
        R"("answer":"{\"status\":\"told\"}"})"
        "\n"
        R"({"from":"expire","step":"expire","endpoint":"notifications","status":504,)"
        R"("answer":"{\"status\":\"told\"}"})"
        "\n"
        R"({"sent":2,"answers":{"200":1,"504":1}})"
        "\n");
}

TEST_CASE("a rate is kept") {
  answering_machine server{{200}};
  cli::notify_options options = options_for(server.url());
  options.scenario = "refunds";
  options.rate = 100;  // 6 messages: the last one is due after 50 ms
  const auto start = std::chrono::steady_clock::now();
  CHECK(notified(options).status == 0);
  CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds{50});
}

TEST_CASE("wrong use and missing secrets are said before anything is sent") {
  struct row {
    const char* name;
    void (*bend)(cli::notify_options&);
    int status;
    const char* part;
  };
  const row rows[] = {
      {"no web address", [](auto& o) { o.url = "ftp://localhost"; }, 2, "--url"},
      {"nothing to send", [](auto& o) { o.scenario.clear(); }, 2, "--scenario"},
      {"files and a scenario", [](auto& o) { o.files = {"-"}; }, 2, "--scenario"},
      {"no such scenario", [](auto& o) { o.scenario = "lottery"; }, 2, "lottery"},
      {"no key", [](auto& o) { o.server_key.reset(); }, 78, "server_keys"},
      {"no recurring token", [](auto& o) { o.recurring_token.reset(); }, 78, "recurring_tokens"},
      {"no API token", [](auto& o) { o.api_token.reset(); }, 78, "api_tokens"},
      {"no such file",
       [](auto& o) {
         o.scenario.clear();
         o.files = {"/no/such/file"};
       },
       1, "/no/such/file"},
  };
  for (const row& each : rows) {
    CAPTURE(each.name);
    answering_machine server{{200}};
    cli::notify_options options = options_for(server.url());
    options.scenario = "all";
    each.bend(options);
    const outcome told = notified(options);
    CHECK(told.status == each.status);
    CHECK(holds(told.err, each.part));
    CHECK(server.requests().empty());
  }
}

TEST_CASE("nobody listening is no answer, and said so") {
  std::string url;
  {
    answering_machine server{{200}};
    url = server.url();
  }
  cli::notify_options options = options_for(url);
  options.scenario = "expire";
  const outcome told = notified(options);
  CHECK(told.status == 1);
  CHECK(holds(told.out, "---  expire  pending  "));
  CHECK(holds(told.out, "sent 2, 2 without an answer\n"));
}

TEST_CASE("the list names every scenario and what it is about") {
  cli::notify_options options;
  options.list = true;
  const outcome text = notified(options);
  CHECK(text.status == 0);
  options.json = true;
  const outcome json = notified(options);
  for (const cli::scenario& each : cli::scenarios()) {
    CHECK(holds(text.out, each.name));
    CHECK(holds(text.out, each.about));
    CHECK(holds(json.out, "{\"scenario\":\"" + std::string{each.name} + "\""));
  }
}
