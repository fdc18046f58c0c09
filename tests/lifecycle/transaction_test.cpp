// Every step against every class of failure: what comes next.

#include "broker/lifecycle/transaction.hpp"

#include "broker/lifecycle/batch_sizer.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

namespace {

using namespace sinyal;
using namespace std::chrono_literals;
using lifecycle::batch_sizer;
using lifecycle::transaction;
using step = transaction::step;
using what = failure_class;

constexpr std::array classes_of_failures{what::retriable, what::abortable, what::record,
                                         what::topic,     what::partition, what::fenced,
                                         what::replaced,  what::fatal};

log_failure failure(what kind, std::string reason = "REASON") {
  return {kind, std::move(reason), "text", {}};
}

/// A transaction whose next call is this one; `abort` after an abortable failure.
transaction at(step wanted) {
  transaction machine{100ms};
  if (wanted == step::abort) {
    machine.succeeded();
    machine.failed(failure(what::abortable, "FIRST"), 0ms);
    return machine;
  }
  while (machine.next() != wanted) machine.succeeded();
  return machine;
}

}  // namespace

TEST_CASE("a transaction that nothing disturbs") {
  transaction machine{100ms};
  for (const step each : {step::begin, step::write, step::send_offsets, step::commit}) {
    CHECK(machine.next() == each);
    CHECK_FALSE(machine.ended());
    machine.succeeded();
  }
  CHECK(machine.next() == step::committed);
  CHECK(machine.ended());
  CHECK_FALSE(machine.why());
}

TEST_CASE("a commit that did not return is never aborted and done again") {
  for (const what kind : classes_of_failures) {
    CAPTURE(static_cast<int>(kind));
    transaction machine = at(step::commit);
    machine.failed(failure(what::retriable, "FIRST"), 10ms);
    CHECK(machine.next() == step::commit);
    machine.failed(failure(kind), 10ms);
    CHECK(machine.next() == (kind == what::retriable ? step::commit : step::broken));
  }
}

TEST_CASE("every failure at every step") {
  struct row {
    step during;
    what kind;
    std::chrono::milliseconds elapsed;
    step next;
  };
  std::vector<row> rows{
      {step::begin, what::retriable, 10ms, step::begin},
      {step::begin, what::retriable, 100ms, step::broken},
      {step::write, what::retriable, 10ms, step::abort},  // again would write twice
      {step::send_offsets, what::retriable, 10ms, step::send_offsets},
      {step::send_offsets, what::retriable, 100ms, step::abort},
      {step::commit, what::retriable, 10ms, step::commit},
      {step::commit, what::retriable, 100ms, step::broken},  // the outcome is unknown
      {step::abort, what::retriable, 10ms, step::abort},
      {step::abort, what::retriable, 100ms, step::broken},
  };
  for (const step during : {step::begin, step::write, step::send_offsets, step::commit}) {
    for (const what kind : {what::abortable, what::record, what::topic, what::partition}) {
      rows.push_back({during, kind, 0ms, step::abort});
    }
  }
  for (const what kind : {what::abortable, what::record, what::topic, what::partition}) {
    rows.push_back({step::abort, kind, 0ms, step::broken});
  }
  for (const step during :
       {step::begin, step::write, step::send_offsets, step::commit, step::abort}) {
    for (const what kind : {what::fenced, what::replaced, what::fatal}) {
      rows.push_back({during, kind, 0ms, step::broken});
    }
  }
  for (const row& each : rows) {
    CAPTURE(static_cast<int>(each.during));
    CAPTURE(static_cast<int>(each.kind));
    transaction machine = at(each.during);
    machine.failed(failure(each.kind), each.elapsed);
    CHECK(machine.next() == each.next);
    if (each.next == step::broken) CHECK(machine.why()->what == each.kind);
  }
}

TEST_CASE("an abort keeps the reason that led to it") {
  transaction machine = at(step::abort);
  machine.succeeded();
  CHECK(machine.next() == step::aborted);
  CHECK(machine.why()->reason == "FIRST");
}

TEST_CASE("what has ended stays ended") {
  transaction machine = at(step::committed);
  machine.failed(failure(what::fatal), 0ms);
  machine.succeeded();
  CHECK(machine.next() == step::committed);
}

TEST_CASE("a batch grows until its commit is a quarter of the cycle") {
  batch_sizer sizer{5000};
  CHECK(sizer.limit() == 500);
  sizer.committed(500, 10ms, 40ms);
  CHECK(sizer.limit() == 500);  // just a quarter
  sizer.committed(400, 30ms, 40ms);
  CHECK(sizer.limit() == 500);  // there was no more to take
  sizer.committed(500, 11ms, 40ms);
  CHECK(sizer.limit() == 1000);
  for (int i = 0; i < 5; ++i) sizer.committed(sizer.limit(), 30ms, 40ms);
  CHECK(sizer.limit() == 5000);
  CHECK(batch_sizer{20}.limit() == 20);
  CHECK(batch_sizer{0}.limit() == 1);
}

TEST_CASE("what may mend is tried again as it was") {
  batch_sizer sizer{500};
  for (int i = 0; i < 10; ++i) {
    for (const what kind : {what::abortable, what::retriable}) {
      CHECK(sizer.aborted(500, {0, 0}, failure(kind)) == batch_sizer::advice::again);
    }
  }
  CHECK(sizer.limit() == 500);
}

TEST_CASE("twice the same reason that cannot mend halves the batch down to one record") {
  batch_sizer sizer{8};
  const auto too_large = failure(what::record, "MSG_SIZE_TOO_LARGE");
  for (const std::uint32_t size : {8U, 4U, 2U}) {
    CHECK(sizer.limit() == size);
    CHECK(sizer.aborted(size, {0, 0}, too_large) == batch_sizer::advice::again);
    CHECK(sizer.limit() == size);
    CHECK(sizer.aborted(size, {0, 0}, too_large) == batch_sizer::advice::again);
  }
  CHECK(sizer.limit() == 1);
  CHECK(sizer.aborted(1, {0, 7}, too_large) == batch_sizer::advice::again);
  CHECK(sizer.aborted(1, {0, 7}, too_large) == batch_sizer::advice::condemn);
}

TEST_CASE("two different reasons are not the same twice") {
  batch_sizer sizer{8};
  CHECK(sizer.aborted(8, {0, 0}, failure(what::record, "A")) == batch_sizer::advice::again);
  CHECK(sizer.aborted(8, {0, 0}, failure(what::record, "B")) == batch_sizer::advice::again);
  CHECK(sizer.limit() == 8);
}

TEST_CASE("a suspect stays one while records of other partitions are committed in between") {
  batch_sizer sizer{2};
  const auto too_large = failure(what::record, "MSG_SIZE_TOO_LARGE");
  CHECK(sizer.aborted(1, {3, 9}, too_large) == batch_sizer::advice::again);
  sizer.committed(1, 1ms, 10ms);
  CHECK(sizer.aborted(1, {3, 9}, too_large) == batch_sizer::advice::condemn);
}

TEST_CASE("one record that a missing topic holds up stops its partition") {
  batch_sizer sizer{2};
  const auto missing = failure(what::topic, "UNKNOWN_TOPIC_OR_PART");
  CHECK(sizer.aborted(1, {3, 9}, missing) == batch_sizer::advice::again);
  CHECK(sizer.aborted(1, {3, 9}, missing) == batch_sizer::advice::stop);
}
