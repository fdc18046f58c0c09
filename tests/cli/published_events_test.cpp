// Fields and headers: an event in which everything is known shows what the parts of schemas/ name,
// no more and no less; and the words of the documents are those of the tables.

#include "broker/codec/event.hpp"
#include "broker/codec/quarantine.hpp"
#include "tests/cli/published.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace sinyal::cli::test {

namespace {

using core::signal;

constexpr std::string_view trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const core::instant moment = *core::parse_time("2026-11-23T02:15:34.120Z");
const core::money amount = core::money::of_hundredths(100);

template <typename Texts>
void know_all(Texts& texts) {
  for (std::size_t i = 0; i < Texts::count; ++i) {
    texts.set(static_cast<typename Texts::field_type>(i), "known");
  }
}

core::given_back full_back() {
  return {"R-1", "R-1", "1", amount, "reason", moment, moment, true};
}

core::attempt full_attempt() {
  core::attempt attempt;
  attempt.transaction_id = "T-1";
  attempt.status = core::attempt_status::settled;
  attempt.word = core::payment_word::settlement;
  know_all(attempt.texts);
  // of the channels that reverse, so that reversible_until is there
  attempt.texts.set(core::payment_text::payment_type, "echannel");
  attempt.gross_amount = attempt.authorized_amount = attempt.original_amount =
      attempt.customer_imposed_payment_fee = amount;
  attempt.currency = "IDR";
  attempt.transaction_time = attempt.settlement_time = attempt.expiry_time = moment;
  attempt.refunds.push_back(full_back());
  return attempt;
}

core::subject_state full_state(core::subject_kind kind) {
  core::subject_state state = core::empty_state({kind, "S-1"});
  if (auto* payment = std::get_if<core::payment_state>(&state.what)) {
    payment->order_id = "S-1";
    payment->attempts.push_back(full_attempt());
  } else if (auto* invoice = std::get_if<core::invoice_state>(&state.what)) {
    invoice->id = "S-1";
    invoice->word = "paid";
    know_all(invoice->texts);
    invoice->total_amount = amount;
    invoice->currency = "IDR";
    invoice->due_date = invoice->paid_at = moment;
  } else {
    auto& subscription = std::get<core::subscription_state>(state.what);
    subscription.id = "S-1";
    subscription.word = "active";
    know_all(subscription.texts);
    subscription.amount = amount;
    subscription.currency = "IDR";
    subscription.interval = subscription.max_interval = subscription.current_interval = 1;
    subscription.start_time = subscription.next_execution_at = moment;
  }
  return state;
}

core::emission full_emission(signal signal) {
  core::emission emission;
  emission.signal = signal;
  emission.sequence = 1;
  emission.time = moment;
  emission.transaction_id = "T-1";
  emission.previous_status = "pending";
  emission.anomalies = {core::anomaly::paid_twice};
  emission.other_transaction_ids = {"T-2"};
  if (signal == signal::payment_refunded || signal == signal::payment_refund_confirmed ||
      signal == signal::payment_charged_back) {
    emission.back = full_back();
  }
  if (signal == signal::subscription_charged || signal == signal::subscription_charge_failed) {
    emission.charge = core::charge{"T-1", "S-1", "capture", "200", "said", amount};
  }
  return emission;
}

codec::raw_headers full_raw(core::subject_kind kind) {
  codec::raw_headers raw;
  raw.id = "0190b0e6-0000-7000-8000-000000000000";
  raw.connector = "midtrans";
  raw.merchant = "G1";
  raw.kind = kind;
  raw.subject = "S-1";
  raw.received_at = moment;
  raw.key_index = 0;
  raw.peer = "127.0.0.1";
  raw.traceparent = trace;
  raw.content_type = "application/json";
  raw.subjects = "G1:payment:S-1 G1:invoice:S-1";
  raw.retry_of = "0:0";
  raw.retries = 1;
  return raw;
}

codec::outgoing_record event_of(const core::signal_info& info, signal signal, bool structured) {
  codec::event_cause cause;
  cause.headers = full_raw(info.kind);
  cause.key = "G1:payment:S-1";
  cause.rules = "1";
  cause.notification = "{}";
  cause.structured = structured;
  return codec::encode_event(full_emission(signal), full_state(info.kind), cause);
}

names header_names(const codec::header_list& headers) {
  names all;
  for (std::size_t i = 0; i < headers.size(); ++i) all.emplace(headers[i].name);
  return all;
}

void without(names& all, const names& some) {
  for (const std::string& each : some) all.erase(each);
}

/// For each signal: its number in the table, its row.
template <typename Each>
void each_signal(Each each) {
  for (std::size_t i = 0; i < core::signal_count; ++i) {
    CAPTURE(core::signal_table[i].name);
    each(static_cast<signal>(i), core::signal_table[i]);
  }
}

}  // namespace

