// The loop against a strict fake: an error at every step, and rebalances in between. What counts is
// always the same: each raw record's signal is there once, and the sequence of its subject has no
// gap, which it would have were state lost, doubled or taken from an aborted batch.

#include "broker/lifecycle/processor.hpp"

#include "tests/lifecycle/bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace {

using namespace sinyal;
using namespace std::chrono_literals;
using lifecycle::processor;
using test::bench;
using test::check_whole;
using test::failure;
using test::fault;

}  // namespace

TEST_CASE("everything read is published once, and the group's offsets follow") {
  bench at;
  at.fill(1000);
  CHECK(at.run() == processor::outcome::stopped);
  check_whole(at);
  CHECK(at.ready_at_end);
  CHECK(at.log.group_offsets[0] == 500);
  CHECK(at.log.closes == 1);
}

TEST_CASE("an error at any step of the transaction loses and doubles nothing") {
  struct row {
    const char* name;
    fault injected;
    int opens;  // 2: started anew
  };
  std::vector<row> rows;
  const std::vector<std::pair<const char*, int>> steps{
      {"begin", 0}, {"write", 0}, {"write", 1}, {"write", 250}, {"send_offsets", 0}, {"commit", 0}};
  for (const auto& [call, skip] : steps) {
    for (int times = 1; times <= 3; ++times) {
      rows.push_back({"retriable", {call, failure(failure_class::retriable), skip, times}, 1});
    }
    const bool begins = std::string_view{call} == "begin";
    if (!begins) {
      rows.push_back({"abortable", {call, failure(failure_class::abortable), skip, 2}, 1});
      rows.push_back({"record", {call, failure(failure_class::record), skip, 3}, 1});
      rows.push_back({"topic", {call, failure(failure_class::topic), skip, 3}, 1});
    }
    rows.push_back({"fatal", {call, failure(failure_class::fatal), skip, 1}, 2});
    rows.push_back({"fenced by a timeout", {call, failure(failure_class::fenced), skip, 1}, 2});
  }
  rows.push_back(
      {"commit landed, answer lost", {"commit", failure(failure_class::fatal), 0, 1, true}, 2});
  rows.push_back({"the second commit landed, answer lost",
                  {"commit", failure(failure_class::fenced), 1, 1, true},
                  2});
  for (const row& each : rows) {
    CAPTURE(each.name);
    CAPTURE(each.injected.call);
    CAPTURE(each.injected.skip);
    CAPTURE(each.injected.times);
    bench at;
    at.fill(900);
    at.log.faults = {each.injected};
    CHECK(at.run() == processor::outcome::stopped);
    check_whole(at);
    CHECK(at.ready_at_end);
    CHECK(at.log.opens == each.opens);
    CHECK(at.log.faults[0].times == 0);
  }
}

TEST_CASE("an abort that fails in turn") {
  struct row {
    failure_class what;
    int opens;
  };
  for (const row& each : {row{failure_class::retriable, 1}, row{failure_class::abortable, 2},
                          row{failure_class::fatal, 2}, row{failure_class::fenced, 2}}) {
    CAPTURE(static_cast<int>(each.what));
    bench at;
    at.fill(100);
    at.log.faults = {{"write", failure(failure_class::abortable), 7, 1},
                     {"abort", failure(each.what), 0, 1}};
    CHECK(at.run() == processor::outcome::stopped);
    check_whole(at);
    CHECK(at.log.opens == each.opens);
  }
}

TEST_CASE("a commit that never returns has an unknown outcome: everything is started anew") {
  bench at;
  at.fill(100);
  at.settings.lifecycle.transaction_timeout_ms = 30;
  at.log.faults = {{"commit", failure(failure_class::retriable), 0, 2, true}};
  at.log.faults[0].times = 1;
  at.log.faults.push_back({"commit", failure(failure_class::fatal), 0, 1});
  CHECK(at.run() == processor::outcome::stopped);
  check_whole(at);
  CHECK(at.log.opens == 2);
}

TEST_CASE("another process of the same name ends this one, at any step") {
  for (const char* call : {"open", "poll", "begin", "write", "send_offsets", "commit"}) {
    CAPTURE(call);
    bench at;
    at.fill(50);
    at.log.faults = {{call, failure(failure_class::replaced), 0, 1}};
    CHECK(at.run() == processor::outcome::failed);
    CHECK(at.log.outputs.empty());
    CHECK(at.log.opens <= 1);
    CHECK(at.told.says("client id other, host elsewhere"));
  }
}

