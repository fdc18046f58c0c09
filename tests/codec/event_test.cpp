#include "broker/codec/event.hpp"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <string>
#include <utility>
#include <vector>

using namespace sinyal;
using core::payment_text;
using core::signal;

namespace {

constexpr std::string_view traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

core::instant at(std::string_view text) {
  return *core::parse_time(text);
}

codec::event_cause cause_of(std::string_view subject, std::string_view key) {
  codec::event_cause cause;
  cause.headers.connector = "midtrans";
  cause.headers.merchant = "G141532850";
  cause.headers.subject = subject;
  cause.headers.received_at = at("2026-11-23T02:15:34.120Z");
  cause.headers.traceparent = traceparent;
  cause.key = key;
  cause.partition = 3;
  cause.offset = 1207;
  cause.rules = "1";
  cause.notification = R"({"order_id":"SHOP-1001"})";
  return cause;
}

/// The order of the contract's example, paid.
core::subject_state paid_order() {
  core::subject_state state = core::empty_state({core::subject_kind::payment, "SHOP-1001"});
  state.sequence = 2;
  auto& payment = std::get<core::payment_state>(state.what);
  payment.order_id = "SHOP-1001";
  core::attempt& attempt = payment.attempts.emplace_back();
  attempt.transaction_id = "0f6c2c1e-7a55-4b0e-9d53-0d2c8f6f8f11";
  attempt.status = core::attempt_status::settled;
  attempt.word = core::payment_word::settlement;
  attempt.texts.set(payment_text::payment_type, "bank_transfer");
  attempt.texts.set(payment_text::fraud_status, "accept");
  attempt.texts.set(payment_text::status_code, "200");
  attempt.texts.set(payment_text::bank, "bca");
  attempt.texts.set(payment_text::va_number, "12345678901");
  attempt.texts.set(payment_text::customer_email, "sari@example.com");
  attempt.gross_amount = core::money::of_hundredths(15000000);
  attempt.currency = "IDR";
  attempt.transaction_time = at("2026-11-23 09:10:00");
  attempt.settlement_time = at("2026-11-23 09:15:30");
  attempt.settlement_known = true;
  attempt.published[static_cast<std::size_t>(signal::payment_settled)] = 1;
  return state;
}

core::emission settled() {
  core::emission emission;
  emission.signal = signal::payment_settled;
  emission.sequence = 2;
  emission.time = at("2026-11-23T02:15:30.000Z");
  emission.transaction_id = "0f6c2c1e-7a55-4b0e-9d53-0d2c8f6f8f11";
  return emission;
}

core::attempt& only_attempt(core::subject_state& state) {
  return std::get<core::payment_state>(state.what).attempts.at(0);
}

using named = std::pair<std::string, std::string>;
std::vector<named> headers_of(const codec::outgoing_record& record) {
  std::vector<named> all;
  for (std::size_t i = 0; i < record.headers.size(); ++i) {
    all.emplace_back(record.headers[i].name, record.headers[i].value);
  }
  return all;
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the contract's example comes out header by header and byte by byte") {
  const core::subject_state state = paid_order();
  codec::event_cause cause = cause_of("SHOP-1001", "G141532850:payment:SHOP-1001");
  cause.notification = R"({"va_numbers":[{"va_number":"12345678901","bank":"bca"}],)"
                       R"("transaction_time":"2026-11-23 09:10:00"})";
  const codec::outgoing_record record = codec::encode_event(settled(), state, cause);

  CHECK(record.to == codec::destination::signal);
  CHECK(record.signal == signal::payment_settled);
  CHECK(record.key == "G141532850:payment:SHOP-1001");
  CHECK(record.timestamp_ms == at("2026-11-23T02:15:34.120Z").ms_since_epoch);
  const std::vector<named> expected{
      {"content-type", "application/json"},
      {"ce_specversion", "1.0"},
      {"ce_id", codec::event_id(record.key, settled())},
      {"ce_source", "/midtrans/G141532850"},
      {"ce_type", "sinyal.payment.settled.v1"},
      {"ce_subject", "SHOP-1001"},
      {"ce_time", "2026-11-23T02:15:30.000Z"},
      {"ce_dataschema", "urn:sinyal:schema:payment.settled:v1"},
      {"ce_signal", "payment_settled"},
      {"ce_subjectsequence", "2"},
      {"ce_partitionkey", "G141532850:payment:SHOP-1001"},
      {"ce_recordedtime", "2026-11-23T02:15:34.120Z"},
      {"ce_traceparent", std::string{traceparent}},
      {"traceparent", std::string{traceparent}},
      {"ce_orderstatus", "paid"},
      {"sinyal_cause", "3:1207"},
      {"sinyal_rules", "1"},
  };
  CHECK(headers_of(record) == expected);
  CHECK(*record.value ==
        R"({"payment":{"order_id":"SHOP-1001",)"
        R"("transaction_id":"0f6c2c1e-7a55-4b0e-9d53-0d2c8f6f8f11",)"
        R"("payment_type":"bank_transfer","transaction_status":"settlement",)"
        R"("fraud_status":"accept","status_code":"200","gross_amount":"150000.00",)"
        R"("currency":"IDR","bank":"bca","va_number":"12345678901",)"
        R"("customer_email":"sari@example.com","transaction_time":"2026-11-23T02:10:00.000Z",)"
        R"("settlement_time":"2026-11-23T02:15:30.000Z",)"
        R"("order":{"status":"paid","paid_amount":"150000.00","refunded_amount":"0.00",)"
        R"("charged_back_amount":"0.00","net_amount":"150000.00","attempts":1,)"
        R"("open_attempts":0,"quarantined":0}},)"
        R"("notification":{"va_numbers":[{"va_number":"12345678901","bank":"bca"}],)"
        R"("transaction_time":"2026-11-23 09:10:00"}})");
}

TEST_CASE("an event's id names what happened: key, signal, attempt and identity, as UUIDv5") {
  struct row {
    const char* name;
    core::signal signal;
    const char* transaction_id;
    const char* identity;
    const char* id;
  };
  // Computed with Python's uuid.uuid5 from the namespace and name that the contract gives.
  const row rows[] = {
      {"a settlement", signal::payment_settled, "0f6c2c1e", "",
       "58b7189e-5b5b-55bb-849d-12ee436d8958"},
      {"the same, again", signal::payment_settled, "0f6c2c1e", "2",
       "7e24cba3-990a-51aa-a390-42d5b97ce240"},
      {"another attempt", signal::payment_settled, "77aa", "",
       "f4c8e28e-5b42-5ebb-ab4b-81a39f5dc9a9"},
      {"another signal", signal::payment_denied, "0f6c2c1e", "",
       "39971008-9145-5ad9-8139-8be4c89892a2"},
      {"a refund by its key", signal::payment_refunded, "0f6c2c1e", "refund-1",
       "e0130ec1-b474-5eb1-a5d2-6f9ce67b2fea"},
      {"nothing but key and signal", signal::payment_received, "", "",
       "fe614ac2-fb47-57de-8f59-ec19c2afe566"},
  };
  for (const row& each : rows) {
    CAPTURE(each.name);
    core::emission emission;
    emission.signal = each.signal;
    emission.transaction_id = each.transaction_id;
    emission.identity = each.identity;
    CHECK(codec::event_id("G141532850:payment:SHOP-1001", emission) == each.id);
  }
}

TEST_CASE("every signal has the headers that its entry of the catalogue says") {
  const core::subject subjects[] = {{core::subject_kind::payment, "SHOP-1001"},
                                    {core::subject_kind::invoice, "INV1"},
                                    {core::subject_kind::subscription, "SUB1"}};
  for (std::size_t i = 0; i < core::signal_count; ++i) {
    const core::signal_info& info = core::signal_table[i];
    CAPTURE(info.name);
    const core::subject& subject = subjects[static_cast<std::size_t>(info.kind)];
    const std::string key = core::format_key("G141532850", subject);
    const core::subject_state state =
        info.kind == core::subject_kind::payment ? paid_order() : core::empty_state(subject);
    core::emission emission = settled();
    emission.signal = static_cast<signal>(i);
    const codec::outgoing_record record =
        codec::encode_event(emission, state, cause_of(subject.id, key));
    const auto header = [&](std::string_view name) {
      return std::string{record.headers.find(name).value_or("(absent)")};
    };
    CHECK(record.signal == static_cast<signal>(i));
    CHECK(record.key == key);
    CHECK(header("ce_type") == "sinyal." + std::string{info.topic} + ".v1");
    CHECK(header("ce_dataschema") == "urn:sinyal:schema:" + std::string{info.topic} + ":v1");
    CHECK(header("ce_signal") == info.name);
    CHECK(header("ce_subject") == subject.id);
    CHECK(header("ce_partitionkey") == key);
    const bool payment = info.kind == core::subject_kind::payment;
    CHECK(header("ce_orderstatus") == (payment ? "paid" : "(absent)"));
    CHECK(header("ce_anomaly") == "(absent)");
    simdjson::dom::parser parser;
    simdjson::dom::object value;
    REQUIRE(parser.parse(*record.value).get(value) == simdjson::SUCCESS);
    CHECK(value.begin().key() == to_string(info.kind));
    CHECK(value["notification"].is_object());
  }
}

TEST_CASE("in structured mode the whole event is one JSON document") {
  codec::event_cause cause = cause_of("SHOP-1001", "G141532850:payment:SHOP-1001");
  cause.structured = true;
  core::emission emission = settled();
  emission.anomalies = {core::anomaly::paid_twice, core::anomaly::amount_differs};
  const codec::outgoing_record binary =
      codec::encode_event(emission, paid_order(), cause_of("SHOP-1001", cause.key));
  const codec::outgoing_record record = codec::encode_event(emission, paid_order(), cause);
  const std::vector<named> expected{
      {"content-type", "application/cloudevents+json; charset=UTF-8"},
      {"traceparent", std::string{traceparent}},
      {"sinyal_cause", "3:1207"},
      {"sinyal_rules", "1"},
  };
  CHECK(headers_of(record) == expected);
  CHECK(*record.value ==
        R"({"specversion":"1.0","id":")" + codec::event_id(cause.key, emission) +
            R"(","source":"/midtrans/G141532850","type":"sinyal.payment.settled.v1",)"
            R"("subject":"SHOP-1001","time":"2026-11-23T02:15:30.000Z",)"
            R"("datacontenttype":"application/json",)"
            R"("dataschema":"urn:sinyal:schema:payment.settled:v1","signal":"payment_settled",)"
            R"("subjectsequence":"2","partitionkey":"G141532850:payment:SHOP-1001",)"
            R"("recordedtime":"2026-11-23T02:15:34.120Z","traceparent":")" +
            std::string{traceparent} +
            R"(","anomaly":"paid_twice amount_differs","orderstatus":"paid","data":)" +
            *binary.value + "}");
}

