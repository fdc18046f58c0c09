#include "broker/lifecycle/batch.hpp"

#include "broker/lifecycle/restore.hpp"
#include "broker/observe/clock.hpp"

namespace sinyal::lifecycle {

void batch::add(const codec::record_view& record) {
  records_.push_back(&record);
  bytes_ += record.key.size() + (record.value ? record.value->size() : 0);
  const auto [at, is_first] = touched_.try_emplace(record.partition);
  if (is_first) at->second.first = record.offset;
  at->second.last = &record;
}

std::int64_t batch::next(std::int32_t partition, std::int64_t otherwise) const {
  const auto at = touched_.find(partition);
  return at == touched_.end() ? otherwise : at->second.last->offset + 1;
}

void batch::clear() {
  records_.clear();
  bytes_ = 0;
  touched_.clear();
  changes_ = overlay{};
  counted_.clear();
}

log_result<void> batch::write(const condemned_records& condemned) {
  for (const codec::record_view* record : records_) {
    auto made = judge(*record, condemned);
    if (!made) return made.error();
    for (const codec::outgoing_record& out : made->records) {
      if (auto done = log_.write(out, record->partition); !done) return done.error();
    }
    note(*record, *made);
    if (made->state() != nullptr) {  // it is written, and may be taken from its record
      std::string& state = *made->records.back().value;
      const bool is_new = changes_.put(record->key, record->partition, std::move(state));
      if (is_new) ++touched_.at(record->partition).subjects;
    }
  }
  for (const auto& [partition, at] : touched_) {
    if (auto done = write_position(partition, at); !done) return done.error();
  }
  return {};
}

/// What throws is quarantined; a state that cannot be read stops its partition.
log_result<transformed> batch::judge(const codec::record_view& record,
                                     const condemned_records& condemned) {
  const auto state =
      changes_.find(record.key, record.partition, partitions_.at(record.partition).store);
  if (condemned.contains({record.partition, record.offset})) {
    return transformer_.give_up(record, state, std::string{unwritable});
  }
  auto made = transformer_.judge(record, state);
  if (made) return made;
  log_failure why = made.error();
  why.message.append(". Hint: ").append(rebuild_hint);
  return why;
}

log_result<void> batch::write_position(std::int32_t partition, const touched& at) {
  const std::size_t subjects = partitions_.at(partition).store.size() + at.subjects;
  return log_.write(position_record({partition, at.last->offset, at.last->timestamp_ms}, subjects),
                    partition);
}

void batch::note(const codec::record_view& record, const transformed& made) {
  counted entry;
  entry.verdict = made.verdict;
  if (made.why) {
    entry.quarantined = made.why->reason;
    entry.id = record.header("sinyal_id").value_or("");
    entry.partition = record.partition;
    entry.offset = record.offset;
  }
  entry.money = made.money;
  entry.signals.reserve(made.emissions.size());
  for (const core::emission& each : made.emissions) {
    entry.signals.push_back({each.signal, each.time});
  }
  counted_.push_back(std::move(entry));
}

std::vector<partition_offset> batch::next_offsets() const {
  std::vector<partition_offset> offsets;
  for (const auto& [partition, at] : touched_) offsets.push_back({partition, at.last->offset + 1});
  return offsets;
}

std::vector<partition_offset> batch::first_offsets() const {
  std::vector<partition_offset> offsets;
  for (const auto& [partition, at] : touched_) offsets.push_back({partition, at.first});
  return offsets;
}

void batch::merge() {
  changes_.each([&](std::int32_t partition, std::string_view key, const std::string& value) {
    partitions_.at(partition).store.put(key, value);
  });
  for (const auto& [number, at] : touched_) {
    partition& whole = partitions_.at(number);
    whole.next = at.last->offset + 1;
    whole.last_ms = at.last->timestamp_ms;
  }
  count();
}

void batch::count() const {
  const std::int64_t now_ms = observe::now().ms_since_epoch;
  for (const counted& each : counted_) {
    if (each.verdict) metrics_.fact(*each.verdict);
    if (each.quarantined) tell_quarantined(each);
    for (const auto& [signal, time] : each.signals) {
      metrics_.signal(signal, static_cast<double>(now_ms - time.ms_since_epoch) / 1000.0);
    }
  }
}

/// No more of it than where it stands: what it says is a customer's.
void batch::tell_quarantined(const counted& each) const {
  metrics_.quarantined(*each.quarantined, each.money);
  logger_.warning("notification quarantined", {{"id", each.id},
                                               {"reason", to_string(*each.quarantined)},
                                               {"money", each.money},
                                               {"partition", each.partition},
                                               {"offset", each.offset}});
}

}  // namespace sinyal::lifecycle