TEST_CASE("fenced: the rival shows itself while the consumer is polled on") {
  bench at;
  at.fill(50);
  at.settings.waits.fenced_watch = 10s;
  at.log.faults = {{"commit", failure(failure_class::fenced), 0, 1}};
  at.log.before_poll = [&at] {
    if (at.log.faults[0].times == 0 && at.log.faults.size() == 1) {
      at.log.faults.push_back({"poll", failure(failure_class::replaced), 3, 1});
    }
  };
  CHECK(at.run() == processor::outcome::failed);
  CHECK(at.log.opens == 1);
  CHECK(at.log.outputs.empty());
}

TEST_CASE("more than three restarts in five minutes end the process") {
  bench at;
  at.fill(50);
  at.log.faults = {{"commit", failure(failure_class::fatal), 0, 4}};
  CHECK(at.run() == processor::outcome::failed);
  CHECK(at.log.opens == 4);
  CHECK(at.log.closes == 4);
}

TEST_CASE("outages that sessions run into after they have worked do not end the process") {
  bench at;
  at.settings.lifecycle.batch_records_max = 10;
  at.settings.lifecycle.transaction_timeout_ms = 1;  // how long a commit is asked for
  at.fill(80);
  int session = 0;
  at.log.before_poll = [&] {
    if (std::exchange(session, at.log.opens) == at.log.opens) return;
    at.log.faults = {{"commit", failure(failure_class::retriable), 1, 1000000}};
  };
  CHECK(at.run() == processor::outcome::stopped);
  check_whole(at);
  CHECK(at.log.opens > 4);
}

TEST_CASE("opening is tried again while Kafka does not answer") {
  bench at;
  at.fill(50);
  at.log.faults = {{"open", failure(failure_class::retriable), 0, 3}};
  CHECK(at.run() == processor::outcome::stopped);
  check_whole(at);
}

TEST_CASE("a rebalance at any poll loses and doubles nothing") {
  for (int when = 1; when < 60; when += 3) {
    for (const bool lost : {false, true}) {
      CAPTURE(when);
      CAPTURE(lost);
      bench at;
      at.settings.lifecycle.batch_records_max = 10;
      at.fill(60);
      int polls = 0;
      at.log.before_poll = [&] {
        ++polls;
        if (polls == when) at.log.rebalance({1}, lost);
        if (polls == when + 20) at.log.rebalance({0, 1}, lost);
      };
      CHECK(at.run() == processor::outcome::stopped);
      check_whole(at);
      CHECK(at.ready_at_end);
    }
  }
}

TEST_CASE("a state topic that lost subjects while they were in memory stops its partition") {
  bench at;
  at.fill(60);
  at.log.on_idle = [&](int idle) {
    if (idle == 30) {  // it is made anew, and a notification of another subject comes
      at.log.states[0] = {};
      at.log.lost_state = true;
      at.log.raws[0].push_back({test::key_in(0, 7), "x"});
    }
    if (idle == 60) at.log.faults = {{"poll", failure(failure_class::fatal)}};  // a new session
    if (idle == 90) at.subject->request_stop();
  };
  CHECK(at.run() == processor::outcome::stopped);
  CHECK(at.log.group_offsets[0] == 31);
  CHECK(at.told.says("the state has 1 subjects, but was left with 4"));
  CHECK(at.told.says("sinyal rebuild"));
}

TEST_CASE("a partition that comes back catches up with what others wrote meanwhile") {
  bench at;
  at.fill(60);
  bool taken = false;
  at.log.on_idle = [&](int idle) {
    if (idle == 30) at.log.rebalance({1});
    if (idle == 40 && !taken) {
      taken = true;
      // Another member goes on with partition 0 for one record.
      at.log.raws[0].push_back({test::key_in(0, 0), "x"});
      auto& state = at.log.states[0];
      state.records.push_back({state.end++, test::key_in(0, 0), "11"});
      state.records.push_back({state.end++, "position", R"({"offset":31})"});
      ++state.end;
      at.log.group_offsets[0] = 31;
      at.log.raws[0].push_back({test::key_in(0, 0), "y"});
      at.log.rebalance({0, 1});
      at.log.calls.clear();
    }
    if (idle == 80) at.subject->request_stop();
  };
  CHECK(at.run() == processor::outcome::stopped);
  CHECK(*at.log.outputs.back().record.value == "12");
  // From where its reading had stopped, not from the beginning.
  CHECK(std::count(at.log.calls.begin(), at.log.calls.end(), "start_state 0") > 0);
}