TEST_CASE("anomalies are words in the header and a list in the value, with who paid already") {
  core::emission emission = settled();
  emission.anomalies = {core::anomaly::paid_after_expire, core::anomaly::paid_twice};
  emission.other_transaction_ids = {"first", "second"};
  emission.previous_status = "expire";
  const codec::outgoing_record record = codec::encode_event(
      emission, paid_order(), cause_of("SHOP-1001", "G141532850:payment:SHOP-1001"));
  CHECK(record.headers.find("ce_anomaly") == "paid_after_expire paid_twice");
  CHECK(holds(*record.value, R"("previous_status":"expire",)"
                             R"("anomalies":["paid_after_expire","paid_twice"],)"
                             R"("other_transaction_ids":["first","second"],"order":{)"));
}

TEST_CASE("a refund and a chargeback stand beside the payment, with what is known of them") {
  core::subject_state state = paid_order();
  core::given_back& first = only_attempt(state).refunds.emplace_back();
  first.identity = first.key = "refund-1";
  first.amount = core::money::of_hundredths(500000);
  core::emission emission = settled();
  emission.signal = signal::payment_refunded;
  emission.back = first;
  emission.back->id = "202611230709431234";
  emission.back->reason = "out of \"stock\"";
  emission.back->created_at = at("2026-11-24 09:00:00");
  const auto cause = cause_of("SHOP-1001", "G141532850:payment:SHOP-1001");

  SUBCASE("a refund in part") {
    const std::string value = *codec::encode_event(emission, state, cause).value;
    CHECK(holds(value, R"("refund_amount":"5000.00","refund_key":"refund-1")"));
    CHECK(holds(value, R"(}},"refund":{"key":"refund-1","id":"202611230709431234",)"
                       R"("amount":"5000.00","reason":"out of \"stock\"",)"
                       R"("created_at":"2026-11-24T02:00:00.000Z","full":false},"notification")"));
  }
  SUBCASE("its confirmation") {
    emission.signal = signal::payment_refund_confirmed;
    emission.back->confirmed_at = at("2026-11-24 11:00:00");
    emission.back_is_full = true;
    const std::string value = *codec::encode_event(emission, state, cause).value;
    CHECK(holds(value, R"("confirmed_at":"2026-11-24T04:00:00.000Z","full":true})"));
  }
  SUBCASE("a refund without a key does not show another one's") {
    emission.back->key.clear();
    CHECK(!holds(*codec::encode_event(emission, state, cause).value, "refund_key"));
  }
  SUBCASE("a chargeback that names no amount") {
    emission.signal = signal::payment_charged_back;
    emission.back = core::given_back{};
    emission.back->identity = "partial_chargeback";
    const std::string value = *codec::encode_event(emission, state, cause).value;
    CHECK(holds(value, R"("chargeback":{"full":false},"notification")"));
    CHECK(!holds(value, R"("refund":)"));
  }
}

