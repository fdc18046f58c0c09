#pragma once
// What is known of the subjects of one partition: record key → encoded state. An open-addressing
// table of single blocks, since there is one entry per payment for ever and memory is its price.
// Belongs to one thread. Texts that find() returned live until the next change.

#include "broker/core/subject.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace sinyal::lifecycle {

inline constexpr std::size_t subject_kind_count = 4;

class state_store {
 public:
  std::optional<std::string_view> find(std::string_view key) const;
  void put(std::string_view key, std::string_view value);
  void erase(std::string_view key);
  void clear();

  std::size_t size() const { return size_; }
  /// Subjects of one kind, by the key's second part.
  std::int64_t count(core::subject_kind kind) const {
    return counts_[static_cast<std::size_t>(kind)];
  }

 private:
  /// One block: key size, value size (32 bits each), key, value.
  using block = std::unique_ptr<char[]>;
  static block make_block(std::string_view key, std::string_view value);
  static std::string_view key_of(const block& at);
  static std::string_view value_of(const block& at);

  std::size_t slot_of(std::string_view key, std::uint32_t hash) const;
  void grow();
  void counted(std::string_view key, std::int64_t by);

  std::vector<block> blocks_;          // an empty slot holds none
  std::vector<std::uint32_t> hashes_;  // of the keys in blocks_: a probe seldom touches a block
  std::size_t size_ = 0;
  std::array<std::int64_t, subject_kind_count> counts_{};
};

}  // namespace sinyal::lifecycle
