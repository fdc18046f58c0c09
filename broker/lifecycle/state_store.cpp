#include "broker/lifecycle/state_store.hpp"

#include "broker/lifecycle/packing.hpp"

#include <utility>

namespace sinyal::lifecycle {

namespace {
constexpr std::size_t slots_min = 512;  // a page of the system's
}

/// The slot that holds the key, or the empty one where it would go. The table is never full.
std::size_t state_store::slot_of(std::string_view key, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hash & mask;
  while (slots_[i].at != 0 && (slots_[i].hash != hash || pages_.at(slots_[i].at).key != key)) {
    i = (i + 1) & mask;
  }
  return i;
}

/// What remembers that place: null where nothing does.
state_store::place* state_store::owner(std::string_view key, place at) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hash_of(key) & mask;
  while (slots_[i].at != 0 && slots_[i].at != at) i = (i + 1) & mask;
  return slots_[i].at == at ? &slots_[i].at : nullptr;
}

std::optional<std::string> state_store::find(std::string_view key) const {
  if (size_ == 0) return std::nullopt;
  const place at = slots_[slot_of(key, hash_of(key))].at;
  if (at == 0) return std::nullopt;
  const entry_pages::entry found = pages_.at(at);
  return unpack(found.packed, found.text_bytes);
}

void state_store::put(std::string_view key, std::string_view value) {
  const std::string packed = pack(value);
  if ((size_ + 1) * 8 > slots_.size() * 7) grow();
  const std::uint32_t hash = hash_of(key);
  slot& to = slots_[slot_of(key, hash)];
  const place made = pages_.add({key, packed, static_cast<std::uint32_t>(value.size())});
  const place before = std::exchange(to.at, made);
  to.hash = hash;
  if (before == 0) {
    ++size_;
    counted(key, 1);
  } else {
    pages_.drop(before);
    tidy();
  }
}

void state_store::erase(std::string_view key) {
  if (size_ == 0) return;
  const std::size_t hole = slot_of(key, hash_of(key));
  if (slots_[hole].at == 0) return;
  counted(key, -1);
  --size_;
  pages_.drop(slots_[hole].at);
  close_gap(hole);
  tidy();
}

/// Empties the slot and moves back what a probe would no longer reach across it.
void state_store::close_gap(std::size_t hole) {
  const std::size_t mask = slots_.size() - 1;
  slots_[hole] = {};
  for (std::size_t i = (hole + 1) & mask; slots_[i].at != 0; i = (i + 1) & mask) {
    const std::size_t home = slots_[i].hash & mask;
    if (((i - home) & mask) < ((i - hole) & mask)) continue;
    slots_[hole] = std::exchange(slots_[i], {});
    hole = i;
  }
}

void state_store::clear() {
  *this = state_store{};
}

void state_store::grow() {
  mapped<slot> old{slots_.size() == 0 ? slots_min : slots_.size() * 2};
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t k = 0; k < old.size(); ++k) {
    if (old[k].at == 0) continue;
    std::size_t i = old[k].hash & mask;
    while (slots_[i].at != 0) i = (i + 1) & mask;
    slots_[i] = old[k];
  }
}

void state_store::tidy() {
  pages_.tidy([this](std::string_view key, place at) { return owner(key, at); });
}

void state_store::counted(std::string_view key, std::int64_t by) {
  const std::size_t first = key.find(':');
  if (first == std::string_view::npos) return;
  const std::string_view rest = key.substr(first + 1);
  const auto kind = core::parse_subject_kind(rest.substr(0, rest.find(':')));
  if (kind) counts_[static_cast<std::size_t>(*kind)] += by;
}

}  // namespace sinyal::lifecycle
