#include "connectors/subscriber/src/kafka.hpp"

#include "connectors/subscriber/src/consumer.hpp"
#include "connectors/subscriber/src/dead_letters.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <stdexcept>
#include <string>

namespace sinyal::detail {
namespace {

const settings nowhere{.bootstrap_servers = "127.0.0.1:1", .group = "test"};

TEST_CASE("a log of the user's that throws disturbs nobody") {
  int calls = 0;
  settings told = nowhere;
  told.log = [&](severity, std::string_view) {
    ++calls;
    throw std::runtime_error{"the disk is full"};
  };
  CHECK_NOTHROW(reporter{told}(severity::info, "a line"));
  CHECK(calls == 1);
}

TEST_CASE(
    "fetching goes on soon after a full queue, where librdkafka can be told, or as the user says") {
  std::string value(16, '\0');
  const auto backoff = [&](const settings& told) {
    std::size_t size = value.size();
    const conf_handle conf = consumer_conf(told);
    const auto found = rd_kafka_conf_get(conf.get(), "fetch.queue.backoff.ms", value.data(), &size);
    return found == RD_KAFKA_CONF_OK ? std::optional{std::string{value.c_str()}} : std::nullopt;
  };
  const auto ours = backoff(nowhere);
  if (!ours) return;  // before 2.2, where consumer_conf() must not mind
  CHECK(ours == "50");
  settings told = nowhere;
  told.properties["fetch.queue.backoff.ms"] = "700";
  CHECK(backoff(told) == "700");
}

TEST_CASE("a client of dead letters that has failed for good ends the run") {
  dead_letters letters{nowhere};
  CHECK_NOTHROW(letters.fail_if_fatal());
  REQUIRE(rd_kafka_test_fatal_error(letters.client(),
                                    RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                                    "of a test") == RD_KAFKA_RESP_ERR_NO_ERROR);
  CHECK_THROWS_WITH_AS(letters.fail_if_fatal(),
                       doctest::Contains("test.dead-letters has failed for good"), error);
}

TEST_CASE("a member that has failed for good ends at once, and its partitions are let go") {
  int revoked = 0;
  {
    consumer member{nowhere,
                    {[](const std::string&, std::int32_t) {}, [&](bool lost) { revoked += lost; }}};
    member.subscribe({"topic"});
    REQUIRE(rd_kafka_test_fatal_error(member.client(), RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID,
                                      "of a test") == RD_KAFKA_RESP_ERR_NO_ERROR);
    CHECK_THROWS_AS(member.poll(std::chrono::milliseconds{0}), error);
  }
  CHECK(revoked == 1);
}

}  // namespace
}  // namespace sinyal::detail
