#include "broker/config/http_url.hpp"

#include <doctest/doctest.h>

using namespace sinyal;

TEST_CASE("only HTTP addresses are taken, without a password") {
  struct row {
    const char* url;
    bool tls;
    const char* host;
    const char* port;
    const char* prefix;
  };
  const row good[] = {
      {"http://localhost", false, "localhost", "80", ""},
      {"https://localhost", true, "localhost", "443", ""},
      {"http://127.0.0.1:8080/", false, "127.0.0.1", "8080", ""},
      {"https://[::1]:8080", true, "::1", "8080", ""},
      {"http://[::1]", false, "::1", "80", ""},
      {"http://shop.example/in/side/", false, "shop.example", "80", "/in/side"},
  };
  for (const row& each : good) {
    CAPTURE(each.url);
    const auto url = parse_http_url(each.url);
    REQUIRE(url);
    CHECK(url->tls == each.tls);
    CHECK(url->host == each.host);
    CHECK(url->port == each.port);
    CHECK(url->prefix == each.prefix);
  }
  for (const char* bad :
       {"", "localhost:8080", "ftp://localhost", "http://", "https://", "http://:80",
        "http://host:", "http://host:eighty", "http://a@host", "http://a:b@host", "http://host/?x",
        "http://host/#x", "http://ho st", "http://host/a\tb"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_http_url(bad));
  }
}
