#include <doctest/doctest.h>

#include <limits>
#include <sinyal/money.hpp>
#include <sinyal/time.hpp>

namespace sinyal {
namespace {

TEST_CASE("amounts are exact and have two decimals") {
  for (const char* text : {"0.00", "0.05", "150000.00", "-0.01", "-12.30", "9999999999999999.99"}) {
    CAPTURE(text);
    REQUIRE(money::parse(text));
    CHECK(money::parse(text)->to_string() == text);
  }
  for (const char* text : {"", ".", "1", "1.", "1.5", "1.234", ".50", "-.50", "+1.00", "1,000.00",
                           " 1.00", "1.00 ", "1e2.00", "--1.00", "10000000000000000.00", "1.0x"}) {
    CAPTURE(text);
    CHECK_FALSE(money::parse(text));
  }
  CHECK(*money::parse("0.10") + *money::parse("0.20") == *money::parse("0.30"));
  CHECK((*money::parse("1.00") - *money::parse("2.50")).to_string() == "-1.50");
  CHECK(money::of_hundredths(std::numeric_limits<std::int64_t>::min()).to_string() ==
        "-92233720368547758.08");
}

TEST_CASE("times are UTC to the millisecond, and of the calendar") {
  for (const char* text :
       {"1970-01-01T00:00:00.000Z", "2026-11-23T02:15:34.120Z", "2028-02-29T23:59:59.999Z"}) {
    CAPTURE(text);
    REQUIRE(parse_time(text));
    CHECK(to_string(*parse_time(text)) == text);
  }
  for (const char* text :
       {"", "2026-11-23", "2026-11-23T02:15:34Z", "2026-11-23 02:15:34.120Z",
        "2026-11-23T02:15:34.120", "2026-11-23T02:15:34.120+07:00", "2026-02-29T00:00:00.000Z",
        "2026-13-01T00:00:00.000Z", "2026-11-23T24:00:00.000Z", "2026-11-23T02:60:00.000Z",
        "2026-11-23T02:15:34.12xZ", "-026-11-23T02:15:34.120Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time(text));
  }
}

}  // namespace
}  // namespace sinyal
