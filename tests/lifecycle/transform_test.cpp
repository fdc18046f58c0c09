#include "broker/lifecycle/transform.hpp"

#include "broker/codec/raw_record.hpp"
#include "broker/core/subject.hpp"

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace sinyal;
using codec::destination;
using core::reason;
using core::signal;
using core::verdict;

namespace {

constexpr std::string_view merchant = "G141532850";

/// The raw log and what is known, without Kafka: posts bodies to subjects, keeps their states.
class bench {
 public:
  explicit bench(lifecycle::transform_settings settings = {}) : transform{settings} {}

  /// What the broker makes of the body for the subject; the headers can be bent before.
  template <typename Bend>
  boost::system::result<lifecycle::transformed> post(const core::subject& subject,
                                                     codec::endpoint endpoint, std::string body,
                                                     Bend bend) {
    const std::string key = core::format_key(merchant, subject);
    codec::raw_headers headers;
    headers.id = "019ab3f2-7a55-7b0e-9d53-0d2c8f6f8f11";
    headers.connector = "midtrans";
    headers.endpoint = endpoint;
    headers.merchant = merchant;
    headers.kind = subject.kind;
    headers.subject = subject.id;
    headers.received_at = received_at;
    headers.peer = "10.0.0.7";
    headers.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    headers.content_type = "application/json";
    const codec::header_list encoded = codec::encode_raw_headers(headers);
    std::vector<codec::header_view> views;
    for (std::size_t i = 0; i < encoded.size(); ++i) views.push_back(encoded[i]);
    codec::record_view raw;
    raw.partition = 3;
    raw.offset = next_offset++;
    raw.timestamp_ms = received_at.ms_since_epoch;
    raw.key = key;
    raw.value = body;
    bend(views, raw);
    raw.headers = views;
    std::optional<std::string_view> state;
    if (const auto known = states.find(std::string{raw.key}); known != states.end()) {
      state = known->second;
    }
    auto result = transform.apply(raw, state);
    if (result && result->state()) states[std::string{raw.key}] = *result->state();
    return result;
  }

  lifecycle::transformed post(const core::subject& subject, std::string body,
                              codec::endpoint endpoint = codec::endpoint::notifications) {
    return post(subject, endpoint, std::move(body), [](auto&, auto&) {}).value();
  }

  core::instant received_at = *core::parse_time("2026-11-23T02:15:34.120Z");
  lifecycle::transform transform;
  std::map<std::string, std::string> states;
  std::int64_t next_offset = 1207;
};

const core::subject order{core::subject_kind::payment, "SHOP-1001"};
const core::subject invoice{core::subject_kind::invoice, "6f1a"};
const core::subject subscription{core::subject_kind::subscription, "db516f5c"};

/// A notification of one attempt; `more` is members with a comma before each.
std::string notification(std::string_view status, std::string_view code, std::string more = "") {
  return R"({"order_id":"SHOP-1001","transaction_id":"0f6c2c1e-7a55-4b0e-9d53-0d2c8f6f8f11",)"
         R"("transaction_status":")" +
         std::string{status} + R"(","status_code":")" + std::string{code} +
         R"(","gross_amount":"150000.00","payment_type":"bank_transfer",)"
         R"("va_numbers":[{"va_number":"12345678901","bank":"bca"}],)"
         R"("transaction_time":"2026-11-23 09:10:00",)"
         R"("signature_key":"5f0c","currency":"IDR")" +
         more + "}";
}

std::string settlement(std::string more = "") {
  return notification("settlement", "200",
                      R"(,"fraud_status":"accept","settlement_time":"2026-11-23 09:15:30")" + more);
}

std::vector<destination> destinations(const lifecycle::transformed& out) {
  std::vector<destination> all;
  for (const codec::outgoing_record& each : out.records) all.push_back(each.to);
  return all;
}

