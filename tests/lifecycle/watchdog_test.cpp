#include "broker/lifecycle/watchdog.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <thread>

namespace {
using namespace std::chrono_literals;
using sinyal::lifecycle::watchdog;
}  // namespace

TEST_CASE("who hangs is bitten, once the patience is over and not before") {
  std::promise<std::chrono::steady_clock::time_point> bitten;
  const auto began = std::chrono::steady_clock::now();
  const watchdog dog{50ms, [&] { bitten.set_value(std::chrono::steady_clock::now()); }};
  auto when = bitten.get_future();
  REQUIRE(when.wait_for(20s) == std::future_status::ready);
  CHECK(when.get() - began >= 50ms);
}

TEST_CASE("who moves or ends in time is not bitten") {
  bool bitten = false;
  {
    watchdog dog{20s, [&] { bitten = true; }};
    dog.alive();
  }  // does not wait for its patience to be over
  CHECK_FALSE(bitten);
}
