#include "broker/codec/schema_mark.hpp"

#include "broker/codec/event.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace sinyal;
using core::signal;

namespace {

/// An invoice that was voided, with these marks.
codec::outgoing_record event_with(const codec::schema_marks* marks) {
  core::subject_state state = core::empty_state({core::subject_kind::invoice, "INV-1"});
  core::emission emission;
  emission.signal = signal::invoice_voided;
  emission.sequence = 1;
  codec::event_cause cause;
  cause.headers.connector = "midtrans";
  cause.headers.merchant = "G1";
  cause.headers.subject = "INV-1";
  cause.key = "G1:invoice:INV-1";
  cause.rules = "1";
  cause.notification = "null";
  cause.marks = marks;
  return codec::encode_event(emission, state, cause);
}

std::vector<std::pair<std::string, std::string>> headers_of(const codec::outgoing_record& record) {
  std::vector<std::pair<std::string, std::string>> out;
  for (std::size_t i = 0; i < record.headers.size(); ++i) {
    out.emplace_back(record.headers[i].name, record.headers[i].value);
  }
  return out;
}

codec::schema_marks marks_at(codec::schema_marks::place where) {
  codec::schema_marks marks{where, {}};
  for (std::size_t i = 0; i < marks.of.size(); ++i) {
    marks.of[i] = codec::value_mark(static_cast<std::uint32_t>(i));
  }
  return marks;
}

}  // namespace

TEST_CASE("an id before a value is a zero and 32 bits, the most significant first") {
  CHECK(codec::value_mark(0) == std::string(5, '\0'));
  CHECK(codec::value_mark(1) == std::string{"\0\0\0\0\1", 5});
  CHECK(codec::value_mark(2147483647) == std::string{"\0\x7f\xff\xff\xff", 5});
}

TEST_CASE("a GUID in a header is a one and its sixteen bytes, and is read back") {
  const std::string text = "0f6c2c1e-7a55-4b0e-9d53-0d2c8f6f8f11";
  const auto mark = codec::header_mark(text);
  REQUIRE(mark);
  CHECK(*mark == "\x01\x0f\x6c\x2c\x1e\x7a\x55\x4b\x0e\x9d\x53\x0d\x2c\x8f\x6f\x8f\x11");
  CHECK(codec::guid_of(*mark) == text);
  CHECK(codec::header_mark("0F6C2C1E-7A55-4B0E-9D53-0D2C8F6F8F11") == mark);
  for (const std::string bad :
       {"", "7", "0f6c2c1e-7a55-4b0e-9d53-0d2c8f6f8f1", "0f6c2c1e-7a55-4b0e-9d53-0d2c8f6f8f111",
        "0f6c2c1e57a55-4b0e-9d53-0d2c8f6f8f11", "gf6c2c1e-7a55-4b0e-9d53-0d2c8f6f8f11",
        "0f6c2c1e-7a55-4b0e-9d53-0d2c8f6f8f1 "}) {
    CAPTURE(bad);
    CHECK_FALSE(codec::header_mark(bad));
  }
  for (const std::string& bad :
       {std::string{}, mark->substr(1), *mark + "x", std::string{"\0", 1} + mark->substr(1)}) {
    CAPTURE(bad);
    CHECK_FALSE(codec::guid_of(bad));
  }
}

TEST_CASE("a value is read with and without a mark before it") {
  CHECK(codec::without_mark("{}") == "{}");
  CHECK(codec::without_mark(codec::value_mark(7) + "{}") == "{}");
  CHECK(codec::without_mark("") == "");
  CHECK(codec::without_mark(std::string{"\0\0", 2}) == std::string{"\0\0", 2});
}

TEST_CASE("a mark is the one difference that a registry makes to an event") {
  using place = codec::schema_marks::place;
  const codec::outgoing_record plain = event_with(nullptr);
  const std::string mark = codec::value_mark(static_cast<std::uint32_t>(signal::invoice_voided));

  const codec::schema_marks none = marks_at(place::none);
  CHECK(event_with(&none).value == plain.value);
  CHECK(headers_of(event_with(&none)) == headers_of(plain));

  const codec::schema_marks before_value = marks_at(place::value);
  CHECK(event_with(&before_value).value == mark + *plain.value);
  CHECK(headers_of(event_with(&before_value)) == headers_of(plain));

  const codec::schema_marks in_header = marks_at(place::header);
  auto headers = headers_of(plain);
  headers.emplace_back("__value_schema_id", mark);
  CHECK(event_with(&in_header).value == plain.value);
  CHECK(headers_of(event_with(&in_header)) == headers);
}
