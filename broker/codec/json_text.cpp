#include "broker/codec/json_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sinyal::codec {
namespace {

// token = punctuation | string | atom
// punctuation = { } [ ] : ,        one byte
// string      = from a quote to the next one that no backslash precedes, or to the end
// atom        = a run of anything else but whitespace: numbers, true, false, null
struct token {
  std::string_view text;  // empty at the end of the body
  char kind() const { return text.empty() ? '\0' : text.front(); }
};

enum class char_kind : std::uint8_t { other, punctuation, blank, quote };

/// Every body is read byte by byte: one lookup for each.
constexpr std::array<char_kind, 256> make_kinds() {
  std::array<char_kind, 256> kinds{};
  const auto set = [&kinds](std::string_view chars, char_kind kind) {
    for (const char c : chars) kinds[static_cast<unsigned char>(c)] = kind;
  };
  set(" \t\n\r", char_kind::blank);
  set("{}[]:,", char_kind::punctuation);
  set("\"", char_kind::quote);
  return kinds;
}
constexpr std::array<char_kind, 256> kinds = make_kinds();

char_kind kind_of(char c) {
  return kinds[static_cast<unsigned char>(c)];
}
bool is_opening(char c) {
  return c == '{' || c == '[';
}
bool is_closing(char c) {
  return c == '}' || c == ']';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class tokenizer {
 public:
  explicit tokenizer(std::string_view body) : at_{body.data()}, end_{at_ + body.size()} {}

  token next() {
    skip_blanks();
    if (at_ == end_) return {};
    const char* const begin = at_;
    at_ = end_of(begin);
    return {text_from(begin)};
  }
  /// The string that stands here; nothing where none does.
  std::string_view take_string() {
    if (at_ == end_ || *at_ != '"') return {};
    const char* const begin = at_;
    at_ = end_of_string(begin + 1);
    return text_from(begin);
  }
  void skip_punctuation_and_atoms() {
    while (at_ != end_ && kind_of(*at_) < char_kind::blank) ++at_;
  }
  bool done() const { return at_ == end_; }
  /// Whether this byte comes next, after blanks: a string that a colon follows is a key.
  bool sees(char c) {
    skip_blanks();
    return at_ != end_ && *at_ == c;
  }
  /// The same, and then it is behind us.
  bool take(char c) {
    if (!sees(c)) return false;
    ++at_;
    return true;
  }
  /// All before it is behind us.
  const char* position() const { return at_; }
  /// Skips one value, or what there is of it, and returns its text.
  std::string_view skip_value() {
    token first = next();
    if (first.text.empty()) return {};
    const char* const begin = first.text.data();
    std::size_t depth = is_opening(first.kind()) ? 1 : 0;
    while (depth > 0) {
      const token each = next();
      if (each.text.empty()) break;
      if (is_opening(each.kind())) ++depth;
      if (is_closing(each.kind())) --depth;
    }
    return text_from(begin);
  }

 private:
  void skip_blanks() {
    while (at_ != end_ && kind_of(*at_) == char_kind::blank) ++at_;
  }
  std::string_view text_from(const char* begin) const { return {begin, at_}; }
  /// Quotes are searched for, not stepped to: most of a body is strings.
  const char* end_of_string(const char* begin) const {
    for (const char* at = begin;; ++at) {
      at = static_cast<const char*>(std::memchr(at, '"', static_cast<std::size_t>(end_ - at)));
      if (at == nullptr) return end_;
      const char* backslash = at;
      while (backslash != begin && backslash[-1] == '\\') --backslash;
      if ((at - backslash) % 2 == 0) return at + 1;  // an even number: they escape each other
    }
  }
  const char* end_of(const char* begin) const {
    const char_kind kind = kind_of(*begin);
    if (kind == char_kind::quote) return end_of_string(begin + 1);
    const char* at = begin + 1;
    if (kind == char_kind::punctuation) return at;
    while (at != end_ && kind_of(*at) == char_kind::other) ++at;
    return at;
  }
  const char* at_;
  const char* end_;
};

std::uint32_t hex_value(char c) {
  if (is_digit(c)) return static_cast<std::uint32_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint32_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint32_t>(c - 'A' + 10);
  return 0;
}

std::uint32_t read_hex(std::string_view text, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + 4 && i < text.size(); ++i) {
    value = value << 4 | hex_value(text[i]);
  }
  return value;
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | point >> 6);
    put(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    put(0xE0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  } else {
    put(0xF0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3F));
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  }
}

