#include "broker/codec/json_text.hpp"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <random>
#include <vector>

using namespace sinyal;

TEST_CASE("minifying drops blanks and the named members, and keeps every other token") {
  struct row {
    std::string name, body, expected;
  };
  const std::vector<row> rows{
      {"blanks", " { \"a\" : [ 1 , 2.50 ] ,\n\"b c\":\"x  y\" } ",
       R"({"a":[1,2.50],"b c":"x  y"})"},
      {"first", R"({"token":1, "b":2})", R"({"b":2})"},
      {"middle", R"({"a":1, "token":{"x":[1,2]}, "b":2})", R"({"a":1,"b":2})"},
      {"last", R"({"a":1, "token":"}"})", R"({"a":1})"},
      {"only", R"({"token":[{}]})", "{}"},
      {"two", R"({"token":1,"token":2,"a":3,"token":4})", R"({"a":3})"},
      {"deep", R"([{"x":{"token":1,"y":[]}}])", R"([{"x":{"y":[]}}])"},
      {"escaped key", R"({"t\u006fken":1,"a":2})", R"({"a":2})"},
      {"a value, not a key", R"({"a":"token","b":["token"]})", R"({"a":"token","b":["token"]})"},
      {"escapes", R"({"a":"\"\\\u00e9\/"})", R"({"a":"\"\\\u00e9\/"})"},
      {"numbers", R"({"a":1E5,"b":-0.00,"a":202502070943231234567})",
       R"({"a":1E5,"b":-0.00,"a":202502070943231234567})"},
  };
  const std::vector<std::string> keys{"token"};
  for (const row& each : rows) {
    CAPTURE(each.name);
    CHECK(codec::minified_without(each.body, keys) == each.expected);
  }
}

TEST_CASE("a member's text is the last one's at the top level") {
  using codec::raw_member;
  CHECK(raw_member(R"({"a": 10.0 , "b":{"a":2}})", "a") == "10.0");
  CHECK(raw_member(R"({"a":1,"\u0061":[ 2 ]})", "a") == "[ 2 ]");
  CHECK(raw_member(R"({"b":{"a":2}})", "a") == std::nullopt);
  CHECK(raw_member(R"(["a",1])", "a") == std::nullopt);
  CHECK(raw_member("", "a") == std::nullopt);
}

TEST_CASE("only numbers that a parser may not represent are masked, in their length") {
  using codec::mask_numbers;
  CHECK(mask_numbers(R"({"a":202502070943231234})") == R"({"a":202502070943231234})");
  CHECK(mask_numbers("[1e999]") == "[-0.00]");
  CHECK(mask_numbers("[-1234567890123456789]") == "[-0.00000000000000000]");
  CHECK(mask_numbers("[\"1e999\",01e999,1e]") == "[\"1e999\",01e999,1e]");
  const std::string masked = mask_numbers("[1" + std::string(5000, '0') + "]");
  simdjson::dom::parser parser;
  CHECK(parser.parse(masked).error() == simdjson::SUCCESS);
}

TEST_CASE("any bytes are safe, and minified JSON is the same JSON") {
  const unsigned seed = std::random_device{}();
  MESSAGE("mutation seed " << seed);
  std::mt19937 random{seed};
  const std::string original = R"({"a": [1, {"token": "x\u00e9\"", "b": 1e400}], "token": -1.5e3})";
  const std::string alphabet = "{}[]\",:\\u09eE+-. \x80";
  const std::vector<std::string> keys{"token"};
  simdjson::dom::parser parser;
  for (int i = 0; i < 20000; ++i) {
    std::string body = original;
    for (auto changes = random() % 5; changes > 0 && !body.empty(); --changes) {
      body[random() % body.size()] = alphabet[random() % alphabet.size()];
      if (random() % 3 == 0) body.resize(random() % body.size() + 1);
    }
    // exactly as large as its text, for the address sanitizer to see a byte too far
    const std::vector<char> exact{body.begin(), body.end()};
    const std::string_view view{exact.data(), exact.size()};
    const std::string masked = codec::mask_numbers(view);
    CHECK(masked.size() == view.size());
    static_cast<void>(codec::raw_member(view, "token"));
    const std::string small = codec::minified_without(masked, keys);
    if (parser.parse(masked).error() == simdjson::SUCCESS) {
      const bool valid = parser.parse(small).error() == simdjson::SUCCESS || small.empty();
      if (!valid) FAIL_CHECK(masked << " became " << small);
    }
  }
}
