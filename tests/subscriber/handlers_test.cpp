#include "connectors/subscriber/src/handlers.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <sinyal/subscriber.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace sinyal {
namespace {

any_event event_of(const std::string& merchant) {
  event<payment> made;
  made.sender = {"midtrans", merchant};
  return made;
}

TEST_CASE("handlers of one signal are called in the order of their connection, each once") {
  detail::handlers handlers;
  std::string called;
  const auto a = handlers.add(3, [&](const any_event&) { called += 'a'; }, {});
  const auto b = handlers.add(3, [&](const any_event&) { called += 'b'; }, {});
  const auto other = handlers.add(4, [&](const any_event&) { called += 'x'; }, {});
  detail::calls done;
  CHECK_FALSE(handlers.call(3, event_of("G1"), done));
  CHECK(called == "ab");
  CHECK(handlers.signals() == std::vector<std::size_t>{3, 4});
}

TEST_CASE("one that throws keeps no other from its event, and alone is called again") {
  detail::handlers handlers;
  int bad = 0;
  int good = 0;
  const auto first = handlers.add(0,
                                  [&](const any_event&) {
                                    if (bad++ < 2) throw std::runtime_error{"no"};
                                  },
                                  {});
  const auto second = handlers.add(0, [&](const any_event&) { ++good; }, {});
  detail::calls done;
  CHECK(handlers.call(0, event_of("G1"), done));
  CHECK(handlers.call(0, event_of("G1"), done));
  CHECK_FALSE(handlers.call(0, event_of("G1"), done));
  CHECK(bad == 3);
  CHECK(good == 1);
}

template <class Thrown>
bool holds(const std::exception_ptr& failure) {
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (const Thrown&) {
    return true;
  } catch (...) {
  }
  return false;
}

TEST_CASE("an event is not given up for one handler while another asks for later") {
  detail::handlers handlers;
  bool down = true;
  int rejecting = 0;
  const auto first = handlers.add(0,
                                  [&](const any_event&) {
                                    ++rejecting;
                                    throw reject{"no"};
                                  },
                                  {});
  const auto second = handlers.add(0, [](const any_event&) { throw std::logic_error{"no"}; }, {});
  const auto third = handlers.add(0,
                                  [&](const any_event&) {
                                    if (down) throw try_later{"down"};
                                  },
                                  {});
  detail::calls calls;
  CHECK(holds<try_later>(handlers.call(0, event_of("G1"), calls)));
  CHECK(holds<try_later>(handlers.call(0, event_of("G1"), calls)));
  down = false;
  CHECK(holds<std::logic_error>(handlers.call(0, event_of("G1"), calls)));
  CHECK(rejecting == 1);
  second->connected = false;
  CHECK(holds<reject>(handlers.call(0, event_of("G1"), calls)));
  CHECK(rejecting == 1);
}

TEST_CASE("a handler of one merchant is called for that merchant's events alone") {
  detail::handlers handlers;
  int calls = 0;
  const auto only = handlers.add(
      0, [&](const any_event&) { ++calls; }, "G1");
  detail::calls done;
  CHECK_FALSE(handlers.call(0, event_of("G1"), done));
  CHECK_FALSE(handlers.call(0, event_of("G2"), done));
  CHECK(calls == 1);
}

subscriber make() {
  return subscriber{{.bootstrap_servers = "127.0.0.1:1", .group = "test"}};
}

TEST_CASE("a connection disconnects when it ends, is moved, or is told to") {
  auto subscriber = make();
  const auto handler = [](const event<payment>&) {};
  connection kept;
  CHECK_FALSE(kept.connected());
  {
    connection made = subscriber.on<payment_settled>(handler);
    CHECK(made.connected());
    kept = std::move(made);
  }
  CHECK(kept.connected());
  kept.disconnect();
  CHECK_FALSE(kept.connected());
  kept.disconnect();
  kept = subscriber.on<payment_settled>(handler);
  CHECK(kept.connected());
  kept.release();
  CHECK_FALSE(kept.connected());
}

TEST_CASE("handlers connect by type, by name, whole or in the seed's three parts") {
  auto subscriber = make();
  std::vector<connection> all;
  all.push_back(subscriber.on<payment_settled>([](const event<payment>&) {}));
  all.push_back(subscriber.on<invoice_paid>(
      [](const sender&, const invoice&, const text& /*notification*/) {}));
  all.push_back(subscriber.on("subscription_charged", [](const event<subscription>&) {}));
  all.push_back(subscriber.on(
      "payment_settled", [](const any_event&) {}, "G1"));
  for (const connection& each : all) CHECK(each.connected());
  CHECK_THROWS_AS(all.push_back(subscriber.on("payment_settled", [](const event<invoice>&) {})),
                  error);
  CHECK_THROWS_AS(all.push_back(subscriber.on("no_signal", [](const any_event&) {})), error);
}

std::string refusal_of(sinyal::subscriber& subscriber) {
  try {
    subscriber.run();
  } catch (const error& refusal) {
    return refusal.what();
  }
  return {};
}

TEST_CASE("a signal whose connections have all ended is not read, so none of its events is lost") {
  detail::handlers handlers;
  const auto ended = handlers.add(2, [](const any_event&) {}, {});
  const auto kept = handlers.add(3, [](const any_event&) {}, {});
  ended->connected = false;
  CHECK(handlers.signals() == std::vector<std::size_t>{3});
  CHECK(handlers.abandoned() == std::vector<std::size_t>{2});

  auto subscriber = make();
  static_cast<void>(subscriber.on<payment_settled>([](const event<payment>&) {}));
  const std::string said = refusal_of(subscriber);
  CHECK(said.find("no handler is connected") != said.npos);
  CHECK(said.find("keep what on() returns") != said.npos);
}

TEST_CASE("an event that nobody is connected to any more is told from one that was handled") {
  detail::handlers handlers;
  const auto only = handlers.add(
      0, [](const any_event&) {}, "G1");
  detail::calls another_merchant;
  CHECK_FALSE(handlers.call(0, event_of("G2"), another_merchant));
  CHECK_FALSE(another_merchant.nobody);
  only->connected = false;
  detail::calls after;
  CHECK_FALSE(handlers.call(0, event_of("G1"), after));
  CHECK(after.nobody);
}

TEST_CASE("a handler that is empty is refused when it is connected") {
  auto subscriber = make();
  connection made;
  const std::function<void(const event<payment>&)> empty;
  const std::function<void(const any_event&)> any;
  void (*const none)(const event<payment>&) = nullptr;
  CHECK_THROWS_AS(made = subscriber.on<payment_settled>(empty), error);
  CHECK_THROWS_AS(made = subscriber.on("payment_settled", any), error);
  CHECK_THROWS_AS(made = subscriber.on("payment_settled", none), error);
  CHECK_NOTHROW(made = subscriber.on<payment_settled>(+[](const event<payment>&) {}));
}

TEST_CASE("after disconnect returns the handler is not running") {
  detail::handlers handlers;
  std::atomic<bool> entered{false};
  std::atomic<bool> left{false};
  const auto slot = handlers.add(0,
                                 [&](const any_event&) {
                                   entered = true;
                                   std::this_thread::sleep_for(std::chrono::milliseconds{50});
                                   left = true;
                                 },
                                 {});
  std::thread caller{[&] {
    detail::calls done;
    handlers.call(0, event_of("G1"), done);
  }};
  while (!entered) std::this_thread::yield();
  {
    const std::lock_guard wait{slot->running};  // what disconnect() does
    slot->connected = false;
    CHECK(left);
  }
  caller.join();
}

TEST_CASE("a handler may disconnect itself and connect another") {
  detail::handlers handlers;
  int calls = 0;
  std::shared_ptr<detail::slot> self;
  std::shared_ptr<detail::slot> added;
  self = handlers.add(0,
                      [&](const any_event&) {
                        ++calls;
                        const std::lock_guard lock{self->running};
                        self->connected = false;
                        added = handlers.add(0, [&](const any_event&) { calls += 10; }, {});
                      },
                      {});
  detail::calls done;
  handlers.call(0, event_of("G1"), done);
  handlers.call(0, event_of("G1"), done);
  CHECK(calls == 11);
}

}  // namespace
}  // namespace sinyal
