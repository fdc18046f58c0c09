// What a rebuild decides before it writes, and what it does about a log that fails; the bytes that
// it writes are compared in tests/e2e/test_rebuild.py.

#include "broker/lifecycle/rebuild.hpp"

#include "broker/lifecycle/records.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <string>
#include <utility>

namespace {

using namespace sinyal;
using namespace std::chrono_literals;
using maybe = std::optional<std::int64_t>;

/// One partition; strict about the order of a transaction's calls.
class fake_log final : public rebuild_log {
 public:
  std::vector<std::string> in_group;
  maybe offset = 3;
  offset_range range{0, 3};
  std::int64_t state_end = 0;
  bool state_has_record = false;
  std::vector<std::vector<codec::header_view>> quarantined;  // headers of each record
  std::deque<log_failure> commits;                           // that fail, one after the other
  std::vector<std::vector<std::string>> committed_keys;

  log_result<void> open() override { return {}; }
  log_result<std::vector<std::string>> members() override { return in_group; }
  log_result<std::vector<maybe>> committed(std::span<const std::int32_t>) override {
    return std::vector<maybe>{offset};
  }
  log_result<offset_range> raw_range(std::int32_t) override { return range; }
  log_result<std::vector<std::int64_t>> state_ends(std::span<const std::int32_t>) override {
    return std::vector<std::int64_t>{state_end};
  }
  log_result<offset_range> quarantine_range(std::int32_t) override {
    return offset_range{0, static_cast<std::int64_t>(quarantined.size())};
  }
  log_result<void> start(topic, partition_offset from) override {
    next_ = from.offset;
    return {};
  }
  log_result<state_event> poll(topic of, std::chrono::milliseconds) override {
    state_event event;
    view_ = {};
    view_.offset = next_;
    event.record = &view_;
    if (of == topic::state) {
      event.what = state_has_record ? state_event::kind::record : state_event::kind::end;
      event.offset = state_end;
      return event;
    }
    if (of == topic::quarantine) {
      view_.headers = quarantined.at(static_cast<std::size_t>(next_));
      event.what = state_event::kind::record;
      event.offset = next_++;
      return event;
    }
    key_ = "M:payment:" + std::to_string(next_ % 2);
    view_.key = key_;
    view_.timestamp_ms = 100 + next_;
    event.what = next_ < range.end ? state_event::kind::record : state_event::kind::end;
    event.offset = next_++;
    return event;
  }
  void stop(topic, std::int32_t) override {}

  log_result<void> begin() override {
    REQUIRE(!open_);
    open_ = true;
    return {};
  }
  log_result<void> write(const codec::outgoing_record& record, std::int32_t) override {
    REQUIRE(open_);
    REQUIRE(record.to == codec::destination::state);
    pending_.push_back(record.key);
    states[record.key] = record.value.value_or("");
    last = record;
    return {};
  }
  log_result<void> commit() override {
    REQUIRE(open_);
    if (!commits.empty()) {
      log_failure why = commits.front();
      commits.pop_front();
      return why;
    }
    open_ = false;
    committed_keys.push_back(std::exchange(pending_, {}));
    return {};
  }
  log_result<void> abort() override {
    open_ = false;
    pending_.clear();
    return {};
  }

  codec::outgoing_record last;
  std::map<std::string, std::string> states;

 private:
  std::int64_t next_ = 0;
  codec::record_view view_;
  std::string key_;
  bool open_ = false;
  std::vector<std::string> pending_;
};

/// Every record changes its subject's state, and causes a signal that nobody may see.
lifecycle::transformer counting() {
  lifecycle::transformer made;
  made.apply = [](const codec::record_view& raw, std::optional<std::string_view> state) {
    lifecycle::transformed out;
    out.records.emplace_back();
    out.records.push_back(lifecycle::state_record(raw.key, std::string{state.value_or("")} + "x",
                                                  {0, raw.offset, raw.timestamp_ms}));
    return boost::system::result<lifecycle::transformed>{std::move(out)};
  };
  made.give_up = [](const codec::record_view& raw, std::optional<std::string_view> state,
                    const std::string&) {
    lifecycle::transformed out;
    out.records.push_back(lifecycle::state_record(raw.key, std::string{state.value_or("")} + "q",
                                                  {0, raw.offset, raw.timestamp_ms}));
    return out;
  };
  return made;
}

log_result<void> run(fake_log& log, std::size_t chunk = 5000, bool dry_run = false,
                     bool stopped = false) {
  lifecycle::rebuild_settings settings;
  settings.partitions = 1;
  settings.dry_run = dry_run;
  settings.chunk_records = chunk;
  settings.patience = 50ms;
  settings.pause = 1ms;
  const std::atomic<bool> stop{stopped};
  lifecycle::rebuild rebuild{
      settings, counting(), log, {[](auto, auto, auto) {}, [](const auto&) {}}, stop};
  return rebuild.run();
}

bool says(const log_result<void>& result, std::string_view words) {
  return !result && result.error().message.find(words) != std::string::npos &&
         result.error().message.find("Hint: ") != std::string::npos;
}

}  // namespace

