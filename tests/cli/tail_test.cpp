#include "broker/cli/tail.hpp"

#include "broker/cli/printable.hpp"
#include "broker/codec/schema_mark.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace sinyal;
using namespace sinyal::cli;

namespace {

const std::vector<codec::header_view> headers{{"ce_time", "2026-11-23T02:15:30.000Z"},
                                              {"ce_signal", "payment_settled"},
                                              {"ce_subject", "SHOP-1001"},
                                              {"ce_subjectsequence", "2"},
                                              {"ce_orderstatus", "paid"}};

codec::record_view record(std::string_view value,
                          std::span<const codec::header_view> with = headers) {
  codec::record_view out;
  out.partition = 3;
  out.offset = 17;
  out.key = "G1:payment:SHOP-1001";
  out.value = value;
  out.headers = with;
  return out;
}

constexpr std::string_view value =
    R"({"payment":{"gross_amount":"150000.00","currency":"IDR"},"notification":{"n":1.50}})";

}  // namespace

TEST_CASE("a filter lets through its merchant's and its subject's signals alone") {
  struct row {
    std::string name;
    tail_filter filter;
    std::string key;
    bool passes;
  };
  const core::subject shop{core::subject_kind::payment, "SHOP-1001"};
  for (const row& one : std::vector<row>{
           {"no filter", {}, "G1:payment:SHOP-1001", true},
           {"no filter, and a key that is none", {}, "what", true},
           {"the merchant", {"G1", {}}, "G1:payment:SHOP-1001", true},
           {"another merchant", {"G2", {}}, "G1:payment:SHOP-1001", false},
           {"a merchant whose name begins alike", {"G", {}}, "G1:payment:SHOP-1001", false},
           {"the subject", {"", shop}, "G1:payment:SHOP-1001", true},
           {"an invoice of the same id", {"", shop}, "G1:invoice:SHOP-1001", false},
           {"another id", {"", shop}, "G1:payment:SHOP-10011", false},
           {"the subject of another merchant", {"G2", shop}, "G1:payment:SHOP-1001", false},
           {"a key that is none", {"", shop}, "payment:SHOP-1001", false},
       }) {
    CAPTURE(one.name);
    CHECK(one.filter.lets_through(one.key) == one.passes);
  }
}

TEST_CASE("a subject is read with its merchant or without") {
  struct row {
    std::string text;
    std::string merchant_before;
    bool good;
    std::string merchant;
    std::string id;
  };
  for (const row& one : std::vector<row>{
           {"G1:payment:SHOP-1001", "", true, "G1", "SHOP-1001"},
           {"payment:SHOP-1001", "", true, "", "SHOP-1001"},
           {"payment:SHOP-1001", "G1", true, "G1", "SHOP-1001"},
           {"G1:payment:a:b", "G1", true, "G1", "a:b"},
           {"payment:a:b", "", true, "", "a:b"},
           {"G1:payment:SHOP-1001", "G2", false, "G2", ""},
           {"SHOP-1001", "", false, "", ""},
           {"order:SHOP-1001", "", false, "", ""},
           {"payment:", "", false, "", ""},
           {"", "", false, "", ""},
       }) {
    CAPTURE(one.text);
    tail_filter filter{one.merchant_before, {}};
    CHECK(parse_subject(one.text, filter) == one.good);
    CHECK(filter.merchant == one.merchant);
    CHECK((filter.subject ? filter.subject->id : "") == one.id);
  }
}

TEST_CASE("a subject is one that has events, and of a merchant that is known") {
  struct row {
    std::string text;
    std::string merchant_before;
    std::vector<std::string> configured;
    std::string wrong;
  };
  const std::string form =
      "SUBJECT must be MERCHANT:KIND:ID or KIND:ID, with kind payment, invoice or subscription";
  for (const row& one : std::vector<row>{
           {"payment:A", "", {}, ""},
           {"payment:A", "", {"G1"}, ""},
           {"G2:payment:A", "", {"G1", "G2"}, ""},
           {"payment:A", "G2", {"G1", "G2"}, ""},
           {"payment:A",
            "",
            {"G1", "G2"},
            "several merchants are configured: say whose subject it is, as in G1:payment:A."},
           {"account:A", "", {}, form + '.'},
           {"G1:account:A", "", {}, form + '.'},
           {"A", "", {}, form + '.'},
           {"G1:payment:A", "G2", {}, form + ", and of the merchant that --merchant names."},
       }) {
    CAPTURE(one.text);
    config all;
    for (const std::string& id : one.configured) all.merchants.push_back({id, {}, {}, {}});
    tail_filter filter{one.merchant_before, {}};
    CHECK(choose_subject(all, "SUBJECT", one.text, filter).value_or("") == one.wrong);
  }
}

