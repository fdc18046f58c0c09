#include "broker/lifecycle/restore.hpp"

#include <doctest/doctest.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace sinyal;
using lifecycle::restore;
using lifecycle::state_store;
using phase = restore::phase;

/// Hands a state record to the machine; `version` absent: a record without the header.
void feed(restore& machine, state_store& store, std::int64_t offset, std::string_view key,
          std::optional<std::string_view> value, std::optional<std::string_view> version = "1") {
  codec::record_view record;
  record.offset = offset;
  record.key = key;
  record.value = value;
  const codec::header_view header{"sinyal_version", version.value_or("")};
  if (version) record.headers = {&header, 1};
  machine.record(record, store);
}

/// A position record, at raw offset 5; `subjects` empty: it does not say how many there are.
void feed_position(restore& machine, state_store& store, std::string_view subjects) {
  const std::array<codec::header_view, 2> headers{
      {{"sinyal_version", "1"}, {"sinyal_subject_count", subjects}}};
  machine.record({0,
                  2,
                  1,
                  "position",
                  R"({"offset":5})",
                  {headers.data(), subjects.empty() ? std::size_t{1} : std::size_t{2}}},
                 store);
}

restore reading(std::optional<std::int64_t> committed, std::int64_t watermark) {
  restore machine;
  machine.committed(committed);
  machine.watermark(watermark);
  return machine;
}

}  // namespace

TEST_CASE("the questions come in order: committed offset, watermark, state, range") {
  restore machine;
  CHECK(machine.now() == phase::committed);
  machine.committed(5);
  CHECK(machine.now() == phase::watermark);
  machine.watermark(10);
  CHECK(machine.now() == phase::reading);
  state_store store;
  feed(machine, store, 0, "M:payment:A", "{}");
  feed(machine, store, 1, "position", R"({"offset":5})");
  machine.reached(10);
  CHECK(machine.now() == phase::range);
  machine.range({0, 7}, 0);
  CHECK(machine.now() == phase::whole);
  CHECK(machine.position() == 5);
  CHECK(machine.next() == 10);
  CHECK(store.size() == 1);
}

TEST_CASE("what was processed last has the age that its position record has") {
  restore machine = reading(5, 10);
  CHECK(machine.position_ms() == 0);
  state_store store;
  const codec::header_view version{"sinyal_version", "1"};
  const codec::record_view position{
      0, 0, 1'700'000'000'000, "position", R"({"offset":5})", {&version, 1}};
  machine.record(position, store);
  feed(machine, store, 1, "M:payment:A", "{}");
  CHECK(machine.position_ms() == 1'700'000'000'000);
}

TEST_CASE("an end before the watermark is not the end: a pending transaction hides more") {
  restore machine = reading(5, 10);
  machine.reached(3);
  CHECK(machine.now() == phase::reading);
  machine.reached(9);
  CHECK(machine.now() == phase::reading);
  machine.reached(10);
  CHECK(machine.now() == phase::range);
}

TEST_CASE("an empty state topic needs no reading") {
  restore machine = reading(std::nullopt, 0);
  CHECK(machine.now() == phase::range);
  machine.range({17, 20}, 0);
  CHECK(machine.position() == 17);
}

TEST_CASE("subjects without a position are a part of a state") {
  for (const auto& committed : std::vector<std::optional<std::int64_t>>{std::nullopt, 0}) {
    restore machine = reading(committed, 10);
    machine.reached(10);
    machine.range({0, 20}, 1);
    CHECK(machine.now() == phase::refused);
    CHECK(machine.why().find("sinyal rebuild") != std::string::npos);
  }
}

TEST_CASE("a state with another number of subjects than it was left with is refused") {
  struct row {
    const char* name;
    std::vector<const char*> told;  // by each position record; "": by an older release, nothing
    bool whole;
  };
  for (const row& each : std::vector<row>{
           {"as many", {"2"}, true},
           {"fewer", {"3"}, false},
           {"none of them", {"0"}, false},
           {"more", {"1"}, false},
           {"the last position counts", {"7", "2"}, true},
           {"the last position counts, also against it", {"2", "7"}, false},
           {"an older release wrote last", {"7", ""}, true},
           {"this release wrote last", {"", "7"}, false},
       }) {
    CAPTURE(each.name);
    restore machine = reading(5, 10);
    state_store store;
    feed(machine, store, 0, "M:payment:A", "{}");
    feed(machine, store, 1, "M:payment:B", "{}");
    for (const std::string_view subjects : each.told) feed_position(machine, store, subjects);
    machine.reached(10);
    machine.range({0, 7}, store.size());
    CHECK(machine.now() == (each.whole ? phase::whole : phase::refused));
    if (each.whole) continue;
    CHECK(machine.why().find("the state has 2 subjects, but was left with ") == 0);
    CHECK(machine.why().find("Hint: ") != std::string::npos);
    CHECK(machine.why().find("sinyal rebuild") != std::string::npos);
  }
}

