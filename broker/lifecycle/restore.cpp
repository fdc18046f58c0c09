#include "broker/lifecycle/restore.hpp"

#include "broker/codec/state.hpp"

#include <charconv>
#include <utility>

namespace sinyal::lifecycle {

namespace {

constexpr std::string_view position_prefix = R"({"offset":)";

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

}  // namespace

std::string encode_position(std::int64_t offset) {
  return std::string{position_prefix} + std::to_string(offset) + "}";
}

std::optional<std::int64_t> decode_position(std::string_view value) {
  if (!value.starts_with(position_prefix) || !value.ends_with('}')) return std::nullopt;
  value.remove_prefix(position_prefix.size());
  value.remove_suffix(1);
  return whole_number(value);
}

read_from decide_position(std::optional<std::int64_t> committed,
                          std::optional<std::int64_t> position, offset_range log) {
  if (committed && *committed > position.value_or(0)) {
    return "the state reaches raw offset " + std::to_string(position.value_or(0)) +
           ", but the group has committed " + std::to_string(*committed) +
           ": the state topic lost records. Hint: " + std::string{rebuild_hint};
  }
  const std::int64_t from = position ? *position : committed.value_or(log.start);
  if (from > log.end) {
    return "the state is at raw offset " + std::to_string(from) + ", but the raw log ends at " +
           std::to_string(log.end) +
           ": the raw topic was made anew. Hint: restore the topic, or start with a new "
           "topic_prefix";
  }
  if (from < log.start) {
    return "the state is at raw offset " + std::to_string(from) + ", but the raw log starts at " +
           std::to_string(log.start) +
           ": notifications were deleted before they were read. Hint: raise "
           "retention_notifications_days, then process the log into a new kafka.topic_prefix";
  }
  return from;
}

restore restore::again() const {
  restore made{next_, position_};
  made.position_ms_ = position_ms_;
  made.subjects_ = subjects_;
  return made;
}

void restore::committed(std::optional<std::int64_t> offset) {
  committed_ = offset;
  phase_ = phase::watermark;
}

void restore::watermark(std::int64_t end) {
  watermark_ = end;
  phase_ = next_ >= end ? phase::range : phase::reading;
}

void restore::record(const codec::record_view& record, state_store& store) {
  next_ = record.offset + 1;
  if (!record.value) {
    store.erase(record.key);
    return;
  }
  const auto version = record.header("sinyal_version");
  if (version != codec::state_version) {
    refuse("the state record at offset " + std::to_string(record.offset) + " has version " +
           std::string{version.value_or("none")} +
           ", which this release cannot read. Hint: run a release that can, or " +
           std::string{rebuild_hint});
    return;
  }
  if (record.key != position_key) {
    store.put(record.key, *record.value);
    return;
  }
  read_position(record);
}

void restore::read_position(const codec::record_view& record) {
  position_ = decode_position(*record.value);
  position_ms_ = record.timestamp_ms;
  const auto told = record.header(subjects_header);
  subjects_ = told ? whole_number(*told) : std::nullopt;
  if (position_ && subjects_.has_value() == told.has_value()) return;
  refuse("the position record at offset " + std::to_string(record.offset) +
         " cannot be read. Hint: " + std::string{rebuild_hint});
}

void restore::reached(std::int64_t offset) {
  if (phase_ != phase::reading) return;
  next_ = offset;
  if (offset >= watermark_) phase_ = phase::range;
}

/// Every transaction writes a position, a rebuild with the last one: subjects without one are a
/// part of a state, and to go on from them would publish again what the rest had said. So are
/// subjects that are not as many as the last position says.
void restore::range(offset_range log, std::size_t subjects) {
  if (!position_ && subjects > 0) {
    return refuse(
        "the state has subjects and no position: its rebuild was interrupted, or the topic lost "
        "records. Hint: " +
        std::string{rebuild_hint});
  }
  if (subjects_ && static_cast<std::uint64_t>(*subjects_) != subjects) {
    return refuse("the state has " + std::to_string(subjects) + " subjects, but was left with " +
                  std::to_string(*subjects_) +
                  ": the state topic lost records, or was made anew while lifecycle ran. Hint: " +
                  std::string{rebuild_hint});
  }
  read_from from = decide_position(committed_, position_, log);
  if (auto* why = std::get_if<std::string>(&from)) return refuse(std::move(*why));
  position_ = std::get<std::int64_t>(from);
  phase_ = phase::whole;
}

void restore::refuse(std::string why) {
  why_ = std::move(why);
  phase_ = phase::refused;
}

}  // namespace sinyal::lifecycle