TEST_CASE("a signal is one line for a person") {
  const std::string line = format_event("midtrans.payment.settled", record(value), {});
  CHECK(line.starts_with("2026-11-23T02:15:30.000Z  payment_settled "));
  CHECK(line.find("  SHOP-1001 #2 ") != std::string::npos);
  CHECK(line.ends_with("  150000.00 IDR  order paid"));
}

TEST_CASE("a refund shows its own amount, and an invoice its total") {
  const auto shown = [](std::string_view text) { return format_event("t", record(text), {}); };
  CHECK(shown(R"({"payment":{"gross_amount":"9.00","currency":"IDR"},"refund":{"amount":"1.00"}})")
            .find("  1.00 IDR") != std::string::npos);
  CHECK(shown(R"({"invoice":{"total_amount":"2.00","currency":"IDR"}})").find("  2.00 IDR") !=
        std::string::npos);
  CHECK(shown(R"({"subscription":{"amount":"3.00"}})").find("  3.00") != std::string::npos);
}

TEST_CASE("anomalies stand out, and a terminal is not told what to do by an order's id") {
  auto odd = headers;
  odd[2].value = "A\x1b[2J";
  odd.push_back({"ce_anomaly", "paid_twice"});
  const std::string line = format_event("t", record(value, odd), {});
  CHECK(line.find('\x1b') == std::string::npos);
  CHECK(line.find("A?[2J #2") != std::string::npos);
  CHECK(line.ends_with("  ! paid_twice"));
}

TEST_CASE("a stranger's text drives no terminal") {
  struct row {
    std::string_view text, shown;
  };
  const row rows[] = {
      {"SHOP-1001 naïve 支払 😀", "SHOP-1001 naïve 支払 😀"},
      {"", ""},
      {"a\x1b[2Jb\x7f\r\n", "a?[2Jb???"},
      {"a\xc2\x9b"
       "31mb",
       "a?31mb"},  // CSI in one character
      {"\xe2\x80\xae"
       "1001\xe2\x81\xa9",
       "?1001?"},  // right to left, and its end
      {"\xc2\xa0", "\xc2\xa0"},
      {"cut \xe2\x80", "cut ??"},
      {"\xe2\x1b[2J", "??[2J"},  // an escape where the rest of a character should be
      {"\xc0", "?"},
  };
  for (const row& row : rows) {
    CAPTURE(row.text);
    CHECK(printable(row.text) == row.shown);
  }
}

TEST_CASE("JSON is one line; the notification is in it when asked for, byte for byte") {
  tail_format format;
  format.json = true;
  const std::string brief = format_event("midtrans.payment.settled", record(value), format);
  CHECK(
      brief.starts_with("{\"topic\":\"midtrans.payment.settled\",\"partition\":3,\"offset\":17,"
                        "\"key\":\"G1:payment:SHOP-1001\",\"headers\":{\"ce_time\":"));
  CHECK(brief.ends_with(R"("value":{"payment":{"gross_amount":"150000.00","currency":"IDR"}}})"));
  format.with_notification = true;
  const std::string full = format_event("midtrans.payment.settled", record(value), format);
  CHECK(full.ends_with("\"value\":" + std::string{value} + "}"));
}

TEST_CASE("a structured event is shown as a binary one is") {
  const std::string structured =
      R"({"specversion":"1.0","time":"2026-11-23T02:15:30.000Z","signal":"payment_settled",)"
      R"("subject":"SHOP-1001","subjectsequence":"2","orderstatus":"paid","data":)" +
      std::string{value} + "}";
  CHECK(format_event("t", record(structured, {}), {}) == format_event("t", record(value), {}));
  tail_format format;
  format.json = true;
  CHECK(format_event("t", record(structured, {}), format).find("notification") ==
        std::string::npos);
}

TEST_CASE("what is no event is shown all the same") {
  tail_format format;
  format.json = true;
  for (const char* odd : {"", "no JSON", "[1]", "{\"payment\":1}", "{\"payment\":{}}"}) {
    CAPTURE(std::string{odd});
    CHECK(format_event("t", record(odd, {}), {}).find('\n') == std::string::npos);
    CHECK(format_event("t", record(odd, {}), format).starts_with("{\"topic\":\"t\""));
  }
}

TEST_CASE("the mark of a schema registry is no part of what is shown") {
  const std::string marked = codec::value_mark(7) + std::string{value};
  CHECK(format_event("t", record(marked), {}) == format_event("t", record(value), {}));
  tail_format format;
  format.json = true;
  CHECK(format_event("t", record(marked), format) == format_event("t", record(value), format));
  format.with_notification = true;
  CHECK(format_event("t", record(marked), format) == format_event("t", record(value), format));

  const std::string mark = *codec::header_mark("0f6c2c1e-7a55-4b0e-9d53-0d2c8f6f8f11");
  const std::vector<codec::header_view> with{{codec::schema_mark_header, mark}};
  CHECK(format_event("t", record(value, with), format)
            .find(R"("__value_schema_id":"0f6c2c1e-7a55-4b0e-9d53-0d2c8f6f8f11")") !=
        std::string::npos);
}
