// librdkafka 2.0.2 may undo a seek (a late answer to an offset query of the assignment): what it
// then delivers a second time must not be taken a second time.

#include "broker/lifecycle/processor.hpp"
#include "tests/support/fake_lifecycle_log.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

TEST_CASE("a partition that is read from too early on goes back to its position") {
  using namespace sinyal;
  using namespace std::chrono_literals;
  test::fake_lifecycle_log log;
  observe::metrics metrics;
  observe::logger logger;
  logger.set_level(observe::log_level::error);
  for (int i = 0; i < 50; ++i) log.raws[0].push_back({"M:payment:A", std::to_string(i)});
  log.assignment = {0};
  lifecycle::processor_settings settings;
  settings.partitions = 1;
  settings.waits.idle_poll = 1ms;

  std::map<std::int64_t, int> handled;
  lifecycle::transformer transformer;
  transformer.apply =
      [&](const codec::record_view& raw,
          std::optional<std::string_view>) -> boost::system::result<lifecycle::transformed> {
    ++handled[raw.offset];
    return lifecycle::transformed{};
  };
  lifecycle::processor subject{settings, transformer, log, metrics, logger};
  log.on_idle = [&](int idle) {
    if (idle == 10) log.slip({0, 0});
    if (idle == 20) {
      log.raws[0].push_back({"M:payment:A", "late"});
      log.slip({0, 30});
    }
    if (idle == 40) subject.request_stop();
  };
  CHECK(subject.run() == lifecycle::processor::outcome::stopped);
  CHECK(handled.size() == 51);
  for (const auto& [offset, times] : handled) CHECK(times == 1);
  CHECK(log.group_offsets[0] == 51);
}
