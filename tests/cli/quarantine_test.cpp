#include "broker/cli/quarantine.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

using namespace sinyal;

namespace {

struct refused {
  codec::record_view record;
  std::vector<codec::header_view> headers{
      {"sinyal_id", "id-1"},
      {"sinyal_reason", "a stranger's"},
      {"sinyal_reason", "amount_mismatch"},
      {"sinyal_retries", "0"},
      {"sinyal_money", "yes"},
      {"__connect.errors.partition", "3"},
      {"__connect.errors.offset", "4711"},
      {"__connect.errors.exception.message", "1.00 is not 2.00"}};

  refused() {
    record.partition = 3;
    record.offset = 17;
    record.timestamp_ms = core::parse_time("2026-11-23T02:15:34.120Z")->ms_since_epoch;
    record.key = "G1:payment:A";
    record.value = R"({"order_id":"A"})";
    record.headers = headers;
  }
  std::string shown(bool whole, bool json = false) const {
    std::ostringstream out;
    whole ? cli::show_whole(out, record, {json, false})
          : cli::show_quarantined(out, record, {json, false});
    return out.str();
  }
};

}  // namespace

TEST_CASE("a record of the quarantine says where it is, whose, why, and whether it is money") {
  refused one;
  CHECK(one.shown(false) ==
        "2026-11-23T02:15:34.120Z  3:17  amount_mismatch  G1:payment:A  money\n"
        "  1.00 is not 2.00\n");
  CHECK(one.shown(false, true) ==
        R"({"partition":3,"offset":17,"received_at":"2026-11-23T02:15:34.120Z",)"
        R"("key":"G1:payment:A","id":"id-1","reason":"amount_mismatch",)"
        R"("message":"1.00 is not 2.00","money":true,"retries":"0","raw":"3:4711"})"
        "\n");
  one.headers[4].value = "no";
  CHECK(one.shown(false).find("money") == std::string::npos);
}

TEST_CASE("a record alone is shown with its headers and its body, and drives no terminal") {
  refused one;
  one.record.value = "{\"a\":\"\x1b[2J\"}";
  CHECK(
      one.shown(true).ends_with("\n__connect.errors.exception.message: 1.00 is not 2.00\n"
                                "\n{\"a\":\"?[2J\"}\n"));
  CHECK(one.shown(true).find("\nsinyal_id: id-1\n") != std::string::npos);
  CHECK(one.shown(true, true).ends_with("\"value\":\"{\\\"a\\\":\\\"\\u001b[2J\\\"}\"}\n"));
  one.record.value = "\xff";
  CHECK(one.shown(true, true).ends_with("\"value\":null}\n"));
  one.record.value.reset();
  one.record.key = "\xff\x1b";
  CHECK(one.shown(true, true).find(R"("key":null)") != std::string::npos);
  CHECK(one.shown(true).find('\x1b') == std::string::npos);
}

TEST_CASE("only what is asked for is shown") {
  const refused one;
  const auto shows = [&](const cli::quarantine_filter& filter) {
    return filter.lets_through(one.record);
  };
  CHECK(shows({"", {}, false}));
  CHECK(shows({"G1", core::reason::amount_mismatch, true}));
  CHECK_FALSE(shows({"G", {}, false}));
  CHECK_FALSE(shows({"G2", {}, false}));
  CHECK_FALSE(shows({"", core::reason::bad_field, false}));
}

TEST_CASE("a place is a partition and an offset, a reason one of the list") {
  const auto place = cli::parse_place("3:17");
  REQUIRE(place);
  CHECK((place->partition == 3 && place->offset == 17));
  for (const char* wrong : {"", ":", "3", "3:", ":17", "3:17 ", "-1:0", "3:-1", "a:b", "3:x",
                            "99999999999:1", "3:99999999999999999999"}) {
    CAPTURE(wrong);
    CHECK_FALSE(cli::parse_place(wrong));
  }
  for (std::size_t i = 0; i < core::reason_count; ++i) {
    const auto reason = static_cast<core::reason>(i);
    CHECK(cli::parse_reason(to_string(reason)) == reason);
  }
  CHECK_FALSE(cli::parse_reason("no reason"));
}
