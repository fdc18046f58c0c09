#pragma once
// Appends JSON to a string in the order in which it is told to: no tree, no sorting, no whitespace.
// The caller keeps the nesting right; commas are set here.

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

namespace sinyal::codec {

/// Appends `text` with what JSON requires escaped, and nothing else: UTF-8 is kept as it is.
inline void append_escaped(std::string& out, std::string_view text) {
  static constexpr std::string_view hex = "0123456789abcdef";
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    out.append(text.substr(begin, i - begin));
    begin = i + 1;
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
  out.append(text.substr(begin));
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
    separate();
    out_ += '"';
    out_.append(name).append("\":");
    fresh_ = true;
  }
  void text(std::string_view value) {
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

  std::string& out_;
  bool fresh_ = true;  // nothing stands before the next value in its object or array
};

}  // namespace sinyal::codec
