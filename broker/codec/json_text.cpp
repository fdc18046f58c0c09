#include "broker/codec/json_text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

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

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_punctuation(char c) {
  return c == '{' || c == '}' || c == '[' || c == ']' || c == ':' || c == ',';
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
  explicit tokenizer(std::string_view body) : body_{body} {}

  token next() {
    while (at_ < body_.size() && is_blank(body_[at_])) ++at_;
    if (at_ == body_.size()) return {};
    const std::size_t begin = at_;
    at_ = end_of(begin);
    return {body_.substr(begin, at_ - begin)};
  }
  /// True when a colon comes next, which is then behind us: the string before it was a key.
  bool take_colon() {
    const std::size_t before = at_;
    if (next().kind() == ':') return true;
    at_ = before;
    return false;
  }
  /// Skips one value, or what there is of it, and returns its text.
  std::string_view skip_value() {
    token first = next();
    if (first.text.empty()) return {};
    const std::size_t begin = at_ - first.text.size();
    std::size_t depth = is_opening(first.kind()) ? 1 : 0;
    while (depth > 0) {
      const token each = next();
      if (each.text.empty()) break;
      if (is_opening(each.kind())) ++depth;
      if (is_closing(each.kind())) --depth;
    }
    return body_.substr(begin, at_ - begin);
  }

 private:
  std::size_t end_of(std::size_t begin) const {
    if (is_punctuation(body_[begin])) return begin + 1;
    std::size_t at = begin + 1;
    if (body_[begin] == '"') {
      for (; at < body_.size(); ++at) {
        if (body_[at] == '"') return at + 1;
        if (body_[at] == '\\') ++at;
      }
      return body_.size();
    }
    while (at < body_.size() && !is_blank(body_[at]) && !is_punctuation(body_[at]) &&
           body_[at] != '"') {
      ++at;
    }
    return at;
  }
  std::string_view body_;
  std::size_t at_ = 0;
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

/// `quoted` is a key's token, with its quotes (the last may be missing).
bool is_key(std::string_view quoted, std::string_view key) {
  std::string_view inner = quoted.substr(1);
  if (!inner.empty() && inner.back() == '"') inner.remove_suffix(1);
  if (inner.find('\\') == std::string_view::npos) return inner == key;
  return unescaped(inner) == key;
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
  tokenizer tokens{body};
  // A comma is written before what follows it, so that none is left over where a member was.
  bool comma = false;
  bool opened = true;
  for (token each = tokens.next(); !each.text.empty(); each = tokens.next()) {
    const char kind = each.kind();
    if (kind == ',') {
      comma = true;
      continue;
    }
    const bool key = kind == '"' && tokens.take_colon();
    if (key && std::any_of(keys.begin(), keys.end(),
                           [&](const std::string& k) { return is_key(each.text, k); })) {
      tokens.skip_value();
      continue;
    }
    if (comma && !opened && !is_closing(kind)) out += ',';
    out += each.text;
    if (key) out += ':';
    comma = false;
    opened = is_opening(kind);
  }
  return out;
}

std::optional<std::string_view> raw_member(std::string_view body, std::string_view key) {
  tokenizer tokens{body};
  if (tokens.next().kind() != '{') return std::nullopt;
  std::optional<std::string_view> found;
  for (token each = tokens.next(); each.kind() == '"' || each.kind() == ','; each = tokens.next()) {
    if (each.kind() == ',') continue;
    if (!tokens.take_colon()) break;
    const std::string_view value = tokens.skip_value();
    if (is_key(each.text, key)) found = value;
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
