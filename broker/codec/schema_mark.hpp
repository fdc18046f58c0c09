#pragma once
// How an event tells which schema of a schema registry its value follows, in Confluent's two forms:
//
//   header  __value_schema_id = 0x01 guid      guid: the 16 bytes of a UUID
//   value   0x00 id json                       id: 32 bits, big-endian
//
// Readers of plain JSON understand the first and not the second.

#include "broker/core/signal.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sinyal::codec {

inline constexpr std::string_view schema_mark_header = "__value_schema_id";

/// What each signal's events carry; made once, so that a process marks all of them alike.
struct schema_marks {
  enum class place : std::uint8_t { none, header, value };
  place where = place::none;
  std::array<std::string, core::signal_count> of{};  // by signal
};

/// The five bytes before a value.
std::string value_mark(std::uint32_t id);

/// The header's seventeen bytes; nothing where the text is no UUID.
std::optional<std::string> header_mark(std::string_view guid);

/// The JSON of an event's value, which may have a mark before it: no JSON begins with a zero.
std::string_view without_mark(std::string_view value);

/// A header's mark as the registry writes its GUID; nothing where it is none.
std::optional<std::string> guid_of(std::string_view mark);

}  // namespace sinyal::codec
