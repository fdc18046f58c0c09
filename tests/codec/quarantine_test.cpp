#include "broker/codec/quarantine.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace sinyal;

namespace {

using named = std::pair<std::string, std::string>;

std::vector<named> headers_of(const codec::outgoing_record& record) {
  std::vector<named> all;
  for (std::size_t i = 0; i < record.headers.size(); ++i) {
    all.emplace_back(record.headers[i].name, record.headers[i].value);
  }
  return all;
}

const core::rejection changed_amount{core::reason::amount_mismatch,
                                     "gross_amount is 1.00, and 150000.00 is known of the attempt"};

codec::outgoing_record quarantined(const std::vector<codec::header_view>& headers,
                                   std::optional<std::string_view> value) {
  codec::record_view raw;
  raw.partition = 3;
  raw.offset = 1207;
  raw.key = "G1:payment:SHOP-1";
  raw.value = value;
  raw.headers = headers;
  return codec::encode_quarantine(raw, changed_amount,
                                  {.stage = codec::stage::decide,
                                   .money = true,
                                   .raw_topic = "midtrans.notifications",
                                   .rules = "1",
                                   .timestamp_ms = 77});
}

}  // namespace

TEST_CASE("a quarantined record is the raw one with what is wrong behind it") {
  const std::vector<codec::header_view> headers{
      {"sinyal_version", "1"}, {"x-odd", std::string_view{"\0\xff", 2}}, {"x-odd", "again"}};
  const std::string_view body = "{ \"order_id\" : \"SHOP-1\" }\n";
  const codec::outgoing_record record = quarantined(headers, body);
  CHECK(record.to == codec::destination::quarantine);
  CHECK(record.key == "G1:payment:SHOP-1");
  CHECK(record.value == body);
  CHECK(record.timestamp_ms == 77);
  const std::vector<named> expected{
      {"sinyal_version", "1"},
      {"x-odd", std::string{"\0\xff", 2}},
      {"x-odd", "again"},
      {"sinyal_reason", "amount_mismatch"},
      {"sinyal_retries", "0"},
      {"sinyal_money", "yes"},
      {"__connect.errors.topic", "midtrans.notifications"},
      {"__connect.errors.partition", "3"},
      {"__connect.errors.offset", "1207"},
      {"__connect.errors.connector.name", "midtrans"},
      {"__connect.errors.task.id", "0"},
      {"__connect.errors.stage", "DECIDE"},
      {"__connect.errors.class.name", "sinyal.core.decide"},
      {"__connect.errors.exception.class.name", "amount_mismatch"},
      {"__connect.errors.exception.message",
       "gross_amount is 1.00, and 150000.00 is known of the attempt"},
      {"sinyal_cause", "3:1207"},
      {"sinyal_rules", "1"},
  };
  CHECK(headers_of(record) == expected);
}

TEST_CASE("a retry's count stays the only one") {
  const codec::outgoing_record record = quarantined({{"sinyal_retries", "4"}}, "{}");
  int times = 0;
  for (const named& each : headers_of(record)) {
    if (each.first != "sinyal_retries") continue;
    ++times;
    CHECK(each.second == "4");
  }
  CHECK(times == 1);
}

TEST_CASE("a record without a value stays one") {
  CHECK(!quarantined({}, std::nullopt).value);
}

TEST_CASE("a body claims money when it says settlement or capture, however it says so") {
  struct row {
    const char* name;
    std::string body;
    bool money;
  };
  const row rows[] = {
      {"settlement", R"({"transaction_status":"settlement"})", true},
      {"capture under challenge", R"({"transaction_status":"capture","fraud_status":"challenge"})",
       true},
      {"in upper case with blanks", R"({"transaction_status":" SETTLEMENT\t"})", true},
      {"in a charge", R"({"event_name":"x","transaction":{"transaction_status":"capture"}})", true},
      {"beside a number that no parser can represent",
       R"({"x":1e999,"y":123456789012345678901234567890,"transaction_status":"settlement"})", true},
      {"pending", R"({"transaction_status":"pending"})", false},
      {"a longer word", R"({"transaction_status":"settlements"})", false},
      {"blank", R"({"transaction_status":"  "})", false},
      {"a number", R"({"transaction_status":200})", false},
      {"elsewhere", R"({"metadata":{"transaction_status":"settlement"}})", false},
      {"no status", R"({"status":"paid"})", false},
      {"no object", R"(["settlement"])", false},
      {"no JSON", R"({"transaction_status":"settlement")", false},
      {"nothing", "", false},
  };
  for (const row& each : rows) {
    CAPTURE(each.name);
    CHECK(codec::claims_money(each.body) == each.money);
  }
}