TEST_CASE("how far the raw log is folded, or why that cannot be told") {
  struct row {
    const char* name;
    std::vector<lifecycle::rebuild_partition> known;
    lifecycle::rebuild_choices choices;
    std::vector<std::int64_t> ends;  // of the parts; none: refused
    const char* words;
  };
  for (const row& one : {
           row{"up to the committed offset", {{3, {0, 9}}}, {}, {3}, ""},
           row{"a partition that never had an offset", {{3, {0, 9}}, {{}, {0, 4}}}, {}, {3, 0}, ""},
           row{"no offsets at all", {{{}, {0, 9}}}, {}, {}, "--to-end"},
           row{"no offsets, to the end", {{{}, {0, 9}}}, {true, false}, {9}, ""},
           row{"offsets, and to the end", {{3, {0, 9}}}, {true, false}, {}, "without --to-end"},
           row{"above the log's end", {{10, {0, 9}}}, {false, true}, {}, "made anew"},
           row{"below the log's start", {{3, {4, 9}}}, {false, true}, {}, "before they were read"},
           row{"trimmed", {{3, {1, 9}}}, {}, {}, "--from-trimmed-log"},
           row{"trimmed, knowingly", {{3, {1, 9}}}, {false, true}, {3}, ""},
           row{"trimmed up to the offset", {{3, {3, 9}}}, {false, true}, {3}, ""},
           row{"the second partition alone", {{3, {0, 9}}, {5, {0, 4}}}, {}, {}, "partition 1: "},
       }) {
    CAPTURE(one.name);
    const auto plan = lifecycle::plan_rebuild(one.known, one.choices);
    if (one.ends.empty()) {
      REQUIRE(std::holds_alternative<std::string>(plan));
      CHECK(std::get<std::string>(plan).find(one.words) != std::string::npos);
      CHECK(std::get<std::string>(plan).find("Hint: ") != std::string::npos);
      continue;
    }
    const auto& parts = std::get<std::vector<offset_range>>(plan);
    REQUIRE(parts.size() == one.ends.size());
    for (std::size_t i = 0; i < parts.size(); ++i) CHECK(parts[i].end == one.ends[i]);
  }
}

TEST_CASE("each subject is written once, and the position after all of them") {
  fake_log log;
  CHECK(run(log, 1).has_value());
  REQUIRE(log.committed_keys.size() == 3);
  CHECK(log.committed_keys.back() == std::vector<std::string>{"position"});
  CHECK(log.last.value == R"({"offset":3})");
  CHECK(log.last.headers.find("sinyal_subject_count") == "2");
}

TEST_CASE("what could not be written is in the state as that, and nothing else of quarantine is") {
  constexpr std::string_view message = "__connect.errors.exception.message";
  fake_log log;  // M:payment:0 has the raw offsets 0 and 2
  log.quarantined = {{{"sinyal_cause", "0:0"}, {message, lifecycle::unwritable}},
                     {{"sinyal_cause", "0:1"}, {message, "amount_mismatch"}},
                     {{"sinyal_cause", "1:2"}, {message, lifecycle::unwritable}},
                     {{message, lifecycle::unwritable}}};
  CHECK(run(log).has_value());
  CHECK(log.states["M:payment:0"] == "qx");
  CHECK(log.states["M:payment:1"] == "x");
}

TEST_CASE("a dry run writes nothing") {
  fake_log log;
  CHECK(run(log, 5000, true).has_value());
  CHECK(log.committed_keys.empty());
}

TEST_CASE("a group that is not empty is refused, and its member named") {
  fake_log log;
  log.in_group = {"client id c"};
  CHECK(says(run(log), "client id c"));
  CHECK(log.committed_keys.empty());
}

TEST_CASE("a state topic with records is refused; aborted ones are none") {
  fake_log log;
  log.state_end = 7;
  log.state_has_record = true;
  CHECK(says(run(log), "not empty"));
  log.state_has_record = false;
  CHECK(run(log).has_value());
}

TEST_CASE("an aborted transaction is written again, whole") {
  fake_log log;
  log.commits = {{failure_class::abortable, "a", "a", {}}};
  CHECK(run(log).has_value());
  REQUIRE(log.committed_keys.size() == 1);
  CHECK(log.committed_keys[0].size() == 3);
}

TEST_CASE("a commit of unknown outcome ends it, and the topic is to be emptied") {
  fake_log log;
  log.commits = {{failure_class::fatal, "a", "a", {}}};
  CHECK(says(run(log), "which lifecycle refuses"));
}

TEST_CASE("an interrupted rebuild that wrote nothing says so") {
  fake_log log;
  CHECK(says(run(log, 5000, false, true), "nothing was written"));
}
