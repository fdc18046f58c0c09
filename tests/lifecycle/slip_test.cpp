// What librdkafka 2.0.2 tells of a position that is not ours must not be taken for ours: a seek
// that was undone by a late answer to an offset query of the assignment, and the placeholder that a
// partition is assigned at until its state is restored.

#include "broker/lifecycle/processor.hpp"
#include "tests/support/fake_lifecycle_log.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <string>

namespace {

using namespace sinyal;
using namespace std::chrono_literals;

/// A loop over one partition that counts how often each offset is handled.
struct counting_loop {
  counting_loop() {
    logger.set_level(observe::log_level::error);
    for (int i = 0; i < 50; ++i) log.raws[0].push_back({"M:payment:A", std::to_string(i)});
    log.assignment = {0};
  }

  void run(const std::function<void(lifecycle::processor&, int)>& idle) {
    lifecycle::processor_settings settings;
    settings.partitions = 1;
    settings.waits.idle_poll = 1ms;
    lifecycle::transformer transformer;
    transformer.apply =
        [this](const codec::record_view& raw,
               std::optional<std::string_view>) -> boost::system::result<lifecycle::transformed> {
      ++handled[raw.offset];
      return lifecycle::transformed{};
    };
    lifecycle::processor subject{settings, transformer, log, metrics, logger};
    log.on_idle = [&](int polls) { idle(subject, polls); };
    CHECK(subject.run() == lifecycle::processor::outcome::stopped);
  }
  void check_each_was_handled_once(std::size_t count, std::int64_t next) {
    CHECK(handled.size() == count);
    for (const auto& [offset, times] : handled) CHECK(times == 1);
    CHECK(log.group_offsets[0] == next);
  }

  test::fake_lifecycle_log log;
  observe::metrics metrics;
  observe::logger logger;
  std::map<std::int64_t, int> handled;
};

}  // namespace

TEST_CASE("a partition that is read from too early on goes back to its position") {
  counting_loop at;
  at.run([&](lifecycle::processor& subject, int idle) {
    if (idle == 10) at.log.slip({0, 0});
    if (idle == 20) {
      at.log.raws[0].push_back({"M:payment:A", "late"});
      at.log.slip({0, 30});
    }
    if (idle == 40) subject.request_stop();
  });
  at.check_each_was_handled_once(51, 51);
}

TEST_CASE("a partition that is read from too far on goes back too") {
  counting_loop at;
  at.run([&](lifecycle::processor& subject, int idle) {
    if (idle == 10) {
      for (const char* late : {"50", "51", "52"}) at.log.raws[0].push_back({"M:payment:A", late});
      at.log.slip({0, 52});
    }
    if (idle == 30) subject.request_stop();
  });
  at.check_each_was_handled_once(53, 53);
}

TEST_CASE("a slip that shows again after what it skipped was read is no hole of the log") {
  counting_loop at;
  bool again = false;
  at.log.before_poll = [&] {  // the second seek is the one back to the aborted batch's beginning
    if (!again && at.log.asked["seek"] == 2) at.log.slip({0, 52});
    again = at.log.asked["seek"] >= 2;
  };
  at.run([&](lifecycle::processor& subject, int idle) {
    if (idle == 10) {
      for (const char* late : {"50", "51", "52"}) at.log.raws[0].push_back({"M:payment:A", late});
      at.log.slip({0, 52});
      at.log.faults = {{"commit", {failure_class::abortable, "INJECTED", "injected", {}}}};
    }
    if (idle == 30) subject.request_stop();
  });
  for (const std::int64_t late : {50, 51, 52}) CHECK(at.handled[late] == 2);
  CHECK(at.log.group_offsets[0] == 53);
}

TEST_CASE("offsets that have no record are looked for once more, then passed over") {
  counting_loop at;
  at.log.holes[0] = {0, 20, 21, 22, 40};  // a transaction's marker, aborted records, a marker
  at.run([&](lifecycle::processor& subject, int idle) {
    if (idle == 30) subject.request_stop();
  });
  at.check_each_was_handled_once(45, 50);
}

TEST_CASE("a placeholder that cannot be read costs a session at most, and stops no partition") {
  counting_loop at;
  at.log.group_offsets[0] = 10;
  at.log.states[0].records = {{0, "position", R"({"offset":10})"}};
  at.log.states[0].end = 1;
  log_failure gone{failure_class::partition, "OFFSET_OUT_OF_RANGE", "injected", 0};
  gone.offset = 0;
  const log_failure busy{failure_class::retriable, "INJECTED", "injected", {}};
  at.log.faults = {{"committed", busy, 0, 3},  // still restoring at the next polls
                   {"poll", gone, 1, 2},
                   {"poll", gone, 8, 1}};  // late: it is being read at its own position already
  at.run([&](lifecycle::processor& subject, int idle) {
    if (idle == 20) subject.request_stop();
  });
  CHECK(at.log.opens == 2);
  at.check_each_was_handled_once(40, 50);
}
