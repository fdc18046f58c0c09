#include "broker/lifecycle/entry_pages.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace sinyal::lifecycle {

namespace {

struct header {
  std::uint32_t key_bytes, packed_bytes, text_bytes;
};

constexpr std::size_t unit = 4;  // bytes; entries begin at multiples
constexpr std::size_t offset_bits = 16;
constexpr std::size_t pages_max = std::size_t{1} << 16;
constexpr std::size_t system_page_bytes = 4096;
static_assert(entry_pages::page_bytes == unit << offset_bits);

// More than this and an entry has a page to itself: what is left of one is never much.
constexpr std::size_t shared_bytes_max = entry_pages::page_bytes / 8;

constexpr std::size_t rounded_up(std::size_t bytes, std::size_t to) {
  return (bytes + to - 1) / to * to;
}

std::size_t number_of(entry_pages::place where) {
  return where >> offset_bits;
}
std::size_t offset_of(entry_pages::place where) {
  return (where & ((std::size_t{1} << offset_bits) - 1)) * unit;
}

}  // namespace

entry_pages::place entry_pages::place_of(std::size_t number, std::size_t offset) {
  return static_cast<place>(number << offset_bits | offset / unit);
}

std::size_t entry_pages::bytes_of(const entry& what) {
  return rounded_up(sizeof(header) + what.key.size() + what.packed.size(), unit);
}

entry_pages::entry entry_pages::read(const page& from, std::size_t offset) {
  const char* const at = from.memory.data() + offset;
  header sizes;
  std::memcpy(&sizes, at, sizeof sizes);
  const char* const key = at + sizeof sizes;
  return {.key = {key, sizes.key_bytes},
          .packed = {key + sizes.key_bytes, sizes.packed_bytes},
          .text_bytes = sizes.text_bytes};
}

entry_pages::entry entry_pages::at(place where) const {
  return read(pages_[number_of(where)], offset_of(where));
}

entry_pages::place entry_pages::add(const entry& made) {
  const std::size_t bytes = bytes_of(made);
  std::size_t number = tail_;
  if (bytes > shared_bytes_max) {
    number = open(rounded_up(bytes, system_page_bytes));
  } else if (tail_ == 0 || pages_[tail_].used + bytes > page_bytes) {
    number = tail_ = open(page_bytes);
  }
  page& to = pages_[number];
  const std::size_t offset = to.used;
  char* const at = to.memory.data() + offset;
  const header sizes{static_cast<std::uint32_t>(made.key.size()),
                     static_cast<std::uint32_t>(made.packed.size()), made.text_bytes};
  std::memcpy(at, &sizes, sizeof sizes);
  made.key.copy(at + sizeof sizes, made.key.size());
  made.packed.copy(at + sizeof sizes + made.key.size(), made.packed.size());
  to.used += bytes;
  to.live += bytes;
  live_bytes_ += bytes;
  return place_of(number, offset);
}

void entry_pages::drop(place where) {
  const std::size_t number = number_of(where);
  const std::size_t bytes = bytes_of(at(where));
  pages_[number].live -= bytes;
  live_bytes_ -= bytes;
  if (pages_[number].live == 0 && number != tail_) release(number);
}

/// A page of that size, under a number that is free.
std::size_t entry_pages::open(std::size_t bytes) {
  std::size_t number = 1;
  while (number < pages_.size() && (pages_[number].memory.size() != 0 || number == taken_)) {
    ++number;
  }
  if (number == pages_max) {
    throw std::length_error{
        "the state of one partition takes more than 16 GiB. Hint: process the raw log into a new "
        "kafka.topic_prefix with more partitions"};
  }
  if (number == pages_.size()) pages_.emplace_back();
  pages_[number].memory = mapped<char>{bytes};
  held_bytes_ += bytes;
  return number;
}

void entry_pages::release(std::size_t number) {
  held_bytes_ -= pages_[number].memory.bytes();
  pages_[number] = page{};
}

/// The page with the most garbage but for the one that is being filled. There is one with some:
/// that one's share is less than what tidy() lets pass.
std::size_t entry_pages::wasteful() const {
  const auto garbage_of = [this](const page& each) {
    return &each == &pages_[tail_] ? 0 : each.memory.bytes() - each.live;
  };
  const auto most =
      std::max_element(pages_.begin(), pages_.end(),
                       [&](const page& a, const page& b) { return garbage_of(a) < garbage_of(b); });
  return static_cast<std::size_t>(most - pages_.begin());
}

}  // namespace sinyal::lifecycle