TEST_CASE("an event in which all is known has the fields that its schema names, and no other") {
  each_signal([](signal signal, const core::signal_info& info) {
    const json::value shown = json::parse(*event_of(info, signal, false).value);
    const json::value schema = published("json/" + std::string{info.topic} + ".v1.json");
    CHECK(keys_of(shown) == keys_of(schema.at("properties")));
    CHECK(keys_of(shown) == texts_of(schema.at("required")));
    for (const auto& part : shown.as_object()) {
      if (part.key() == "notification") continue;
      CAPTURE(part.key());
      names expected = fields_of_part(part.key());
      if (signal != signal::payment_settled) expected.erase("reversible_until");
      CHECK(keys_of(part.value()) == expected);
    }
    if (info.kind != core::subject_kind::payment) return;
    CHECK(keys_of(shown.at("payment").at("order")) == fields_of_part("order"));
  });
}

TEST_CASE("an event has the headers that the documents name, and no other") {
  each_signal([](signal signal, const core::signal_info& info) {
    names expected = fields_of_part("event-headers");
    if (info.kind != core::subject_kind::payment) expected.erase("ce_orderstatus");
    const codec::outgoing_record binary = event_of(info, signal, false);
    CHECK(header_names(binary.headers) == expected);

    const codec::outgoing_record structured = event_of(info, signal, true);
    const json::value schemas = published("asyncapi.json").at("components").at("schemas");
    CHECK(header_names(structured.headers) ==
          keys_of(schemas.at("structured_headers").at("properties")));
    names attributes = keys_of(schemas.at("structured_event").at("properties"));
    if (info.kind != core::subject_kind::payment) attributes.erase("orderstatus");
    CHECK(keys_of(json::parse(*structured.value)) == attributes);
  });
}

TEST_CASE("raw and quarantined records have the headers that the documents name") {
  const codec::header_list raw = codec::encode_raw_headers(full_raw(core::subject_kind::payment));
  CHECK(header_names(raw) == fields_of_part("raw-headers"));

  std::vector<codec::header_view> views;
  for (std::size_t i = 0; i < raw.size(); ++i) views.push_back(raw[i]);
  codec::record_view record;
  record.key = "G1:payment:S-1";
  record.value = "{}";
  record.headers = views;
  const codec::outgoing_record kept = codec::encode_quarantine(record, {}, {});
  names added = header_names(kept.headers);
  names expected = fields_of_part("quarantine-headers");
  CHECK(std::vector<std::string>(added.begin(), added.end()).size() >= expected.size());
  without(added, fields_of_part("raw-headers"));
  without(expected, fields_of_part("raw-headers"));
  CHECK(added == expected);
}

namespace {

template <typename Word>
names words(std::size_t count, std::size_t from = 0) {
  names all;
  for (std::size_t i = from; i < count; ++i) all.emplace(to_string(static_cast<Word>(i)));
  return all;
}

names published_words(const std::string& part, const std::string& field) {
  return texts_of(
      published("parts/" + part + ".json").at("properties").at(field).at("x-strict").at("enum"));
}

}  // namespace

TEST_CASE("the documents' words are those of the tables") {
  CHECK(published_words("quarantine-headers", "sinyal_reason") ==
        words<core::reason>(core::reason_count));
  CHECK(published_words("quarantine-headers", "__connect.errors.stage") == words<codec::stage>(2));
  CHECK(published_words("raw-headers", "sinyal_endpoint") ==
        words<codec::endpoint>(codec::endpoint_count));
  CHECK(published_words("raw-headers", "sinyal_kind") == words<core::subject_kind>(4));
  CHECK(published_words("payment", "transaction_status") == words<core::payment_word>(13, 1));
  const json::value anomalies = published("parts/anomalies.json");
  CHECK(texts_of(anomalies.at("items").at("x-strict").at("enum")) == words<core::anomaly>(9));
  CHECK(published_words("order", "status") == published_words("event-headers", "ce_orderstatus"));
}

}  // namespace sinyal::cli::test
