// A shop that ships on settlement, releases stock when an order is given up, and thanks on refund.
//
//   shop BOOTSTRAP_SERVERS DATABASE [TOPIC_PREFIX [INSTANCE]]

#include "shop.hpp"

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <sinyal/subscriber.hpp>

namespace {

sinyal::subscriber* running = nullptr;

extern "C" void on_signal(int) {
  running->stop();
}

}  // namespace

int main(int count, char** arguments) try {
  if (count < 3) {
    std::cerr << "shop BOOTSTRAP_SERVERS DATABASE [TOPIC_PREFIX [INSTANCE]]\n";
    return 2;
  }
  shop shop{arguments[2]};
  sinyal::subscriber subscriber{{.bootstrap_servers = arguments[1],
                                 .group = "shop",
                                 .instance = count > 4 ? arguments[4] : "",
                                 .topic_prefix = count > 3 ? arguments[3] : "midtrans"}};

  using payment_event = sinyal::event<sinyal::payment>;
  const auto shipping =
      subscriber.on<sinyal::payment_settled>([&](const payment_event& event) { shop.ship(event); });
  const auto stock = subscriber.on<sinyal::payment_expired>(
      [&](const payment_event& event) { shop.release_stock(event); });
  const auto thanks = subscriber.on<sinyal::payment_refunded>(
      [&](const payment_event& event) { shop.thank(event); });

  running = &subscriber;
  std::signal(SIGTERM, on_signal);
  std::signal(SIGINT, on_signal);
  subscriber.run();
  return EXIT_SUCCESS;
} catch (const std::exception& failure) {
  std::cerr << "shop: " << failure.what() << '\n';
  return EXIT_FAILURE;
}