TEST_CASE("who pays is told by the notifications, else by the merchant's document") {
  core::subject_state state = paid_order();
  auto& payment = std::get<core::payment_state>(state.what);
  payment.document.set(payment_text::customer_email, "other@example.com");
  payment.document.set(payment_text::customer_first_name, "Sari");
  payment.document.set(payment_text::bank, "not shown");
  const std::string value =
      *codec::encode_event(settled(), state, cause_of("SHOP-1001", "G:payment:SHOP-1001")).value;
  CHECK(holds(value, R"("customer_first_name":"Sari","customer_email":"sari@example.com")"));
  CHECK(!holds(value, "not shown"));
}

TEST_CASE("what nothing told is absent, but for a payment type that is then called unknown") {
  core::subject_state state = paid_order();
  core::attempt& attempt = only_attempt(state);
  attempt.texts = {};
  attempt.transaction_time.reset();
  attempt.settlement_time.reset();
  codec::event_cause cause = cause_of("SHOP-1001", "G141532850:payment:SHOP-1001");
  cause.headers.traceparent = {};
  const codec::outgoing_record record = codec::encode_event(settled(), state, cause);
  CHECK(holds(*record.value, R"("payment_type":"unknown","transaction_status":"settlement",)"
                             R"("gross_amount":"150000.00","currency":"IDR","order":{)"));
  CHECK(!holds(*record.value, "null"));
  CHECK(!record.headers.find("traceparent"));
  CHECK(!record.headers.find("ce_traceparent"));
}

