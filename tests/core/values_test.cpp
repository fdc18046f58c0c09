#include "broker/core/money.hpp"
#include "broker/core/signal.hpp"
#include "broker/core/subject.hpp"
#include "broker/core/time.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sinyal::core;

TEST_CASE("amounts are read as Midtrans writes them and in no other way") {
  struct row {
    const char* text;
    std::int64_t hundredths;  // -1: refused
  };
  const row rows[] = {
      {"0", 0},
      {"0.5", 50},
      {"0.05", 5},
      {"150000.00", 15000000},
      {"2700", 270000},
      {"1.1", 110},
      {"9999999999999.99", 999999999999999},
      {"", -1},
      {".", -1},
      {".5", -1},
      {"1.", -1},
      {"01", -1},
      {"00", -1},
      {"1.000", -1},
      {"-1", -1},
      {"+1", -1},
      {"1,000", -1},
      {" 1", -1},
      {"1 ", -1},
      {"1e3", -1},
      {"10000000000000", -1},
      {"1.1.1", -1},
      {"1..", -1},
      {"0x1", -1},
      {"NaN", -1},
      {"1.a", -1},
  };
  for (const row& row : rows) {
    CAPTURE(row.text);
    const auto read = money::parse(row.text);
    CHECK((read ? read->hundredths() : -1) == row.hundredths);
  }
}

TEST_CASE("amounts are written with two decimals") {
  CHECK(money::of_hundredths(0).to_string() == "0.00");
  CHECK(money::of_hundredths(5).to_string() == "0.05");
  CHECK(money::of_hundredths(15000000).to_string() == "150000.00");
  CHECK(money::of_hundredths(-5).to_string() == "-0.05");
  CHECK(money::of_hundredths(-12345).to_string() == "-123.45");
}

TEST_CASE("times are read in all of Midtrans's forms") {
  struct row {
    const char* text;
    const char* utc;  // "": refused
  };
  const row rows[] = {
      {"2026-11-23 09:10:00", "2026-11-23T02:10:00.000Z"},
      {"2026-11-23T09:10:00", "2026-11-23T02:10:00.000Z"},
      {"2026-11-23T02:10:00Z", "2026-11-23T02:10:00.000Z"},
      {"2022-10-26T04:20:00.000000Z", "2022-10-26T04:20:00.000Z"},
      {"2019-05-29T09:11:01.803677", "2019-05-29T02:11:01.803Z"},
      {"2024-03-06 10:54:14 +0700", "2024-03-06T03:54:14.000Z"},
      {"2024-03-06 10:54:14+07:00", "2024-03-06T03:54:14.000Z"},
      {"2024-03-06 10:54:14+0700", "2024-03-06T03:54:14.000Z"},
      {"2024-03-06 10:54:14.5-01:30", "2024-03-06T12:24:14.500Z"},
      {"2024-02-29 12:00:00Z", "2024-02-29T12:00:00.000Z"},
      {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"},
      {"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
      {"", ""},
      {"2026-11-23", ""},
      {"2026-11-23 09:10", ""},
      {"2026-02-29 09:10:00", ""},
      {"2026-13-01 09:10:00", ""},
      {"2026-00-01 09:10:00", ""},
      {"2026-11-31 09:10:00", ""},
      {"2026-11-23 24:00:00", ""},
      {"2026-11-23 09:60:00", ""},
      {"2026-11-23 09:10:60", ""},
      {"2026-11-23 09:10:00.", ""},
      {"2026-11-23 09:10:00 ", ""},
      {"2026-11-23 09:10:00 Z!", ""},
      {"2026-11-23 09:10:00+7", ""},
      {"2026-11-23 09:10:00+24:00", ""},
      {"2026-11-23 09:10:00+07:60", ""},
      {"2026-11-23_09:10:00", ""},
      {"26-11-23 09:10:00", ""},
      {"1970-01-01T06:59:59+07:00", ""},
      {"9999-12-31T23:59:59-01:00", ""},
      {"-026-11-23 09:10:00", ""},
  };
  for (const row& row : rows) {
    CAPTURE(row.text);
    const auto read = parse_time(row.text);
    CHECK((read ? format_time(*read) : "") == row.utc);
  }
  CHECK(format_time(*parse_time("2026-11-23 09:10:00", 0)) == "2026-11-23T09:10:00.000Z");
}

TEST_CASE("murmur2 is the one of Kafka's Java client") {
  // the vectors of Kafka's own test of Utils.murmur2
  CHECK(murmur2("21") == -973932308);
  CHECK(murmur2("foobar") == -790332482);
  CHECK(murmur2("a-little-bit-long-string") == -985981536);
  CHECK(murmur2("a-little-bit-longer-string") == -1486304829);
  CHECK(murmur2("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8") == -58897971);
  CHECK(murmur2("abc") == 479470107);
}

TEST_CASE("a partition is the positive hash modulo the count") {
  CHECK(partition_of("abc", 12) == 479470107 % 12);
  CHECK(partition_of("21", 12) == (-973932308 & 0x7fffffff) % 12);
  CHECK(partition_of("anything", 1) == 0);
}

TEST_CASE("a record key splits at its first two colons") {
  const auto key = parse_key("G141532850:payment:a:b:c");
  REQUIRE(key);
  CHECK(key->merchant == "G141532850");
  CHECK(key->subject == subject{subject_kind::payment, "a:b:c"});
  CHECK(format_key(key->merchant, key->subject) == "G141532850:payment:a:b:c");
  for (const char* bad : {"", "G1", "G1:payment", "G1:payment:", ":payment:1", "G 1:payment:1",
                          "G1:order:1", "G1::1", "G1:Payment:1"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_key(bad));
  }
  for (const char* kind : {"payment", "invoice", "subscription", "account"}) {
    CAPTURE(kind);
    CHECK(parse_key("G_-1:" + std::string{kind} + ":x"));
  }
}

TEST_CASE("merchant ids are 1 to 64 letters, digits, underscores and hyphens") {
  CHECK(is_merchant_id("G141532850"));
  CHECK(is_merchant_id(std::string(64, 'a')));
  CHECK_FALSE(is_merchant_id(std::string(65, 'a')));
  CHECK_FALSE(is_merchant_id(""));
  CHECK_FALSE(is_merchant_id("a:b"));
  CHECK_FALSE(is_merchant_id("a.b"));
  CHECK_FALSE(is_merchant_id("\xc3\xa9"));
}

TEST_CASE("every signal is found by its name and no other is") {
  for (std::size_t i = 0; i < signal_count; ++i) {
    CHECK(parse_signal(signal_table[i].name) == static_cast<signal>(i));
  }
  CHECK_FALSE(parse_signal(""));
  CHECK_FALSE(parse_signal("payment.settled"));
  CHECK_FALSE(parse_signal("Payment_settled"));
}
