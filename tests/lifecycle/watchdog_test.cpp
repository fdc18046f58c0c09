// Time is real here, and short: what is checked is what happens at all, and how often.

#include "broker/lifecycle/watchdog.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace {

using namespace std::chrono_literals;
using sinyal::lifecycle::watchdog;

template <class Condition>
bool within(std::chrono::milliseconds time, Condition holds) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

}  // namespace

TEST_CASE("the watchdog bites an owner that does not move, once") {
  std::atomic<int> bites{0};
  watchdog dog{10ms, [] { return false; }, [&] { ++bites; }};
  CHECK(within(10s, [&] { return bites == 1; }));
  CHECK_FALSE(within(50ms, [&] { return bites > 1; }));
}

TEST_CASE("the watchdog leaves an owner alone that moves") {
  std::atomic<int> bites{0};
  watchdog dog{5s, [] { return false; }, [&] { ++bites; }};
  for (int i = 0; i < 20; ++i) {
    dog.alive();
    std::this_thread::sleep_for(1ms);
  }
  CHECK(bites == 0);
}

TEST_CASE("while Kafka does not answer, a call that hangs is no reason to bite") {
  std::atomic<int> looks{0};
  std::atomic<int> bites{0};
  watchdog dog{1ms,
               [&] {
                 ++looks;
                 return true;
               },
               [&] { ++bites; }};
  CHECK(within(10s, [&] { return looks > 20; }));
  CHECK(bites == 0);
}

TEST_CASE("when Kafka is back, the call has as long again to return") {
  std::atomic<int> looks{0};
  std::atomic<int> looks_at_bite{0};
  watchdog dog{1ms, [&] { return ++looks <= 3; }, [&] { looks_at_bite = looks.load(); }};
  CHECK(within(10s, [&] { return looks_at_bite > 0; }));
  CHECK(looks_at_bite == 5);  // three excused, one forgiven, one that bites
}

TEST_CASE("an owner that moves again while the watchdog looks is not bitten") {
  std::atomic<int> looks{0};
  std::atomic<int> bites{0};
  watchdog* owned = nullptr;
  std::atomic<bool> ready{false};
  watchdog dog{1ms,
               [&] {
                 while (!ready) std::this_thread::yield();
                 if (++looks <= 20) owned->alive();
                 return false;
               },
               [&] { ++bites; }};
  owned = &dog;
  ready = true;
  CHECK(within(10s, [&] { return bites == 1; }));
  CHECK(looks == 21);  // twenty times it moved, then it did not
}
