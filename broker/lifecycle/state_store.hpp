#pragma once
// What is known of the subjects of one partition: record key → encoded state. There is one entry
// per payment for ever and memory is its price, so documents are packed (packing.hpp) and lie
// behind their keys in pages (entry_pages.hpp); an open-addressing table of hashes finds them.
// Belongs to one thread. What was moved from may only be destroyed or assigned to.

#include "broker/core/subject.hpp"
#include "broker/lifecycle/entry_pages.hpp"
#include "broker/lifecycle/keyed_hash.hpp"
#include "broker/lifecycle/mapped.hpp"
#include "broker/lifecycle/packing.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sinyal::lifecycle {

class state_store {
 public:
  /// The very bytes that were put.
  std::optional<std::string> find(std::string_view key) const;
  void put(std::string_view key, std::string_view value);
  void erase(std::string_view key);
  void clear();

  /// Calls `sink(key, value)` for each, in no order, until it returns false.
  template <class Sink>
  void each(Sink&& sink) const {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (slots_[i].at == 0) continue;
      const entry_pages::entry found = pages_.at(slots_[i].at);
      if (!sink(found.key, unpack(found.packed, found.text_bytes))) return;
    }
  }

  std::size_t size() const { return size_; }
  /// Subjects of one kind, by the key's second part.
  std::int64_t count(core::subject_kind kind) const {
    return counts_[static_cast<std::size_t>(kind)];
  }
  /// Memory that it holds: entries, garbage among them, and the table.
  std::size_t bytes() const { return pages_.bytes() + slots_.bytes(); }

 private:
  using place = entry_pages::place;
  struct slot {  // empty where the place is none
    std::uint32_t hash;
    place at;
  };

  std::uint32_t hash_of(std::string_view key) const {
    return static_cast<std::uint32_t>(hash_(key));
  }
  std::size_t slot_of(std::string_view key, std::uint32_t hash) const;
  place* owner(std::string_view key, place at);
  void close_gap(std::size_t hole);
  void grow();
  void tidy();
  void counted(std::string_view key, std::int64_t by);

  keyed_hash hash_;
  mapped<slot> slots_;  // a power of two of them, at most seven eighths taken
  entry_pages pages_;
  std::size_t size_ = 0;
  std::array<std::int64_t, core::subject_kind_count> counts_{};
};

}  // namespace sinyal::lifecycle
