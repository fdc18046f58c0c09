#pragma once
// A Kafka record as it was read. Views into what the client holds.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sinyal::detail {

struct header {
  std::string_view name, value;
};

struct record {
  std::string_view topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::string_view key;
  std::optional<std::string_view> value;  // empty: a tombstone
  std::span<const header> headers;
};

}  // namespace sinyal::detail