TEST_CASE("the culprit of a batch is found by halving, and quarantined alone") {
  for (const char* value : {"huge", "throw"}) {
    CAPTURE(value);
    bench at;
    at.fill(900);
    at.log.raws[1][333].value = value;
    at.log.refuses = [](const codec::outgoing_record& record) {
      return record.headers.find("huge").has_value();
    };
    CHECK(at.run() == processor::outcome::stopped);
    check_whole(at, 1);
    CHECK(at.ready_at_end);
    const auto quarantined = std::count_if(
        at.log.outputs.begin(), at.log.outputs.end(),
        [](const auto& each) { return each.record.to == codec::destination::quarantine; });
    CHECK(quarantined == 1);
    CHECK(at.log.opens == 1);
  }
}

TEST_CASE("a record that not even quarantine takes stops its partition, and only that") {
  bench at;
  at.fill(100);
  at.log.raws[1][20].value = "huge";
  at.log.refuses = [](const codec::outgoing_record& record) {
    return record.headers.find("huge").has_value() || record.to == codec::destination::quarantine;
  };
  CHECK(at.run() == processor::outcome::stopped);
  CHECK_FALSE(at.ready_at_end);
  CHECK(at.log.group_offsets[0] == 50);
  CHECK(at.log.group_offsets[1] == 20);
}

TEST_CASE("state that cannot be read stops its partition before anything is published") {
  bench at;
  at.fill(100);
  at.log.raws[1][20].value = "unreadable";
  CHECK(at.run() == processor::outcome::stopped);
  CHECK_FALSE(at.ready_at_end);
  CHECK(at.log.group_offsets[0] == 50);
  CHECK(at.log.group_offsets[1] == 0);
}

TEST_CASE("missing rights to a topic stop the partition that needs it") {
  bench at;
  at.fill(100);
  at.log.faults = {
      {"commit", failure(failure_class::topic, "TOPIC_AUTHORIZATION_FAILED"), 0, 1000}};
  CHECK(at.run() == processor::outcome::stopped);
  CHECK_FALSE(at.ready_at_end);
  CHECK(at.log.outputs.empty());
}

TEST_CASE("state of subjects that belong elsewhere by now stops its partition, and is not mixed") {
  bench at;
  at.fill(40);
  CHECK(at.run() == processor::outcome::stopped);
  const auto before = at.log.outputs.size();
  // kafka.partitions and the topics have grown together: half of the keys have moved
  const std::int32_t grown = 2 * test::partitions;
  at.settings.partitions = grown;
  at.log.assignment = {0, 1, 2, 3};
  at.log.raws[core::partition_of(test::key_in(0, 0), grown)].push_back(
      {test::key_in(0, 0), "told again"});
  at.log.on_idle = nullptr;
  CHECK(at.run() == processor::outcome::stopped);
  CHECK_FALSE(at.ready_at_end);
  CHECK(at.told.says("keys have moved"));
  CHECK(at.log.outputs.size() <= before + 1);
}

TEST_CASE("a partition beyond the configured count is not read") {
  bench at;
  at.fill(40);
  at.log.raws[2].push_back({"M:payment:9", "moved"});
  at.log.assignment = {0, 1, 2};
  CHECK(at.run() == processor::outcome::stopped);
  CHECK_FALSE(at.ready_at_end);
  check_whole(at, 1);
}

TEST_CASE("in memory, an abort ends the process and nothing is restored") {
  bench at;
  at.settings.in_memory = true;
  at.log.restores = false;
  at.fill(40);
  at.log.faults = {{"write", failure(failure_class::abortable), 30, 1}};
  CHECK(at.run() == processor::outcome::failed);
  CHECK(at.log.opens == 1);
  CHECK(std::count(at.log.calls.begin(), at.log.calls.end(), "committed") == 0);
}

TEST_CASE("in memory, a rebalance goes on from memory") {
  bench at;
  at.settings.in_memory = true;
  at.log.restores = false;
  at.fill(60);
  int polls = 0;
  at.log.before_poll = [&] {
    if (++polls == 70) at.log.rebalance({0, 1});
  };
  CHECK(at.run() == processor::outcome::stopped);
  check_whole(at);
}