std::vector<signal> signals(const lifecycle::transformed& out) {
  std::vector<signal> all;
  for (const core::emission& each : out.emissions) all.push_back(each.signal);
  return all;
}

const auto signal_and_state = std::vector{destination::signal, destination::state};
const auto quarantine_and_state = std::vector{destination::quarantine, destination::state};
const auto quarantine_alone = std::vector{destination::quarantine};
const auto nothing = std::vector<destination>{};

/// The state of an order of two pending attempts, so many bytes as encoded.
std::string history_of(std::size_t bytes) {
  core::subject_state state = core::empty_state(order);
  auto& payment = std::get<core::payment_state>(state.what);
  std::string encoded;
  for (const char* id : {"t-0", "t-1"}) {
    core::attempt& attempt = payment.attempts.emplace_back();
    attempt.transaction_id = id;
    attempt.status = core::attempt_status::pending;
    attempt.texts.set(core::payment_text::custom_field1, "x");
  }
  codec::encode_state(state, encoded);
  const std::string text(bytes - encoded.size() + 1, 'x');
  payment.attempts[0].texts.set(core::payment_text::custom_field1, text);
  encoded.clear();
  codec::encode_state(state, encoded);
  REQUIRE(encoded.size() == bytes);
  return encoded;
}

std::string header(const codec::outgoing_record& record, std::string_view name) {
  return std::string{record.headers.find(name).value_or("(absent)")};
}

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("a settlement becomes its signal and the order's new state") {
  bench bench;
  const lifecycle::transformed out = bench.post(order, settlement());
  CHECK(out.verdict == verdict::advance);
  CHECK(out.fact);
  CHECK(out.status_before == "none");
  CHECK(out.status_after == "settled");
  REQUIRE(signals(out) == std::vector{signal::payment_settled});
  CHECK(out.emissions[0].sequence == 1);
  CHECK(out.emissions[0].time == *core::parse_time("2026-11-23T02:15:30Z"));
  REQUIRE(destinations(out) == signal_and_state);

  const codec::outgoing_record& event = out.records[0];
  CHECK(event.key == "G141532850:payment:SHOP-1001");
  CHECK(event.timestamp_ms == bench.received_at.ms_since_epoch);
  CHECK(header(event, "ce_time") == "2026-11-23T02:15:30.000Z");
  CHECK(header(event, "ce_orderstatus") == "paid");
  CHECK(header(event, "sinyal_cause") == "3:1207");
  CHECK(header(event, "sinyal_rules") == lifecycle::rules_version);
  CHECK(!holds(*event.value, "signature_key"));
  CHECK(!holds(*event.value, "null"));

  const codec::outgoing_record& state = out.records[1];
  CHECK(state.key == event.key);
  CHECK(state.timestamp_ms == event.timestamp_ms);
  CHECK(holds(*state.value, R"("o":1207)"));
  CHECK(state.headers.size() == 3);
  CHECK(header(state, "sinyal_version") == codec::state_version);
  CHECK(header(state, "sinyal_cause") == "3:1207");
  CHECK(header(state, "sinyal_rules") == lifecycle::rules_version);
}

TEST_CASE("a notification told again changes nothing and writes nothing") {
  bench bench;
  bench.post(order, settlement());
  const lifecycle::transformed out = bench.post(order, settlement());
  CHECK(out.verdict == verdict::repeat);
  CHECK(!out.state());
  CHECK(destinations(out) == nothing);
}

TEST_CASE("a repeat that knows more writes the state alone") {
  bench bench;
  bench.post(order, settlement());
  const lifecycle::transformed out =
      bench.post(order, settlement(R"(,"customer_details":{"email":"sari@example.com"})"));
  CHECK(out.verdict == verdict::repeat);
  CHECK(destinations(out) == std::vector{destination::state});
}

