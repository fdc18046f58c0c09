// Any bytes at all in the place of what lifecycle reads back from Kafka: refused with a reason, or
// read, and then written as bytes that mean the same and are written so again.
//
//   input = letter, rest
//   p i s: a payment's, an invoice's or a subscription's state     o: a position record's value
//   h: a raw record; its key, then name and value of each header, a LF between

#include "broker/codec/raw_record.hpp"
#include "broker/codec/state.hpp"
#include "broker/lifecycle/restore.hpp"
#include "tests/fuzz/claim.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sinyal::fuzz {

namespace {

void read_state(std::string_view document, core::subject_kind kind) {
  const core::subject subject{kind, "SHOP-1001"};
  codec::state_decoder decoder;
  const auto state = decoder.decode(document, subject);
  if (!state) return claim(!state.error().message().empty(), "a refusal says why");
  std::string written;
  codec::encode_state(*state, written);
  const auto read = decoder.decode(written, subject);
  claim(read.has_value(), "a state that was read can be written and read");
  claim(*read == *state, "a state that was read and written means the same");
  std::string again;
  codec::encode_state(*read, again);
  claim(again == written, "the same state is the same bytes");
}

void read_position(std::string_view value) {
  const auto offset = lifecycle::decode_position(value);
  if (!offset) return;
  claim(*offset >= 0, "an offset is none before the first");
  claim(lifecycle::decode_position(lifecycle::encode_position(*offset)) == offset,
        "a position that was read and written is the same");
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (;;) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == text.npos) return lines;
    text.remove_prefix(end + 1);
  }
}

bool same(const codec::raw_headers& one, const codec::raw_headers& other) {
  return one.id == other.id && one.connector == other.connector && one.endpoint == other.endpoint &&
         one.merchant == other.merchant && one.kind == other.kind && one.subject == other.subject &&
         one.received_at == other.received_at && one.key_index == other.key_index &&
         one.peer == other.peer && one.traceparent == other.traceparent &&
         one.content_type == other.content_type && one.subjects == other.subjects &&
         one.retry_of == other.retry_of &&
         // only of a retry is it told how often
         (one.retry_of.empty() || one.retries == other.retries);
}

void read_raw(std::string_view text) {
  const std::vector<std::string_view> lines = lines_of(text);
  std::vector<codec::header_view> headers;
  for (std::size_t i = 1; i + 1 < lines.size(); i += 2) headers.push_back({lines[i], lines[i + 1]});
  codec::record_view record;
  record.key = lines[0];
  record.headers = headers;
  const codec::decoded_raw decoded = codec::decode_raw(record);
  claim(decoded.headers.has_value() != decoded.why.has_value(), "it is read or refused");
  if (decoded.why) return claim(!decoded.why->message.empty(), "a refusal says why");
  claim(core::parse_key(record.key).has_value(), "a key that was read is one");

  const codec::header_list written = codec::encode_raw_headers(*decoded.headers);
  headers.clear();
  for (std::size_t i = 0; i < written.size(); ++i) headers.push_back(written[i]);
  record.headers = headers;
  const codec::decoded_raw again = codec::decode_raw(record);
  claim(again.headers && same(*again.headers, *decoded.headers),
        "headers that were read and written mean the same");
}

}  // namespace

}  // namespace sinyal::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sinyal;
  if (size == 0) return 0;
  const std::string_view rest{reinterpret_cast<const char*>(data) + 1, size - 1};
  switch (data[0]) {
    case 'p':
      fuzz::read_state(rest, core::subject_kind::payment);
      break;
    case 'i':
      fuzz::read_state(rest, core::subject_kind::invoice);
      break;
    case 's':
      fuzz::read_state(rest, core::subject_kind::subscription);
      break;
    case 'o':
      fuzz::read_position(rest);
      break;
    case 'h':
      fuzz::read_raw(rest);
      break;
    default:
      return -1;  // not worth keeping
  }
  return 0;
}