char simple_escape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    if (text[++i] != 'u') {
      out += simple_escape(text[i]);
      continue;
    }
    std::uint32_t point = read_hex(text, i + 1);
    i += 4;
    const bool high = point >= 0xD800 && point < 0xDC00;
    if (high && i + 2 < text.size() && text[i + 1] == '\\' && text[i + 2] == 'u') {
      point = 0x10000 + ((point - 0xD800) << 10) + ((read_hex(text, i + 3) - 0xDC00) & 0x3FF);
      i += 6;
    }
    append_utf8(out, point);
  }
  return out;
}

bool has_escapes(std::string_view text) {
  return text.find('\\') != std::string_view::npos;
}

bool is_one_of(std::string_view name, std::span<const std::string> keys) {
  return std::any_of(keys.begin(), keys.end(), [&](const std::string& key) { return key == name; });
}

/// Without its quotes, of which the last may be missing.
std::string_view unquoted(std::string_view string) {
  string.remove_prefix(1);
  if (string.ends_with('"')) string.remove_suffix(1);
  return string;
}

/// `-? (0 | [1-9][0-9]*) (.[0-9]+)? ([eE][+-]?[0-9]+)?`
class number_shape {
 public:
  explicit number_shape(std::string_view text) : rest_{text} {
    take('-');
    valid_ = take('0') || take_digits();
    if (take('.')) valid_ = take_digits() && valid_;
    if (take('e') || take('E')) {
      has_exponent_ = true;
      if (!take('+')) take('-');
      valid_ = take_digits() && valid_;
    }
    valid_ = valid_ && rest_.empty();
  }
  bool valid() const { return valid_; }
  bool has_exponent() const { return has_exponent_; }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take_digits() {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_digit);
    const auto count = static_cast<std::size_t>(end - rest_.begin());
    rest_.remove_prefix(count);
    return count > 0;
  }
  std::string_view rest_;
  bool valid_ = false;
  bool has_exponent_ = false;
};

bool needs_mask(std::string_view atom) {
  // 18 characters fit into 64 bits; the shortest number out of a double's range is 1e309
  constexpr std::size_t always_fits = 18;
  constexpr std::size_t exponent_fits = 4;
  if (atom.size() <= exponent_fits) return false;
  const number_shape shape{atom};
  return shape.valid() && (atom.size() > always_fits || shape.has_exponent());
}

}  // namespace

std::string minified_without(std::string_view body, std::span<const std::string> keys) {
  std::string out;
  out.reserve(body.size());
  const bool escapes = has_escapes(body);
  const auto is_hidden = [&](std::string_view name) {
    const bool plain = !escapes || !has_escapes(name);
    return plain ? is_one_of(name, keys) : is_one_of(unescaped(name), keys);
  };
  tokenizer tokens{body};
  const char* kept = tokens.position();  // from here on nothing is copied yet
  const auto copy_until = [&](const char* end) { out.append(kept, end); };
  while (!tokens.done()) {
    tokens.skip_punctuation_and_atoms();
    const char* const begin = tokens.position();
    const std::string_view string = tokens.take_string();
    const char* const end = tokens.position();
    const bool is_key = tokens.sees(':') && !string.empty();
    if (is_key && is_hidden(unquoted(string))) {
      copy_until(begin);
      tokens.take(':');
      tokens.skip_value();
      // One comma goes with the member: the one before it, or else the one behind.
      if (out.ends_with(',')) {
        out.pop_back();
      } else {
        tokens.take(',');
      }
      kept = tokens.position();
    } else if (tokens.position() != end) {  // blanks were skipped
      copy_until(end);
      kept = tokens.position();
    }
  }
  copy_until(tokens.position());
  return out;
}

std::optional<std::string_view> raw_member(std::string_view body, std::string_view key) {
  tokenizer tokens{body};
  if (tokens.next().kind() != '{') return std::nullopt;
  std::optional<std::string_view> found;
  for (token each = tokens.next(); each.kind() == '"' || each.kind() == ','; each = tokens.next()) {
    if (each.kind() == ',') continue;
    if (!tokens.take(':')) break;
    const std::string_view value = tokens.skip_value();
    const std::string_view name = unquoted(each.text);
    if (has_escapes(name) ? unescaped(name) == key : name == key) found = value;
  }
  return found;
}

std::string mask_numbers(std::string_view body) {
  std::string out{body};
  tokenizer tokens{body};
  for (token each = tokens.next(); !each.text.empty(); each = tokens.next()) {
    if (!needs_mask(each.text)) continue;
    const auto begin = static_cast<std::size_t>(each.text.data() - body.data());
    out.replace(begin, each.text.size(), each.text.size(), '0');
    out[begin] = '-';
    out[begin + 2] = '.';
  }
  return out;
}

}  // namespace sinyal::codec