TEST_CASE("the offset of a subject's first notification stays in its state") {
  bench bench;
  bench.post(order, notification("pending", "201"));
  const lifecycle::transformed out = bench.post(order, settlement());
  CHECK(holds(*out.state(), R"("o":1207)"));
  CHECK(header(out.records[0], "sinyal_cause") == "3:1208");
}

TEST_CASE("the same log gives the same bytes") {
  bench first, second;
  for (const std::string& body :
       {notification("pending", "201"), settlement(), notification("expire", "202")}) {
    const auto a = first.post(order, body);
    const auto b = second.post(order, body);
    REQUIRE(a.records.size() == b.records.size());
    for (std::size_t i = 0; i < a.records.size(); ++i) {
      CHECK(a.records[i].value == b.records[i].value);
      REQUIRE(a.records[i].headers.size() == b.records[i].headers.size());
      for (std::size_t h = 0; h < a.records[i].headers.size(); ++h) {
        CHECK(a.records[i].headers[h].name == b.records[i].headers[h].name);
        CHECK(a.records[i].headers[h].value == b.records[i].headers[h].value);
      }
    }
  }
}

TEST_CASE("a conflict goes to quarantine and counts in the order, nothing else") {
  bench bench;
  bench.post(order, settlement());
  const std::string body = R"({"order_id":"SHOP-1001","transaction_status":"settlement",)"
                           R"("transaction_id":"0f6c2c1e-7a55-4b0e-9d53-0d2c8f6f8f11",)"
                           R"("status_code":"200","gross_amount":"1.00"})";
  const lifecycle::transformed out = bench.post(order, body);
  CHECK(out.verdict == verdict::conflict);
  REQUIRE(out.why);
  CHECK(out.why->reason == reason::amount_mismatch);
  CHECK(out.money);
  CHECK(out.emissions.empty());
  REQUIRE(destinations(out) == quarantine_and_state);
  const codec::outgoing_record& kept = out.records[0];
  CHECK(kept.value == body);
  CHECK(header(kept, "sinyal_id") == "019ab3f2-7a55-7b0e-9d53-0d2c8f6f8f11");
  CHECK(header(kept, "sinyal_reason") == "amount_mismatch");
  CHECK(header(kept, "sinyal_money") == "yes");
  CHECK(header(kept, "__connect.errors.topic") == "midtrans.notifications");
  CHECK(header(kept, "__connect.errors.offset") == "1208");
  CHECK(header(kept, "__connect.errors.stage") == "DECIDE");
  CHECK(holds(*out.state(), R"("q":1)"));
}

TEST_CASE("what cannot be read goes to quarantine with its stage and reason") {
  struct row {
    const char* name;
    core::subject subject;
    codec::endpoint endpoint;
    std::string body;
    reason why;
    bool money;
  };
  using enum codec::endpoint;
  const row rows[] = {
      {"an unknown status", order, notifications, notification("sold", "200"),
       reason::unknown_status, false},
      {"no status", order, notifications,
       R"({"order_id":"SHOP-1001","status_code":"200","gross_amount":"1.00","transaction_id":"t"})",
       reason::missing_field, false},
      {"a settlement without an attempt", order, notifications,
       R"({"order_id":"SHOP-1001","status_code":"200","gross_amount":"1.00",)"
       R"("transaction_status":"settlement"})",
       reason::missing_field, true},
      {"an unknown event", subscription, recurring,
       R"({"event_name":"subscription.sold","subscription":{"id":"db516f5c"},)"
       R"("transaction":{"transaction_status":"capture"}})",
       reason::unknown_event, true},
  };
  for (const row& each : rows) {
    CAPTURE(each.name);
    bench bench;
    const lifecycle::transformed out = bench.post(each.subject, each.body, each.endpoint);
    CHECK(out.verdict == verdict::conflict);
    CHECK(!out.fact);
    REQUIRE(out.why);
    CHECK(out.why->reason == each.why);
    CHECK(out.money == each.money);
    REQUIRE(!out.records.empty());
    CHECK(header(out.records[0], "__connect.errors.stage") == "NORMALISE");
    CHECK(header(out.records[0], "__connect.errors.exception.message") == out.why->message);
    CHECK((out.state() != nullptr) == (each.subject.kind == core::subject_kind::payment));
  }
}

