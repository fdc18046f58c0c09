#pragma once
// The entries of a state store, one behind the other in pages of mapped memory. An entry that is
// replaced stays as garbage until its page is rewritten, and there is a bound to garbage.

#include "broker/lifecycle/mapped.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace sinyal::lifecycle {

class entry_pages {
 public:
  static constexpr std::size_t page_bytes = 256 * 1024;

  /// Where an entry is: its page above, below it the offset there in units of four bytes. 0 is
  /// nowhere. Good until the entry is dropped or its page rewritten.
  using place = std::uint32_t;

  struct entry {
    std::string_view key;
    std::string_view packed;
    std::uint32_t text_bytes;  // of what was packed
  };

  /// Throws std::length_error where there would be more than 65,535 pages (16 GiB).
  place add(const entry& made);
  entry at(place where) const;
  void drop(place where);

  /// While more than a quarter is garbage, beside two pages' worth that small stores may have,
  /// rewrites the page that has most of it, and no more than that one. `owner(key, place)` is a
  /// pointer to what remembers the place of a live entry, null for garbage.
  template <class Owner>
  void tidy(const Owner& owner) {
    if (garbage() > live_bytes_ / 3 + 2 * page_bytes) rewrite(wasteful(), owner);
  }

  /// What is held, garbage and the free rest of a page included.
  std::size_t bytes() const { return held_bytes_; }

 private:
  struct page {
    mapped<char> memory;
    std::size_t used = 0;  // bytes
    std::size_t live = 0;  // bytes of it that are no garbage
  };

  static std::size_t bytes_of(const entry& what);
  static entry read(const page& from, std::size_t offset);
  std::size_t garbage() const { return held_bytes_ - live_bytes_; }
  std::size_t wasteful() const;
  std::size_t open(std::size_t bytes);
  void release(std::size_t number);
  static place place_of(std::size_t number, std::size_t offset);

  template <class Owner>
  void rewrite(std::size_t number, const Owner& owner) {
    const page old = std::exchange(pages_[number], {});
    live_bytes_ -= old.live;
    held_bytes_ -= old.memory.bytes();
    taken_ = number;  // its places are still remembered
    for (std::size_t offset = 0; offset < old.used;) {
      const entry each = read(old, offset);
      if (place* const remembered = owner(each.key, place_of(number, offset))) {
        *remembered = add(each);
      }
      offset += bytes_of(each);
    }
    taken_ = 0;
  }

  std::vector<page> pages_ = std::vector<page>(1);  // number 0 is none
  std::size_t tail_ = 0;                            // number of the page that is being filled
  std::size_t taken_ = 0;                           // number of one that is being rewritten
  std::size_t live_bytes_ = 0;
  std::size_t held_bytes_ = 0;
};

}  // namespace sinyal::lifecycle
