#include "broker/lifecycle/state_store.hpp"

#include "broker/core/state.hpp"
#include "broker/lifecycle/overlay.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <unordered_map>

namespace {

using sinyal::core::state_bytes_max;
using sinyal::core::subject_kind;
using sinyal::lifecycle::entry_pages;
using sinyal::lifecycle::overlay;
using sinyal::lifecycle::state_store;

std::string key_of(int i) {
  return "M:payment:ORDER-" + std::to_string(i);
}

std::string noise(std::mt19937& random, std::size_t size) {
  std::string text;
  text.reserve(size);
  while (text.size() < size) text += static_cast<char>(random());
  return text;
}

/// Mostly of a document's size; now and then nothing, near a page's edges, or as large as any.
std::string any_value(std::mt19937& random) {
  constexpr std::size_t page = entry_pages::page_bytes;
  const std::size_t edges[] = {0, page / 8 - 60, page / 8, page - 40, page, page + 1, 3 * page};
  if (random() % 200 == 0) return noise(random, edges[random() % std::size(edges)]);
  if (random() % 4 == 0) return std::string(random() % 2000, static_cast<char>(random()));
  return noise(random, random() % 400);
}

/// The bytes of keys and values as they would stand in one block: no packing saves any of noise.
std::size_t bytes_in(const std::unordered_map<std::string, std::string>& model) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : model) bytes += key.size() + value.size();
  return bytes;
}

void check_same(const state_store& store, const std::unordered_map<std::string, std::string>& model,
                int keys) {
  CHECK(store.size() == model.size());
  CHECK(store.count(subject_kind::payment) == static_cast<std::int64_t>(model.size()));
  for (int i = 0; i < keys; ++i) {
    const auto found = store.find(key_of(i));
    const auto wanted = model.find(key_of(i));
    REQUIRE(found.has_value() == (wanted != model.end()));
    if (found) REQUIRE(*found == wanted->second);
  }
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

TEST_CASE("it behaves like a map over any sequence of changes, and its garbage stays bounded") {
  const unsigned seed = std::random_device{}();
  MESSAGE("seed " << seed);
  std::mt19937 random{seed};
  for (const int keys : {3, 700, 5000}) {
    CAPTURE(keys);
    state_store store;
    std::unordered_map<std::string, std::string> model;
    for (int step = 0; step < 20000; ++step) {
      const std::string key = key_of(static_cast<int>(random() % static_cast<unsigned>(keys)));
      const std::string* known = model.contains(key) ? &model.at(key) : nullptr;
      REQUIRE(store.find(key).has_value() == (known != nullptr));
      if (known != nullptr) REQUIRE(store.find(key) == *known);
      if (random() % 3 == 0) {
        store.erase(key);
        model.erase(key);
      } else {
        const std::string value = any_value(random);
        store.put(key, value);
        model[key] = value;
      }
      if (step % 4000 == 0) check_same(store, model, keys);
    }
    check_same(store, model, keys);
    // A third for garbage, two pages for the smallest stores, and what an entry has beside its
    // text.
    const std::size_t most = (bytes_in(model) + 32 * model.size()) * 4 / 3 +
                             2 * entry_pages::page_bytes + 16 * 8192 + 4096 * 40;
    CHECK(store.bytes() <= most);
    for (int i = 0; i < keys; ++i) store.erase(key_of(i));
    CHECK(store.size() == 0);
    CHECK(store.bytes() <= 2 * entry_pages::page_bytes + 16 * 8192);
  }
}

TEST_CASE("one payment written over and over does not make the store grow") {
  std::mt19937 random{5};
  state_store store;
  for (int i = 0; i < 1000; ++i) store.put(key_of(i), noise(random, 300));
  for (int i = 0; i < 20000; ++i) {
    const std::string value = noise(random, 300);
    store.put(key_of(7), value);
    REQUIRE(store.find(key_of(7)) == value);
  }
  CHECK(store.bytes() < 1000 * 350 * 4 / 3 + 3 * entry_pages::page_bytes);
  CHECK(store.size() == 1000);
}

TEST_CASE("a state as large as any is kept beside small ones, and let go of when it is replaced") {
  std::mt19937 random{6};
  state_store store;
  store.put(key_of(0), "small");
  const std::size_t before = store.bytes();
  for (int i = 0; i < 20; ++i) {
    const std::string value = noise(random, state_bytes_max - static_cast<std::size_t>(i));
    store.put(key_of(1), value);
    REQUIRE(store.find(key_of(1)) == value);
  }
  CHECK(store.bytes() < before + state_bytes_max + 16384);
  store.put(key_of(1), "small again");
  CHECK(store.bytes() == before);
  CHECK(store.find(key_of(0)) == "small");
  CHECK(store.find(key_of(1)) == "small again");
}

TEST_CASE("a store that is moved takes everything along") {
  state_store from;
  for (int i = 0; i < 2000; ++i) from.put(key_of(i), std::to_string(i));
  state_store to = std::move(from);
  from = state_store{};
  CHECK_FALSE(from.find(key_of(1)));
  from.put(key_of(1), "anew");
  for (int i = 0; i < 2000; ++i) REQUIRE(to.find(key_of(i)) == std::to_string(i));
  CHECK(from.find(key_of(1)) == "anew");
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
  CHECK(store.bytes() == 0);
  CHECK(store.count(subject_kind::payment) == 0);
  CHECK_FALSE(store.find("M:payment:A"));
}

TEST_CASE("the same key in two partitions is two subjects in an overlay, as it is in the stores") {
  const state_store other;
  overlay changes;
  CHECK_FALSE(changes.find("M:payment:A", 3, other));
  CHECK(changes.put("M:payment:A", 3, "in 3"));
  CHECK_FALSE(changes.find("M:payment:A", 4, other));
  CHECK(changes.put("M:payment:A", 4, "in 4"));
  CHECK(changes.find("M:payment:A", 3, other) == "in 3");
  CHECK(changes.find("M:payment:A", 4, other) == "in 4");
  int count = 0;
  changes.each([&](std::int32_t partition, std::string_view, const std::string& value) {
    CHECK(value == "in " + std::to_string(partition));
    ++count;
  });
  CHECK(count == 2);
}

TEST_CASE("an overlay is read before the store and changes it only when merged") {
  state_store store;
  store.put("M:payment:A", "stored");
  overlay changes;
  CHECK(changes.find("M:payment:A", 3, store) == "stored");
  changes.put("M:payment:A", 3, "changed");
  changes.put("M:payment:B", 3, "new");
  CHECK(changes.find("M:payment:A", 3, store) == "changed");
  CHECK(changes.find("M:payment:B", 3, store) == "new");
  CHECK(store.find("M:payment:A") == "stored");
  changes.each([&](std::int32_t partition, std::string_view key, const std::string& value) {
    CHECK(partition == 3);
    store.put(key, value);
  });
  CHECK(store.find("M:payment:A") == "changed");
  CHECK(store.size() == 2);
}