TEST_CASE("a subject whose state was deleted by hand is missed") {
  restore machine = reading(5, 10);
  state_store store;
  feed(machine, store, 0, "M:payment:A", "{}");
  feed_position(machine, store, "1");
  feed(machine, store, 3, "M:payment:A", std::nullopt);
  machine.reached(10);
  machine.range({0, 7}, store.size());
  CHECK(machine.why().find("the state has 0 subjects, but was left with 1") == 0);
}

TEST_CASE("a number of subjects that is none stops the partition") {
  for (const char* told : {"-1", "x", "1 ", "1.0", "99999999999999999999"}) {
    CAPTURE(told);
    restore machine = reading(5, 10);
    state_store store;
    feed_position(machine, store, told);
    CHECK(machine.now() == phase::refused);
  }
}

TEST_CASE("a partition that comes back reads on from where it stopped") {
  restore machine{40, 12};
  machine.committed(12);
  machine.watermark(40);
  CHECK(machine.now() == phase::range);
  machine.range({0, 20}, 0);
  CHECK(machine.position() == 12);
}

TEST_CASE("a partition that was taken before it was whole misses what it was told to have") {
  restore taken = reading(std::nullopt, 3);
  state_store store;
  feed_position(taken, store, "2");
  taken.reached(3);
  restore machine = taken.again();
  machine.committed(std::nullopt);
  machine.watermark(3);
  CHECK(machine.now() == phase::range);
  machine.range({0, 20}, store.size());
  CHECK(machine.now() == phase::refused);
}

TEST_CASE("a null value deletes") {
  restore machine = reading(std::nullopt, 10);
  state_store store;
  feed(machine, store, 0, "M:payment:A", "{}");
  feed(machine, store, 1, "M:payment:A", std::nullopt);
  CHECK(store.size() == 0);
  CHECK(machine.now() == phase::reading);
}

TEST_CASE("a state record of an unknown version stops the partition") {
  for (const auto& version :
       std::vector<std::optional<std::string_view>>{"2", "0", "", "1 ", std::nullopt}) {
    restore machine = reading(std::nullopt, 10);
    state_store store;
    feed(machine, store, 4, "M:payment:A", "{}", version);
    CHECK(machine.now() == phase::refused);
    CHECK(machine.why().find("offset 4") != std::string::npos);
    CHECK(store.size() == 0);
  }
}

TEST_CASE("a position record that cannot be read stops the partition") {
  for (const char* value : {"", "5", "{}", R"({"offset":-1})", R"({"offset":5)", R"({"offset":})",
                            R"({"offset":5x})", R"({"offset":99999999999999999999})"}) {
    CAPTURE(value);
    CHECK_FALSE(lifecycle::decode_position(value));
    restore machine = reading(std::nullopt, 10);
    state_store store;
    feed(machine, store, 0, "position", value);
    CHECK(machine.now() == phase::refused);
  }
  CHECK(lifecycle::decode_position(lifecycle::encode_position(0)) == 0);
  CHECK(lifecycle::decode_position(lifecycle::encode_position(1234567890123)) == 1234567890123);
}

TEST_CASE("where to read on, or why that cannot be told") {
  using maybe = std::optional<std::int64_t>;
  struct row {
    const char* name;
    maybe committed, position;
    offset_range log;
    maybe from;        // absent: refused
    const char* says;  // in the refusal
  };
  const std::vector<row> rows{
      {"nothing known: the log's start", {}, {}, {7, 9}, 7, ""},
      {"both agree", 5, 5, {0, 9}, 5, ""},
      {"the position record is ahead: it wins", 5, 8, {0, 9}, 8, ""},
      {"the group's offsets have expired", {}, 8, {0, 9}, 8, ""},
      {"at the log's end", 9, 9, {0, 9}, 9, ""},
      {"at the log's start", 4, 4, {4, 9}, 4, ""},
      {"a group that committed nothing yet", 0, {}, {0, 9}, 0, ""},
      {"the state is behind", 6, 5, {0, 9}, {}, "lost records"},
      {"the state topic is empty, the group is not", 6, {}, {0, 9}, {}, "sinyal rebuild"},
      {"the raw topic was made anew", 10, 10, {0, 9}, {}, "made anew"},
      {"made anew, offsets expired", {}, 10, {0, 0}, {}, "made anew"},
      {"trimmed above the position", 3, 3, {4, 9}, {}, "deleted before"},
      {"trimmed, offsets expired", {}, 3, {4, 9}, {}, "deleted before"},
  };
  for (const row& each : rows) {
    CAPTURE(each.name);
    const auto decided = lifecycle::decide_position(each.committed, each.position, each.log);
    if (each.from) {
      REQUIRE(std::holds_alternative<std::int64_t>(decided));
      CHECK(std::get<std::int64_t>(decided) == *each.from);
      continue;
    }
    REQUIRE(std::holds_alternative<std::string>(decided));
    CHECK(std::get<std::string>(decided).find(each.says) != std::string::npos);
    CHECK(std::get<std::string>(decided).find("Hint: ") != std::string::npos);
  }
}
