#include "broker/lifecycle/state_store.hpp"

#include <cstring>
#include <utility>

namespace sinyal::lifecycle {

namespace {

constexpr std::size_t sizes_bytes = 2 * sizeof(std::uint32_t);

std::uint32_t hash_of(std::string_view key) {
  const std::size_t wide = std::hash<std::string_view>{}(key);
  return static_cast<std::uint32_t>(wide ^ (wide >> 32));
}

}  // namespace

state_store::block state_store::make_block(std::string_view key, std::string_view value) {
  block made{new char[sizes_bytes + key.size() + value.size()]};
  const std::uint32_t sizes[2] = {static_cast<std::uint32_t>(key.size()),
                                  static_cast<std::uint32_t>(value.size())};
  std::memcpy(made.get(), sizes, sizes_bytes);
  key.copy(made.get() + sizes_bytes, key.size());
  value.copy(made.get() + sizes_bytes + key.size(), value.size());
  return made;
}

std::string_view state_store::key_of(const block& at) {
  std::uint32_t size = 0;
  std::memcpy(&size, at.get(), sizeof size);
  return {at.get() + sizes_bytes, size};
}

std::string_view state_store::value_of(const block& at) {
  std::uint32_t sizes[2];
  std::memcpy(sizes, at.get(), sizes_bytes);
  return {at.get() + sizes_bytes + sizes[0], sizes[1]};
}

/// The slot that holds the key, or the empty one where it would go. The table is never full.
std::size_t state_store::slot_of(std::string_view key, std::uint32_t hash) const {
  const std::size_t mask = blocks_.size() - 1;
  std::size_t slot = hash & mask;
  while (blocks_[slot] && (hashes_[slot] != hash || key_of(blocks_[slot]) != key)) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

std::optional<std::string_view> state_store::find(std::string_view key) const {
  if (size_ == 0) return std::nullopt;
  const std::size_t slot = slot_of(key, hash_of(key));
  if (!blocks_[slot]) return std::nullopt;
  return value_of(blocks_[slot]);
}

void state_store::put(std::string_view key, std::string_view value) {
  if ((size_ + 1) * 8 > blocks_.size() * 7) grow();
  const std::uint32_t hash = hash_of(key);
  const std::size_t slot = slot_of(key, hash);
  if (!blocks_[slot]) {
    ++size_;
    counted(key, 1);
  }
  blocks_[slot] = make_block(key, value);
  hashes_[slot] = hash;
}

void state_store::erase(std::string_view key) {
  if (size_ == 0) return;
  const std::size_t mask = blocks_.size() - 1;
  std::size_t hole = slot_of(key, hash_of(key));
  if (!blocks_[hole]) return;
  counted(key, -1);
  blocks_[hole].reset();
  --size_;
  // Moves back what a probe would no longer reach across the hole.
  for (std::size_t slot = (hole + 1) & mask; blocks_[slot]; slot = (slot + 1) & mask) {
    const std::size_t home = hashes_[slot] & mask;
    if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
    blocks_[hole] = std::move(blocks_[slot]);
    hashes_[hole] = hashes_[slot];
    hole = slot;
  }
}

void state_store::clear() {
  *this = state_store{};
}

void state_store::grow() {
  const std::size_t slots = blocks_.empty() ? 16 : blocks_.size() * 2;
  std::vector<block> old_blocks(slots);
  std::vector<std::uint32_t> old_hashes(slots);
  old_blocks.swap(blocks_);
  old_hashes.swap(hashes_);
  for (std::size_t i = 0; i < old_blocks.size(); ++i) {
    if (!old_blocks[i]) continue;
    const std::size_t slot = slot_of(key_of(old_blocks[i]), old_hashes[i]);
    blocks_[slot] = std::move(old_blocks[i]);
    hashes_[slot] = old_hashes[i];
  }
}

void state_store::counted(std::string_view key, std::int64_t by) {
  const std::size_t first = key.find(':');
  if (first == std::string_view::npos) return;
  const std::string_view rest = key.substr(first + 1);
  const auto kind = core::parse_subject_kind(rest.substr(0, rest.find(':')));
  if (kind) counts_[static_cast<std::size_t>(*kind)] += by;
}

}  // namespace sinyal::lifecycle
