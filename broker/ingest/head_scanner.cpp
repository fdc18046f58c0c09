#include "broker/ingest/head_scanner.hpp"

namespace sinyal::ingest {

namespace {

/// A request line is visible ASCII and spaces; a field may also hold tabs and bytes above 127.
bool allowed(unsigned char byte, bool request_line) {
  if (byte >= 0x20 && byte < 0x7f) return true;
  return !request_line && (byte == '\t' || byte >= 0x80);
}

}  // namespace

head_scanner::verdict head_scanner::scan(std::string_view received) {
  while (seen_ < received.size()) {
    if (seen_ == bytes_max_) return verdict::too_large;
    const auto byte = static_cast<unsigned char>(received[seen_]);
    if (carriage_return_) {
      if (byte != '\n') return verdict::malformed;
      carriage_return_ = false;
      ++seen_;
      const verdict line = end_line();
      if (line != verdict::incomplete) return line;
      continue;
    }
    // A line that starts with white space continues the one before: obs-fold.
    const bool folded = seen_ == line_begin_ && (byte == ' ' || byte == '\t');
    if (byte == '\r') {
      carriage_return_ = true;
    } else if (folded || !allowed(byte, lines_ == 0)) {
      return verdict::malformed;
    }
    ++seen_;
  }
  return verdict::incomplete;
}

head_scanner::verdict head_scanner::end_line() {
  const bool empty = seen_ - line_begin_ == 2;
  line_begin_ = seen_;
  if (empty) return lines_ == 0 ? verdict::malformed : verdict::complete;
  // The first line is the request's; every other one is a field.
  ++lines_;
  return lines_ - 1 > fields_max_ ? verdict::too_large : verdict::incomplete;
}

void head_scanner::restart() {
  seen_ = line_begin_ = lines_ = 0;
  carriage_return_ = false;
}

}  // namespace sinyal::ingest
