#include "broker/codec/json_writer.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>

using sinyal::codec::append_escaped;
using sinyal::codec::json_writer;

TEST_CASE("a string is escaped as JSON requires and no further") {
  struct row {
    std::string name, text, escaped;
  };
  const row rows[] = {
      {"plain", "SHOP-1001", "SHOP-1001"},
      {"empty", "", ""},
      {"quote and backslash", R"(say "a\b")", R"(say \"a\\b\")"},
      {"a slash stays", "https://x/y", "https://x/y"},
      {"named controls", "\b\f\n\r\t", R"(\b\f\n\r\t)"},
      {"other controls", std::string{"\0\x01\x1f", 3}, "\\u0000\\u0001\\u001f"},
      {"delete is no control in JSON", "\x7f", "\x7f"},
      {"UTF-8 stays", "Pembayaran № 7 ✓", "Pembayaran № 7 ✓"},
      {"at both ends", "\"x\"", "\\\"x\\\""},
  };
  for (const row& each : rows) {
    CAPTURE(each.name);
    std::string out = "=";
    append_escaped(out, each.text);
    CHECK(out == "=" + each.escaped);
  }
}

TEST_CASE("commas stand between members and items, and nowhere else") {
  std::string out;
  json_writer json{out};
  json.begin_object();
  json.text("a", "1");
  json.key("empty");
  json.begin_object();
  json.end_object();
  json.key("list");
  json.begin_array();
  json.text("x");
  json.begin_array();
  json.end_array();
  json.number(-7);
  json.end_array();
  json.raw("n", "null");
  json.known("unknown", "");
  json.known("known", "k");
  json.end_object();
  CHECK(out == R"({"a":"1","empty":{},"list":["x",[],-7],"n":null,"known":"k"})");
}

TEST_CASE("numbers of every width are written in full") {
  std::string out;
  json_writer json{out};
  json.begin_array();
  json.number(std::numeric_limits<std::int64_t>::min());
  json.number(std::numeric_limits<std::uint64_t>::max());
  json.number(std::uint32_t{0});
  json.end_array();
  CHECK(out == "[-9223372036854775808,18446744073709551615,0]");
}
