#pragma once
// Finds where a request's head ends while its bytes come in, and refuses at the first byte what
// Beast would put up with or wait on: bare line ends, control characters, folded lines. Pure.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sinyal::ingest {

/// head = request-line CRLF *( field CRLF ) CRLF
class head_scanner {
 public:
  enum class verdict : std::uint8_t { incomplete, complete, malformed, too_large };

  head_scanner(std::size_t bytes_max, std::size_t fields_max)
      : bytes_max_{bytes_max}, fields_max_{fields_max} {}

  /// `received` is everything since the head's first byte; what was seen is not looked at again.
  verdict scan(std::string_view received);
  /// Of the head with its empty line; meaningful once complete.
  std::size_t size() const { return seen_; }
  void restart();

 private:
  verdict end_line();

  std::size_t bytes_max_;
  std::size_t fields_max_;
  std::size_t seen_ = 0;
  std::size_t line_begin_ = 0;
  std::size_t lines_ = 0;
  bool carriage_return_ = false;
};

}  // namespace sinyal::ingest
