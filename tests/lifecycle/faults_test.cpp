// Every call of a session fails in every way, once, twice and for ever; and at every call the group
// goes on without us. Each time the session ends in the right class, and what is visible is what an
// undisturbed run makes of the records up to the committed offsets.

#include "tests/lifecycle/disturbed.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace sinyal;
using namespace std::chrono_literals;
using lifecycle::processor;
using test::disturbed_session;
using test::failure;
using test::fault;
using what = failure_class;

constexpr int for_ever = 1000000;
constexpr int idle_polls = 4;    // at an undisturbed session's end
constexpr int calls_max = 1500;  // an undisturbed session makes a hundred

enum class ending : std::uint8_t {
  healed,     // all is published, by the same session
  restarted,  // all is published, by a later session: the handles were replaced
  gave_up,    // one restart too many: exit 1
  replaced,   // another process has the name: exit 1 at once
  stopped,    // partitions stopped: not ready, until a person has looked
  waiting,    // tried again until it is asked to end
};
constexpr std::array ending_names{"healed",   "restarted", "gave_up",
                                  "replaced", "stopped",   "waiting"};
std::string name(ending how) {
  return ending_names[static_cast<std::size_t>(how)];
}

/// What a failure leads to that mends after one or two times, and one that lasts.
struct fate {
  ending mending, lasting;
};
constexpr fate again{ending::healed, ending::waiting};
constexpr fate in_doubt{ending::healed, ending::gave_up};  // the outcome is unknown in the end
constexpr fate halved{ending::healed, ending::stopped};    // aborted until the culprit is alone
constexpr fate stops{ending::stopped, ending::stopped};
constexpr fate anew{ending::restarted, ending::gave_up};
constexpr fate over{ending::replaced, ending::replaced};

constexpr std::array classes{what::retriable, what::abortable, what::record,   what::topic,
                             what::partition, what::fenced,    what::replaced, what::fatal};
struct rule {
  const char* call;
  std::array<fate, classes.size()> fates;
};
// clang-format off
const std::vector<rule> rules{
    //               retriable abortable record  topic   partition fenced replaced fatal
    {"open",         {again,    anew,     anew,   anew,   anew,     anew,  over,    anew}},
    {"committed",    {again,    again,    stops,  stops,  stops,    anew,  over,    anew}},
    {"state_ends",   {again,    again,    stops,  stops,  stops,    anew,  over,    anew}},
    {"start_state",  {anew,     anew,     anew,   anew,   anew,     anew,  over,    anew}},
    {"poll_state",   {anew,     anew,     anew,   anew,   anew,     anew,  over,    anew}},
    {"raw_range",    {again,    again,    stops,  stops,  stops,    anew,  over,    anew}},
    {"resume",       {again,    anew,     anew,   anew,   anew,     anew,  over,    anew}},
    {"poll",         {again,    anew,     stops,  stops,  stops,    anew,  over,    anew}},
    {"begin",        {in_doubt, again,    halved, halved, stops,    anew,  over,    anew}},
    {"write",        {again,    again,    halved, halved, stops,    anew,  over,    anew}},
    {"send_offsets", {again,    again,    halved, halved, stops,    anew,  over,    anew}},
    {"commit",       {in_doubt, again,    halved, halved, stops,    anew,  over,    anew}},
    // after a write that was to be aborted:
    {"abort",        {in_doubt, anew,     anew,   anew,   anew,     anew,  over,    anew}},
    {"seek",         {anew,     anew,     anew,   anew,   anew,     anew,  over,    anew}},
};
// clang-format on

ending how_it_ended(disturbed_session& at, processor::outcome outcome) {
  const bool first = at.log().closes == 1;
  if (outcome == processor::outcome::failed) return first ? ending::replaced : ending::gave_up;
  if (at.done() && at.ready()) return first ? ending::healed : ending::restarted;
  return at.told("partition stopped") ? ending::stopped : ending::waiting;
}

std::map<std::string, int> calls_of_an_undisturbed_session() {
  disturbed_session at;
  CHECK(at.run(calls_max) == processor::outcome::stopped);
  CHECK((at.done() && at.ready()));
  CHECK(at.broken_rule() == "");
  return at.log().asked;
}

void check(const std::vector<fault>& faults, const rule& which, std::size_t kind) {
  const fault& last = faults.back();
  CAPTURE(last.call);
  CAPTURE(kind);
  CAPTURE(last.skip);
  CAPTURE(last.times);
  CAPTURE(last.lands);
  disturbed_session at;
  at.log().faults = faults;
  const bool lasts = last.times == for_ever;
  if (lasts) at.settings().lifecycle.transaction_timeout_ms = 0;
  const auto outcome = at.run(calls_max);
  const fate expected = which.fates[kind];
  CHECK(name(how_it_ended(at, outcome)) == name(lasts ? expected.lasting : expected.mending));
  CHECK(at.broken_rule() == "");
}

}  // namespace

TEST_CASE("every call fails in every way, once, twice and for ever") {
  const auto asked = calls_of_an_undisturbed_session();
  int cases = 0;
  for (const rule& each : rules) {
    const std::string call = each.call;
    const bool after_abort = call == "abort" || call == "seek";
    int occasions = after_abort ? 3 : asked.at(call);
    if (call == "poll") occasions -= idle_polls;  // what fails then has nothing left to harm
    const int first = call == "poll" ? 1 : 0;     // before that there is nothing to stop
    for (int skip = first; skip < occasions; ++skip) {
      for (std::size_t kind = 0; kind < classes.size(); ++kind) {
        for (const int times : {1, 2, for_ever}) {
          std::vector<fault> faults{{call, failure(classes[kind]), skip, times}};
          if (after_abort) {
            faults = {{"write", failure(what::abortable), skip * 7, times},
                      {call, failure(classes[kind]), 0, times}};
          }
          check(faults, each, kind);
          ++cases;
        }
      }
    }
  }
  MESSAGE(cases << " cases");
}

