#include "broker/lifecycle/state_store.hpp"

#include "broker/lifecycle/overlay.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>

namespace {

using sinyal::core::subject_kind;
using sinyal::lifecycle::overlay;
using sinyal::lifecycle::state_store;

std::string key_of(int i) {
  return "M:payment:ORDER-" + std::to_string(i);
}

}  // namespace

TEST_CASE("an empty store knows nothing and forgets nothing") {
  state_store store;
  CHECK_FALSE(store.find("M:payment:A"));
  store.erase("M:payment:A");
  CHECK(store.size() == 0);
}

TEST_CASE("the newest value of a key counts, whatever its length") {
  state_store store;
  for (const char* value : {"short", "a longer one than before", "", "x"}) {
    store.put("M:payment:A", value);
    CHECK(store.find("M:payment:A") == value);
    CHECK(store.size() == 1);
  }
}

TEST_CASE("keys and values may hold any bytes") {
  state_store store;
  const std::string key{"M:payment:a\0b", 13};
  const std::string value{"\0\xff\0", 3};
  store.put(key, value);
  CHECK(store.find(key) == value);
  CHECK_FALSE(store.find("M:payment:a"));
}

TEST_CASE("it behaves like a map over any sequence of changes") {
  for (const unsigned seed : {1U, 2U, 3U}) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    state_store store;
    std::map<std::string, std::string> model;
    for (int step = 0; step < 20000; ++step) {
      const std::string key = key_of(static_cast<int>(random() % 700));
      if (random() % 3 == 0) {
        store.erase(key);
        model.erase(key);
      } else {
        const std::string value(random() % 50, static_cast<char>('a' + random() % 26));
        store.put(key, value);
        model[key] = value;
      }
    }
    CHECK(store.size() == model.size());
    for (int i = 0; i < 700; ++i) {
      const auto found = store.find(key_of(i));
      const auto wanted = model.find(key_of(i));
      REQUIRE(found.has_value() == (wanted != model.end()));
      if (found) CHECK(*found == wanted->second);
    }
    CHECK(store.count(subject_kind::payment) == static_cast<std::int64_t>(model.size()));
  }
}

TEST_CASE("subjects are counted by kind") {
  state_store store;
  store.put("M:payment:A", "1");
  store.put("M:payment:A", "2");
  store.put("M:invoice:A", "1");
  store.put("M:subscription:a:b:c", "1");
  store.put("no kind at all", "1");
  CHECK(store.count(subject_kind::payment) == 1);
  CHECK(store.count(subject_kind::invoice) == 1);
  CHECK(store.count(subject_kind::subscription) == 1);
  store.erase("M:invoice:A");
  CHECK(store.count(subject_kind::invoice) == 0);
  store.clear();
  CHECK(store.count(subject_kind::payment) == 0);
  CHECK_FALSE(store.find("M:payment:A"));
}

TEST_CASE("an overlay is read before the store and changes it only when merged") {
  state_store store;
  store.put("M:payment:A", "stored");
  overlay changes;
  CHECK(changes.find("M:payment:A", store) == "stored");
  changes.put("M:payment:A", 3, "changed");
  changes.put("M:payment:B", 3, "new");
  CHECK(changes.find("M:payment:A", store) == "changed");
  CHECK(changes.find("M:payment:B", store) == "new");
  CHECK(store.find("M:payment:A") == "stored");
  changes.each([&](std::int32_t partition, std::string_view key, const std::string& value) {
    CHECK(partition == 3);
    store.put(key, value);
  });
  CHECK(store.find("M:payment:A") == "changed");
  CHECK(store.size() == 2);
}
