// What one key alone cannot tell.

#include "broker/config.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace sinyal;
using errors = std::vector<std::string>;

TEST_CASE("two ports cannot be the same one") {
  const auto both = [](const std::string& http, const std::string& admin) {
    return load_config({{}, {}, {"http.listen=" + http, "admin.listen=" + admin}}).errors;
  };
  CHECK(both("127.0.0.1:9090", "127.0.0.1:9090") ==
        errors{"http.listen and admin.listen are both 127.0.0.1:9090: give one of them another "
               "port."});
  CHECK(both("127.0.0.1:9090", "127.0.0.1:9091") == errors{});
  CHECK(both("127.0.0.1:0", "127.0.0.1:0") == errors{});
}