TEST_CASE("a raw record of no known form goes to quarantine, and counts where its order is known") {
  struct row {
    const char* name;
    void (*bend)(std::vector<codec::header_view>&, codec::record_view&);
    bool counted;
  };
  const row rows[] = {
      {"a later version", [](auto& headers, auto&) { headers[0].value = "2"; }, true},
      {"no headers", [](auto& headers, auto&) { headers.clear(); }, true},
      {"a connector that is not there",
       [](auto& headers, auto&) {
         for (auto& each : headers) {
           if (each.name == "sinyal_connector") each.value = "xendit";
         }
       },
       true},
      {"no value", [](auto&, auto& raw) { raw.value.reset(); }, true},
      {"a key that is none", [](auto&, auto& raw) { raw.key = "position"; }, false},
      {"a key of bytes that are no text",
       [](auto&, auto& raw) { raw.key = "G141532850:payment:\xff"; }, false},
      {"another subject's key", [](auto&, auto& raw) { raw.key = "G141532850:payment:SHOP-2"; },
       true},
  };
  for (const row& each : rows) {
    CAPTURE(each.name);
    bench bench;
    const lifecycle::transformed out =
        bench.post(order, codec::endpoint::notifications, settlement(), each.bend).value();
    CHECK(out.verdict == verdict::conflict);
    REQUIRE(out.why);
    CHECK(out.why->reason == reason::unsupported_record);
    CHECK((out.state() != nullptr) == each.counted);
    CHECK(out.emissions.empty());
    REQUIRE(!out.records.empty());
    CHECK(out.records[0].to == destination::quarantine);
    CHECK(header(out.records[0], "__connect.errors.stage") == "NORMALISE");
    CHECK(out.records[0].timestamp_ms == bench.received_at.ms_since_epoch);
  }
}

TEST_CASE("a test ping and an account leave nothing behind") {
  bench bench;
  const core::subject ping{core::subject_kind::payment, "payment_notif_test_G141532850_1"};
  const lifecycle::transformed pinged = bench.post(
      ping, R"({"order_id":"payment_notif_test_G141532850_1","transaction_status":"sold"})");
  CHECK(!pinged.verdict);
  CHECK(destinations(pinged) == nothing);
  const core::subject account{core::subject_kind::account, "a-1"};
  const lifecycle::transformed linked =
      bench.post(account, R"({"account_id":"a-1","account_status":"ENABLED"})");
  CHECK(!linked.verdict);
  CHECK(destinations(linked) == nothing);
  CHECK(bench.states.empty());
}

TEST_CASE("a merchant's document is not shown in events; Midtrans's own bare object is") {
  bench bench;
  const std::string document =
      R"({"id":"6f1a","order_id":"SHOP-1001","status":"pending","gross_amount":150000})";
  const lifecycle::transformed created = bench.post(invoice, document, codec::endpoint::invoices);
  REQUIRE(signals(created) == std::vector{signal::invoice_created});
  CHECK(holds(*created.records[0].value, R"("notification":null})"));

  const std::string bare = R"({"id":"db516f5c", "status":"active", "name":"MONTHLY",)"
                           R"("token":"secret-token","amount":"14000","currency":"IDR"})";
  const lifecycle::transformed subscribed =
      bench.post(subscription, bare, codec::endpoint::recurring);
  REQUIRE(signals(subscribed) == std::vector{signal::subscription_created});
  CHECK(holds(*subscribed.records[0].value, R"("notification":{"id":"db516f5c","status")"));
  CHECK(!holds(*subscribed.records[0].value, "secret-token"));
}

