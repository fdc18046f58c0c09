#pragma once
// Memory straight from the kernel, for what is large and lives long: it is all zero, it is resident
// only where it was touched, and letting go of it gives it back whole, which a heap does not.

#include <cstddef>
#include <new>
#include <sys/mman.h>
#include <type_traits>
#include <utility>

namespace sinyal::lifecycle {

template <class Item>
class mapped {
  static_assert(std::is_trivially_copyable_v<Item>);

 public:
  mapped() = default;
  explicit mapped(std::size_t count) : size_{count} {
    void* at = ::mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) throw std::bad_alloc{};
    items_ = static_cast<Item*>(at);
  }
  mapped(mapped&& other) noexcept { swap(other); }
  mapped& operator=(mapped&& other) noexcept {
    mapped gone{std::move(other)};
    swap(gone);
    return *this;
  }
  ~mapped() {
    if (items_ != nullptr) ::munmap(items_, bytes());
  }

  void swap(mapped& other) noexcept {
    std::swap(items_, other.items_);
    std::swap(size_, other.size_);
  }
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return size_ * sizeof(Item); }
  Item* data() { return items_; }
  const Item* data() const { return items_; }
  Item& operator[](std::size_t i) { return items_[i]; }
  const Item& operator[](std::size_t i) const { return items_[i]; }

 private:
  Item* items_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace sinyal::lifecycle
