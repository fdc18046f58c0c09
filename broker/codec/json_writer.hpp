#pragma once
// Appends JSON to a string in the order in which it is told to: no tree, no sorting, no whitespace.
// The caller keeps the nesting right; commas are set here.

#include <algorithm>
#include <array>
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

/// The same of eight bytes at once: where one is below 0x20, a quote or a backslash, which are zero
/// after the exclusive or, its subtraction borrows, and that shows in the highest bit of a byte.
inline bool all_stand_as_they_are(const char* eight) {
  constexpr std::uint64_t each = 0x0101010101010101;
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, eight, sizeof bytes);
  const std::uint64_t borrows =
      (bytes - each * 0x20) | ((bytes ^ each * '"') - each) | ((bytes ^ each * '\\') - each);
  return (borrows & ~bytes & each * 0x80) == 0;
}

/// How many bytes at the front of `text` need no escape.
inline std::size_t plain_bytes(std::string_view text) {
  std::size_t count = 0;
  while (text.size() - count >= 8 && all_stand_as_they_are(text.data() + count)) count += 8;
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
    put_name(name);
    fresh_ = true;
  }
  void text(std::string_view value) {
    if (plain_bytes(value) != value.size()) return escaped(value);
    need(value.size() + marks_most);
    put_comma();
    put_quoted(value);
  }
  /// A value that is JSON already.
  void raw(std::string_view json) {
    need(json.size() + marks_most);
    put_comma();
    put(json);
  }
  void number(std::integral auto value) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    raw({digits, static_cast<std::size_t>(end - digits)});
  }

  void text(std::string_view name, std::string_view value) {
    need(name.size() + value.size() + 2 * marks_most);
    key(name);
    text(value);
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
  static constexpr std::size_t marks_most = 4;  // a comma, two quotes, a colon

  void open(char bracket) {
    need(marks_most);
    put_comma();
    *at_++ = bracket;
    fresh_ = true;
    ++depth_;
  }
  void close(char bracket) {
    need(marks_most);
    *at_++ = bracket;
    fresh_ = false;
    if (--depth_ == 0) give_room_back();
  }
  void escaped(std::string_view value) {
    std::string text;
    append_escaped(text, value);
    need(text.size() + marks_most);
    put_comma();
    put_quoted(text);
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
    out_.resize(static_cast<std::size_t>(at_ - out_.data()));
    end_ = at_;
  }

  // There must be room for what is put.
  void put_comma() {
    if (!fresh_) *at_++ = ',';
    fresh_ = false;
  }
  void put(std::string_view bytes) { at_ = std::copy(bytes.begin(), bytes.end(), at_); }
  void put_quoted(std::string_view bytes) {
    *at_++ = '"';
    put(bytes);
    *at_++ = '"';
  }
  void put_name(std::string_view name) {
    put_comma();
    put_quoted(name);
    *at_++ = ':';
  }

  std::string& out_;
  char* at_;   // where the next byte goes
  char* end_;  // of the room
  std::size_t depth_ = 0;
  bool fresh_ = true;  // nothing stands before the next value in its object or array
};

}  // namespace sinyal::codec
