#pragma once
// Requests as RFC 9112 has them, to the letter, as far as it concerns where they end and what their
// bodies are. It takes no more than what no two parsers could read differently.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sinyal::fuzz {

class http_reader {
 public:
  enum class verdict : std::uint8_t { whole, incomplete, malformed };
  struct request {
    verdict what = verdict::malformed;
    std::string body;
  };

  explicit http_reader(std::string_view bytes) : rest_{bytes} {}

  request next() {
    what_ = verdict::whole;
    request out;
    chunked_ = false;
    length_.reset();
    read_head();
    if (what_ == verdict::whole && chunked_) {
      while (const std::size_t size = chunk_size()) {
        out.body += take(size);
        if (!line().empty()) fail(verdict::malformed);
        if (what_ != verdict::whole) break;
      }
      while (what_ == verdict::whole) {  // trailers
        const std::string_view field = line();
        if (field.empty()) break;
        if (!field.starts_with(' ') && !field.starts_with('\t')) read_field(field);  // obs-fold
      }
    } else if (what_ == verdict::whole && length_) {
      out.body = take(*length_);
    }
    out.what = what_;
    return out;
  }

 private:
  void fail(verdict why) {
    if (what_ == verdict::whole) what_ = why;
  }

  /// A line without its end, which is CRLF; of visible characters, blanks and bytes above 127.
  std::string_view line() {
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      const auto byte = static_cast<unsigned char>(rest_[i]);
      if (byte == '\r' && i + 1 == rest_.size()) break;
      if (byte == '\r' && rest_[i + 1] == '\n') {
        const std::string_view found = rest_.substr(0, i);
        rest_.remove_prefix(i + 2);
        return found;
      }
      if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
        fail(verdict::malformed);
        return {};
      }
    }
    fail(verdict::incomplete);
    return {};
  }

  std::string_view take(std::size_t count) {
    if (rest_.size() < count) {
      fail(verdict::incomplete);
      return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  /// request-line = method SP request-target SP "HTTP/1." ( "0" | "1" )
  void read_head() {
    const std::string_view first = line();
    if (what_ != verdict::whole) return;
    const auto space = first.find(' ');
    const auto second = space == first.npos ? first.npos : first.find(' ', space + 1);
    if (space == 0 || second == first.npos || second == space + 1) return fail(verdict::malformed);
    const std::string_view version = first.substr(second + 1);
    if (version != "HTTP/1.1" && version != "HTTP/1.0") return fail(verdict::malformed);
    while (what_ == verdict::whole) {
      const std::string_view field = line();
      if (field.empty()) break;
      const auto [name, value] = read_field(field);
      if (name == "content-length") {
        if (length_ || !(length_ = number(value, 10))) fail(verdict::malformed);
      } else if (name == "transfer-encoding") {
        if (chunked_ || lower(value) != "chunked") fail(verdict::malformed);
        chunked_ = true;
      }
    }
    if (chunked_ && (length_ || version != "HTTP/1.1")) fail(verdict::malformed);
  }

  struct field {
    std::string name;
    std::string_view value;
  };
  /// field = token ":" OWS value OWS
  field read_field(std::string_view text) {
    const auto colon = text.find(':');
    const std::string name = lower(text.substr(0, colon));
    if (colon == text.npos || name.empty() ||
        name.find_first_not_of("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") !=
            name.npos) {
      fail(verdict::malformed);
      return {};
    }
    std::string_view value = text.substr(colon + 1);
    while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
    while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
    return {name, value};
  }

  /// chunk-size [ BWS ";" … ]; 0 also where there is none
  std::size_t chunk_size() {
    const std::string_view head = line();
    const auto digits = head.substr(0, head.find_first_not_of("0123456789abcdefABCDEF"));
    const std::string_view rest = head.substr(digits.size());
    const auto mark = rest.find_first_not_of(" \t");
    const auto size = number(digits, 16);
    if (!size || (!rest.empty() && (mark == rest.npos || rest[mark] != ';')) ||
        leaves_quote_open(rest)) {
      fail(verdict::malformed);
    }
    return what_ == verdict::whole ? *size : 0;
  }

  /// Another parser may look for the quote's end beyond that of the line.
  static bool leaves_quote_open(std::string_view text) {
    bool open = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (open && text[i] == '\\') {
        ++i;
      } else if (text[i] == '"') {
        open = !open;
      }
    }
    return open;
  }

  static std::optional<std::size_t> number(std::string_view digits, std::size_t base) {
    if (digits.empty()) return std::nullopt;
    std::size_t value = 0;
    for (const char each : lower(digits)) {
      const bool letter = each >= 'a' && each <= 'f' && base == 16;
      if (!letter && (each < '0' || each > '9')) return std::nullopt;
      if (value > SIZE_MAX / base - 1) return std::nullopt;
      value = value * base + static_cast<std::size_t>(letter ? each - 'a' + 10 : each - '0');
    }
    return value;
  }

  static std::string lower(std::string_view text) {
    std::string out{text};
    for (char& each : out) {
      if (each >= 'A' && each <= 'Z') each = static_cast<char>(each - 'A' + 'a');
    }
    return out;
  }

  std::string_view rest_;
  verdict what_ = verdict::whole;
  bool chunked_ = false;
  std::optional<std::size_t> length_;
};

}  // namespace sinyal::fuzz
