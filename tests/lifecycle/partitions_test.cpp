#include "broker/lifecycle/partitions.hpp"

#include "tests/support/fake_lifecycle_log.hpp"

#include <doctest/doctest.h>

TEST_CASE("a member without partitions is ready, one whose partitions were taken is not") {
  using namespace sinyal;
  test::fake_lifecycle_log log;
  observe::metrics metrics;
  observe::logger logger{{observe::log_level::error}};
  lifecycle::partitions subject{{}, log, metrics, logger};
  CHECK_FALSE(subject.ready());
  subject.assigned({});
  CHECK(subject.ready());
  subject.revoked({});
  CHECK_FALSE(subject.ready());  // the next assignment does not come while the raw log is gone
  subject.assigned({});
  CHECK(subject.ready());
}