TEST_CASE("only a settlement that can be reversed says until when") {
  struct row {
    const char* name;
    core::signal signal;
    const char* payment_type;
    payment_text field;
    const char* channel;
    bool said;
  };
  const row rows[] = {
      {"Permata", signal::payment_settled, "bank_transfer", payment_text::bank, "permata", true},
      {"Mandiri bill", signal::payment_settled, "echannel", payment_text::bank, "", true},
      {"Indomaret", signal::payment_settled, "cstore", payment_text::store, "indomaret", true},
      {"Alfamart", signal::payment_settled, "cstore", payment_text::store, "alfamart", false},
      {"BCA", signal::payment_settled, "bank_transfer", payment_text::bank, "bca", false},
      {"denied", signal::payment_denied, "bank_transfer", payment_text::bank, "permata", false},
  };
  for (const row& each : rows) {
    CAPTURE(each.name);
    core::subject_state state = paid_order();
    core::attempt& attempt = only_attempt(state);
    attempt.texts = {};
    attempt.texts.set(payment_text::payment_type, each.payment_type);
    attempt.texts.set(each.field, each.channel);
    core::emission emission = settled();
    emission.signal = each.signal;
    const std::string value =
        *codec::encode_event(emission, state, cause_of("SHOP-1001", "G:payment:SHOP-1001")).value;
    CHECK(holds(value, R"("reversible_until":"2026-11-23T02:20:30.000Z")") == each.said);
  }
}

