#pragma once
// A Kafka record as the parts of Sinyal hand it to each other, without a word of librdkafka.

#include "broker/core/signal.hpp"

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sinyal::codec {

struct header_view {
  std::string_view name;
  std::string_view value;
};

/// Headers in order, kept in one buffer: a record has about twenty.
class header_list {
 public:
  void reserve(std::size_t headers, std::size_t bytes) {
    slots_.reserve(headers);
    bytes_.reserve(bytes);
  }
  /// The value is all parts, one after another: texts, and numbers in decimal.
  template <typename... Parts>
  void add(std::string_view name, const Parts&... value) {
    const std::size_t begin = bytes_.size();
    bytes_.append(name);
    const std::size_t middle = bytes_.size();
    (append(value), ...);
    slots_.push_back({begin, middle, bytes_.size()});
  }
  std::size_t size() const { return slots_.size(); }
  header_view operator[](std::size_t index) const {
    const slot& at = slots_[index];
    const std::string_view bytes{bytes_};
    return {bytes.substr(at.begin, at.middle - at.begin),
            bytes.substr(at.middle, at.end - at.middle)};
  }
  /// The first of that name.
  std::optional<std::string_view> find(std::string_view name) const {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if ((*this)[i].name == name) return (*this)[i].value;
    }
    return std::nullopt;
  }
  void clear() {
    bytes_.clear();
    slots_.clear();
  }

 private:
  struct slot {
    std::size_t begin, middle, end;  // the value stands behind its name
  };
  void append(std::string_view text) { bytes_.append(text); }
  void append(std::integral auto number) {
    std::array<char, 20> digits;  // of the longest number of 64 bits, with its sign
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    bytes_.append(digits.data(), end);
  }
  std::string bytes_;
  std::vector<slot> slots_;
};

/// A record that was read. The texts live as long as its reader says.
struct record_view {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = 0;
  std::string_view key;
  std::optional<std::string_view> value;  // absent: a tombstone
  std::span<const header_view> headers;

  std::optional<std::string_view> header(std::string_view name) const {
    for (const header_view& each : headers) {
      if (each.name == name) return each.value;
    }
    return std::nullopt;
  }
  /// In quarantine, what a stranger's record brought along stands before what is said of it.
  std::optional<std::string_view> last_header(std::string_view name) const {
    for (auto each = headers.rbegin(); each != headers.rend(); ++each) {
      if (each->name == name) return each->value;
    }
    return std::nullopt;
  }
};

enum class destination : std::uint8_t { signal, state, quarantine };

/// A record to be written, to the partition of the number that its cause was read from.
struct outgoing_record {
  destination to = destination::signal;
  core::signal signal = core::signal::payment_received;  // which topic, where `to` is signal
  std::string key;
  std::optional<std::string> value;
  header_list headers;
  std::int64_t timestamp_ms = 0;
};

}  // namespace sinyal::codec
