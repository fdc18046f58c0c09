#pragma once
// A key, token or password: readable only by asking for it, never printable, wiped when done with.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace sinyal::core {

class secret {
 public:
  secret() = default;
  explicit secret(std::string text) : text_{std::move(text)} {}
  secret(const secret&) = default;
  // A string that was moved from may keep a short text in itself: copied, then wiped.
  // NOLINTNEXTLINE(performance-move-constructor-init)
  secret(secret&& other) noexcept : text_{other.text_} { other.wipe(); }
  secret& operator=(secret other) noexcept {
    text_.swap(other.text_);
    return *this;
  }
  ~secret() { wipe(); }

  /// The secret itself: for hashing and comparing, never for a log, metric, error or command line.
  std::string_view reveal() const { return text_; }

 private:
  void wipe() noexcept {
    // volatile: an optimiser may drop writes to memory that is about to be freed
    volatile char* bytes = text_.data();
    for (std::size_t i = 0; i < text_.size(); ++i) bytes[i] = 0;
    text_.clear();
  }
  std::string text_;
};

}  // namespace sinyal::core