TEST_CASE("an invoice shows its fields in the contract's order") {
  core::subject_state state = core::empty_state({core::subject_kind::invoice, "INV1"});
  auto& invoice = std::get<core::invoice_state>(state.what);
  invoice.word = "paid";
  invoice.texts.set(core::invoice_text::invoice_number, "2026-7");
  invoice.texts.set(core::invoice_text::order_id, "SHOP-1");
  invoice.texts.set(core::invoice_text::customer_name, "Sari");
  invoice.texts.set(core::invoice_text::customer_phone, "+62");
  invoice.texts.set(core::invoice_text::transaction_id, "t-1");
  invoice.total_amount = core::money::of_hundredths(15000000);
  invoice.currency = "IDR";
  invoice.due_date = at("2026-12-01 00:00:00");
  invoice.paid_at = at("2026-11-23 09:15:30");
  core::emission emission;
  emission.signal = signal::invoice_paid;
  emission.anomalies = {core::anomaly::paid_after_expire};
  codec::event_cause cause = cause_of("INV1", "G:invoice:INV1");
  cause.notification = "null";
  CHECK(*codec::encode_event(emission, state, cause).value ==
        R"({"invoice":{"id":"INV1","invoice_number":"2026-7","order_id":"SHOP-1",)"
        R"("status":"paid","total_amount":"150000.00","currency":"IDR","customer_name":"Sari",)"
        R"("customer_phone":"+62","due_date":"2026-11-30T17:00:00.000Z",)"
        R"("paid_at":"2026-11-23T02:15:30.000Z","transaction_id":"t-1",)"
        R"("anomalies":["paid_after_expire"]},"notification":null})");
}

TEST_CASE("a charge stands beside its subscription and takes its amount where it names none") {
  core::subject_state state = core::empty_state({core::subject_kind::subscription, "SUB1"});
  auto& subscription = std::get<core::subscription_state>(state.what);
  subscription.word = "active";
  subscription.texts.set(core::subscription_text::name, "MONTHLY");
  subscription.texts.set(core::subscription_text::payment_type, "gopay");
  subscription.texts.set(core::subscription_text::interval_unit, "month");
  subscription.texts.set(core::subscription_text::customer_email, "sari@example.com");
  subscription.amount = core::money::of_hundredths(1400000);
  subscription.currency = "IDR";
  subscription.interval = 1;
  subscription.max_interval = 12;
  subscription.current_interval = 0;
  subscription.start_time = at("2026-10-26T04:20:00.000000Z");
  core::emission emission;
  emission.signal = signal::subscription_charge_failed;
  emission.charge = core::charge{};
  emission.charge->status_code = "411";
  emission.charge->status_message = "Token id is missing";
  CHECK(*codec::encode_event(emission, state, cause_of("SUB1", "G:subscription:SUB1")).value ==
        R"({"subscription":{"id":"SUB1","name":"MONTHLY","payment_type":"gopay",)"
        R"("amount":"14000.00","currency":"IDR","status":"active","interval":1,)"
        R"("interval_unit":"month","max_interval":12,"current_interval":0,)"
        R"("start_time":"2026-10-26T04:20:00.000Z","customer_email":"sari@example.com"},)"
        R"("charge":{"status_code":"411","status_message":"Token id is missing",)"
        R"("amount":"14000.00"},"notification":{"order_id":"SHOP-1001"}})");
}