TEST_CASE("keys to redact are left out of events and of nothing else") {
  bench bench{{.event_format = event_format::binary,
               .redact = {"custom_field1"},
               .raw_topic = "midtrans.notifications"}};
  const lifecycle::transformed out =
      bench.post(order, settlement(R"(,"custom_field1":"loyal","custom_field2":"x")"));
  const std::string& value = *out.records[0].value;
  const auto notification = value.substr(value.find("\"notification\":"));
  CHECK(!holds(notification, "custom_field1"));
  CHECK(holds(notification, "custom_field2"));
}

TEST_CASE("structured mode writes the whole event into the value") {
  bench bench{{.event_format = event_format::structured, .redact = {}, .raw_topic = "t"}};
  const lifecycle::transformed out = bench.post(order, settlement());
  CHECK(header(out.records[0], "content-type") == "application/cloudevents+json; charset=UTF-8");
  CHECK(holds(*out.records[0].value, R"("data":{"payment":{"order_id":"SHOP-1001")"));
}

TEST_CASE("a state that this build cannot read stops the partition") {
  for (const char* state : {"", "{}", R"({"v":2})", R"({"v":1,"zz":1})"}) {
    CAPTURE(state);
    bench bench;
    bench.states["G141532850:payment:SHOP-1001"] = state;
    const auto judged =
        bench.post(order, codec::endpoint::notifications, settlement(), [](auto&, auto&) {});
    CHECK(!judged);
    // a record that goes to quarantine counts in the order's state: that must be readable too
    const auto refused = bench.post(order, codec::endpoint::notifications, settlement(),
                                    [](auto& headers, auto&) { headers.clear(); });
    CHECK(!refused);
  }
}

TEST_CASE("a history too large for its record is a conflict and leaves what was known") {
  bench bench;
  std::string& known = bench.states["G141532850:payment:SHOP-1001"];
  known = history_of(core::state_bytes_max - 100);
  const std::string before = known;
  const lifecycle::transformed out =
      bench.post(order, settlement(R"(,"custom_field2":")" + std::string(500, 'y') + "\""));
  CHECK(out.verdict == verdict::conflict);
  REQUIRE(out.why);
  CHECK(out.why->reason == reason::state_too_large);
  CHECK(out.money);
  CHECK(out.emissions.empty());
  REQUIRE(destinations(out) == quarantine_and_state);
  CHECK(out.state()->size() == before.size() + std::string_view{R"(,"q":1)"}.size());
}

TEST_CASE("a history that has no room for the count of what is in quarantine stays as it is") {
  for (const std::size_t room : {0U, 5U, 6U}) {
    CAPTURE(room);
    bench bench;
    bench.states["G141532850:payment:SHOP-1001"] = history_of(core::state_bytes_max - room);
    const lifecycle::transformed out =
        bench.post(order, settlement(R"(,"custom_field2":")" + std::string(500, 'y') + "\""));
    REQUIRE(out.why);
    CHECK(out.why->reason == reason::state_too_large);
    CHECK((out.state() != nullptr) == (room == 6));
    CHECK(destinations(out) == (room == 6 ? quarantine_and_state : quarantine_alone));
  }
}

TEST_CASE("what was given up is in quarantine whole, with the reason that was given") {
  bench bench;
  const std::string body = settlement();
  codec::record_view raw;
  raw.partition = 3;
  raw.offset = 9;
  raw.timestamp_ms = 5;
  raw.key = "G141532850:payment:SHOP-1001";
  raw.value = body;
  for (const auto state : {std::optional<std::string_view>{}, {R"({"v":1})"}, {"unreadable"}}) {
    const lifecycle::transformed out = bench.transform.give_up(raw, state, "it threw");
    REQUIRE(out.why);
    CHECK(out.why->reason == reason::unsupported_record);
    CHECK(out.why->message == "it threw");
    CHECK(out.money);
    CHECK(out.records[0].value == body);
    CHECK((out.state() != nullptr) == (state != "unreadable"));
  }
}
