#include "broker/lifecycle/records.hpp"

#include "broker/codec/event.hpp"
#include "broker/codec/state.hpp"
#include "broker/lifecycle/restore.hpp"

#include <charconv>
#include <utility>

namespace sinyal::lifecycle {

std::optional<std::int64_t> cause_in(std::int32_t partition, const codec::record_view& record) {
  const auto told = record.last_header("sinyal_cause");
  if (!told) return std::nullopt;
  const char* const end = told->data() + told->size();
  std::int32_t number = -1;
  std::int64_t offset = -1;
  const auto colon = std::from_chars(told->data(), end, number);
  if (colon.ec != std::errc{} || colon.ptr == end || *colon.ptr != ':') return std::nullopt;
  const auto rest = std::from_chars(colon.ptr + 1, end, offset);
  if (rest.ec != std::errc{} || rest.ptr != end || number != partition || offset < 0) {
    return std::nullopt;
  }
  return offset;
}

codec::outgoing_record state_record(std::string_view key, std::string state,
                                    const raw_cause& cause) {
  codec::outgoing_record record;
  record.to = codec::destination::state;
  record.key = key;
  record.value = std::move(state);
  record.timestamp_ms = cause.timestamp_ms;
  record.headers.reserve(3, 64);
  record.headers.add("sinyal_version", codec::state_version);
  codec::add_cause(record.headers, cause.partition, cause.offset, rules_version);
  return record;
}

codec::outgoing_record position_record(const raw_cause& last, std::size_t subjects) {
  codec::outgoing_record record =
      state_record(position_key, encode_position(last.offset + 1), last);
  record.headers.add(subjects_header, subjects);
  return record;
}

}  // namespace sinyal::lifecycle
