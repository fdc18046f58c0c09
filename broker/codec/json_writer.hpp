#pragma once
// Appends JSON to a string in the order in which it is told to: no tree, no sorting, no whitespace.
// The caller keeps the nesting right; commas are set here.

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
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

/// How many bytes at the front of `text` need no escape.
inline std::size_t plain_bytes(std::string_view text) {
  std::size_t count = 0;
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
  /// `out` must outlive the writer.
  explicit json_writer(std::string& out) : out_{out} {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }

  /// `name` needs no escaping: names are ours.
  void key(std::string_view name) {
    char* at = grow(name.size() + 4);
    at = put_quoted(put_comma(at), name);
    *at++ = ':';
    shrink_to(at);
    fresh_ = true;
  }
  void text(std::string_view value) {
    if (plain_bytes(value) == value.size()) {
      shrink_to(put_quoted(put_comma(grow(value.size() + 3)), value));
      return;
    }
    separate();
    out_ += '"';
    append_escaped(out_, value);
    out_ += '"';
  }
  /// A value that is JSON already.
  void raw(std::string_view json) {
    separate();
    out_.append(json);
  }
  void number(std::integral auto value) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    raw({digits, static_cast<std::size_t>(end - digits)});
  }

  void text(std::string_view name, std::string_view value) {
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
  void open(char bracket) {
    separate();
    out_ += bracket;
    fresh_ = true;
  }
  void close(char bracket) {
    out_ += bracket;
    fresh_ = false;
  }
  void separate() {
    if (!fresh_) out_ += ',';
    fresh_ = false;
  }

  // What is nearly always written, a name or a text without escapes, is written in one piece:
  // room for the most that it may take, its bytes, and the rest given back.
  char* grow(std::size_t bytes_max) {
    const std::size_t before = out_.size();
    out_.resize(before + bytes_max);
    return out_.data() + before;
  }
  void shrink_to(const char* end) { out_.resize(static_cast<std::size_t>(end - out_.data())); }
  char* put_comma(char* at) {
    if (!fresh_) *at++ = ',';
    fresh_ = false;
    return at;
  }
  static char* put_quoted(char* at, std::string_view text) {
    *at++ = '"';
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    at += text.size();
    *at++ = '"';
    return at;
  }

  std::string& out_;
  bool fresh_ = true;  // nothing stands before the next value in its object or array
};

}  // namespace sinyal::codec
