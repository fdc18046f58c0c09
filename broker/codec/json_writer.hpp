#pragma once
// Appends JSON to a string in the order in which it is told to: no tree, no sorting, no whitespace.
// The caller keeps the nesting right; commas are set here.

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sinyal::codec {

/// Whether JSON lets the byte stand in a string as it is.
inline constexpr std::array<bool, 256> stands_as_it_is = [] {
  std::array<bool, 256> table{};
  for (std::size_t byte = 0x20; byte < table.size(); ++byte) table[byte] = true;
  table['"'] = table['\\'] = false;
  return table;
}();

/// The first byte of a text in the lowest bits.
inline std::uint64_t eight_bytes(const char* text) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, text, sizeof bytes);
  return std::endian::native == std::endian::little ? bytes : __builtin_bswap64(bytes);
}

/// Zero where all eight stand as they are; else the lowest bit that is set is in the first byte
/// that does not. One below 0x20, a quote or a backslash, which are zero after the exclusive or,
/// borrows when subtracted from, and that shows in its highest bit.
inline std::uint64_t those_to_escape(std::uint64_t eight) {
  constexpr std::uint64_t each = 0x0101010101010101;
  const std::uint64_t borrows =
      (eight - each * 0x20) | ((eight ^ each * '"') - each) | ((eight ^ each * '\\') - each);
  return borrows & ~eight & each * 0x80;
}

/// How many bytes at the front of `text` need no escape.
inline std::size_t plain_bytes(std::string_view text) {
  std::size_t count = 0;
  for (; text.size() - count >= 8; count += 8) {
    const std::uint64_t found = those_to_escape(eight_bytes(text.data() + count));
    if (found != 0) return count + static_cast<std::size_t>(std::countr_zero(found)) / 8;
  }
  while (count < text.size() && stands_as_it_is[static_cast<unsigned char>(text[count])]) ++count;
  return count;
}

/// Appends `text` with what JSON requires escaped, and nothing else: UTF-8 is kept as it is.
inline void append_escaped(std::string& out, std::string_view text) {
  static constexpr std::string_view hex = "0123456789abcdef";
  for (;;) {
    const std::size_t plain = plain_bytes(text);
    out.append(text.data(), plain);
    if (plain == text.size()) return;
    const auto byte = static_cast<unsigned char>(text[plain]);
    text.remove_prefix(plain + 1);
    out += '\\';
    switch (byte) {
      case '"':
        out += '"';
        break;
      case '\\':
        out += '\\';
        break;
      case '\b':
        out += 'b';
        break;
      case '\f':
        out += 'f';
        break;
      case '\n':
        out += 'n';
        break;
      case '\r':
        out += 'r';
        break;
      case '\t':
        out += 't';
        break;
      default:
        out += "u00";
        out += hex[byte >> 4];
        out += hex[byte & 15];
    }
  }
}

class json_writer {
 public:
  /// `out` must outlive the writer, and is whole once the outermost object or array is closed:
  /// until then room for what is to come stands at its end.
  explicit json_writer(std::string& out)
      : out_{out}, at_{out.data() + out.size()}, end_{out.data() + out.size()} {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }

  /// `name` needs no escaping: names are ours.
  void key(std::string_view name) {
    need(name.size() + marks_most);
    at_ = put_key(at_, name);
  }
  void text(std::string_view value) {
    need(value.size() + marks_most);
    char* const at = put_text(at_, value);
    if (at == nullptr) return escaped(value);
    at_ = at;
  }
  /// A value that is JSON already.
  void raw(std::string_view json) {
    need(json.size() + marks_most);
    char* at = put(at_, json);
    *at++ = ',';
    at_ = at;
  }
  void number(std::integral auto value) {
    constexpr std::size_t digits_most = 20;
    need(digits_most + marks_most);
    char* at = std::to_chars(at_, at_ + digits_most, value).ptr;
    *at++ = ',';
    at_ = at;
  }

  void text(std::string_view name, std::string_view value) {
    need(name.size() + value.size() + 2 * marks_most);
    at_ = put_key(at_, name);
    char* const at = put_text(at_, value);
    if (at == nullptr) return escaped(value);
    at_ = at;
  }
  void raw(std::string_view name, std::string_view json) {
    key(name);
    raw(json);
  }
  void number(std::string_view name, std::integral auto value) {
    key(name);
    number(value);
  }
  /// Nothing for an empty text: an unknown field is absent.
  void known(std::string_view name, std::string_view value) {
    if (!value.empty()) text(name, value);
  }

 private:
  static constexpr std::size_t marks_most = 3;  // two quotes, a comma or a colon

  void open(char bracket) {
    need(1);
    *at_++ = bracket;
    ++depth_;
  }
  void close(char bracket) {
    need(2);
    char* at = at_;
    if (at[-1] == ',') --at;  // of the last value: every one has a comma behind it
    *at++ = bracket;
    *at++ = ',';
    at_ = at;
    if (--depth_ == 0) give_room_back();
  }
  void escaped(std::string_view value) {
    std::string json = "\"";
    append_escaped(json, value);
    raw(json += '"');
  }

  void need(std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - at_) < bytes) make_room(bytes);
  }
  void make_room(std::size_t bytes) {
    const auto used = static_cast<std::size_t>(at_ - out_.data());
    out_.resize(std::max(out_.capacity(), used + used / 2 + bytes));
    at_ = out_.data() + used;
    end_ = out_.data() + out_.size();
  }
  void give_room_back() {
    --at_;  // the outermost's comma
    out_.resize(static_cast<std::size_t>(at_ - out_.data()));
    end_ = at_;
  }

  // There must be room for what is put. Where the next byte goes is kept in a variable meanwhile:
  // in a member, it would be stored and read again for each.
  static char* put(char* at, std::string_view bytes) {
    return std::copy(bytes.begin(), bytes.end(), at);
  }
  static char* put_key(char* at, std::string_view name) {
    *at++ = '"';
    at = put(at, name);
    *at++ = '"';
    *at++ = ':';
    return at;
  }
  /// With its quotes and its comma. Null where something of it must be escaped.
  static char* put_text(char* at, std::string_view text) {
    *at = '"';
    at = put_plain(at + 1, text);
    if (at == nullptr) return nullptr;
    *at++ = '"';
    *at++ = ',';
    return at;
  }
  /// Null where something of it must be escaped.
  static char* put_plain(char* at, std::string_view text) {
    const char* from = text.data();
    const char* const end = from + text.size();
    if (text.size() < 8) {
      for (; from != end; ++from) {
        if (!stands_as_it_is[static_cast<unsigned char>(*from)]) return nullptr;
        *at++ = *from;
      }
      return at;
    }
    for (;;) {
      if (those_to_escape(eight_bytes(from)) != 0) return nullptr;
      std::memcpy(at, from, 8);
      const std::ptrdiff_t step = std::min<std::ptrdiff_t>(8, end - from - 8);
      if (step == 0) return at + 8;
      from += step;  // the last eight may have been looked at in part
      at += step;
    }
  }

  std::string& out_;
  char* at_;   // where the next byte goes
  char* end_;  // of the room
  std::size_t depth_ = 0;
};

}  // namespace sinyal::codec
