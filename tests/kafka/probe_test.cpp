// What the watchdog asks before it ends a process that hangs: does Kafka answer anybody?

#include "broker/kafka/probe.hpp"

#include "tests/kafka/cluster.hpp"

#include <doctest/doctest.h>

using namespace sinyal;

TEST_CASE("a cluster that is up answers a new client") {
  const test::cluster mock;
  CHECK(kafka::cluster_answers(mock.settings, test::quiet()));
}

TEST_CASE("where nobody listens nobody answers, and that is said in time") {
  kafka_settings settings;
  settings.bootstrap_servers = "127.0.0.1:1";
  const auto begun = std::chrono::steady_clock::now();
  CHECK_FALSE(kafka::cluster_answers(settings, test::quiet()));
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds{15});
}