TEST_CASE("who may not join is told so, and joins once it may") {
  for (const what kind : {what::record, what::topic, what::partition}) {
    disturbed_session at;
    at.log().faults = {{"poll", failure(kind), 0, 2}};
    CHECK(at.run(calls_max) == processor::outcome::stopped);
    CHECK(at.told("no partition is assigned"));
    CHECK((at.done() && at.ready()));
    CHECK(at.broken_rule() == "");
  }
}

TEST_CASE("a consumer that fails with records in hand leaves none of them to the next session") {
  for (int skip = 1; skip < 12; ++skip) {
    CAPTURE(skip);
    disturbed_session at;
    at.log().joining = 1;
    at.log().faults = {{"poll", failure(what::fatal), skip, 1}};
    CHECK(at.run(calls_max) == processor::outcome::stopped);
    CHECK((at.done() && at.ready()));
    CHECK(at.broken_rule() == "");
  }
}

TEST_CASE("a commit whose answer is lost is never done again") {
  const auto commits = calls_of_an_undisturbed_session().at("commit");
  const auto row = std::find_if(rules.begin(), rules.end(), [](const rule& each) {
    return std::string_view{each.call} == "commit";
  });
  for (int skip = 0; skip < commits; ++skip) {
    for (const std::size_t kind : {0U, 5U, 6U, 7U}) {
      for (const int times : {1, 2}) {
        check({{"commit", failure(classes[kind]), skip, times, true}}, *row, kind);
      }
    }
  }
}

TEST_CASE("a commit that landed without an answer and then fails otherwise is not done again") {
  const auto commits = calls_of_an_undisturbed_session().at("commit");
  for (int skip = 0; skip < commits; ++skip) {
    for (const what kind : {what::retriable, what::abortable, what::record, what::topic,
                            what::partition, what::fenced, what::fatal}) {
      CAPTURE(skip);
      CAPTURE(static_cast<int>(kind));
      disturbed_session at;
      at.log().faults = {{"commit", failure(what::retriable), skip, 1, true},
                         {"commit", failure(kind), skip, 1}};
      CHECK(at.run(calls_max) == processor::outcome::stopped);
      CHECK((at.done() && at.ready()));
      CHECK(at.log().closes == (kind == what::retriable ? 1 : 2));
      CHECK(at.broken_rule() == "");
    }
  }
}

TEST_CASE("the group goes on without us, at any call, and others work meanwhile") {
  disturbed_session undisturbed;
  undisturbed.run(calls_max);
  int cases = 0;
  for (int step = 1; step < undisturbed.log().steps; ++step) {
    for (const bool lost : {false, true}) {
      for (const int others : {0, 1, 3}) {
        for (const bool gone_for_a_while : {false, true}) {
          CAPTURE(step);
          CAPTURE(lost);
          CAPTURE(others);
          CAPTURE(gone_for_a_while);
          disturbed_session at;
          at.log().on_step = [&](int now) {
            if (now != step) return;
            at.log().rebalance(gone_for_a_while ? std::vector{1} : std::vector{0, 1}, lost,
                               [&at, others] { at.others_process(0, others); });
            if (gone_for_a_while) {
              at.log().rebalance({0, 1}, lost, [&at, others] { at.others_process(1, others); });
            }
          };
          CHECK(at.run(calls_max) == processor::outcome::stopped);
          CHECK((at.done() && at.ready()));
          CHECK(at.log().closes == 1);
          CHECK(at.broken_rule() == "");
          ++cases;
        }
      }
    }
  }
  MESSAGE(cases << " cases");
}

TEST_CASE("any mixture of what mends by itself and of rebalances loses and doubles nothing") {
  const char* given = std::getenv("SINYAL_SEED");
  const unsigned seed =
      given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
  MESSAGE("seed " << seed);
  std::mt19937 chance{seed};
  const auto below = [&](int end) { return std::uniform_int_distribution{0, end - 1}(chance); };
  constexpr std::array calls{"committed", "state_ends",   "raw_range", "resume", "begin",
                             "write",     "send_offsets", "commit",    "abort",  "seek"};
  constexpr std::array mending{what::retriable, what::abortable, what::fenced, what::fatal};
  for (int round = 0; round < 400; ++round) {
    CAPTURE(round);
    disturbed_session at;
    at.settings().waits.restarts_max = 100;
    for (int i = below(5); i >= 0; --i) {
      const std::string call = calls[static_cast<std::size_t>(below(calls.size()))];
      const what kind = mending[static_cast<std::size_t>(below(mending.size()))];
      const bool lands = call == "commit" && kind != what::abortable && below(2) == 0;
      at.log().faults.push_back({call, failure(kind), below(12), 1 + below(2), lands});
    }
    const int first = below(90);
    const int second = below(90);
    at.log().on_step = [&](int now) {
      if (now != first && now != second) return;
      at.log().rebalance(now == first ? std::vector{0} : std::vector{0, 1}, now % 2 == 0,
                         [&at, now] { at.others_process(now % 2, now % 3); });
      if (now == first) at.log().rebalance({0, 1});
    };
    CHECK(at.run(10 * calls_max) == processor::outcome::stopped);
    CHECK((at.done() && at.ready()));
    CHECK(at.broken_rule() == "");
  }
}
