#include "broker/lifecycle/partitions.hpp"

#include "broker/core/subject.hpp"
#include "broker/observe/clock.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace sinyal::lifecycle {

namespace {

using clock = partition::clock;
constexpr std::chrono::milliseconds state_poll{10};

double seconds_between(clock::time_point from, clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

partitions::partitions(partitions_settings settings, lifecycle_log& log, observe::metrics& metrics,
                       observe::logger& logger)
    : settings_{settings}, log_{log}, metrics_{metrics}, logger_{logger} {}

void partitions::assigned(std::span<const std::int32_t> numbers) {
  joined_ = true;
  for (const std::int32_t number : numbers) {
    partition fresh;
    if (const auto back = kept_.find(number); back != kept_.end()) {
      fresh = std::move(back->second);
      kept_.erase(back);
      // What others have written meanwhile is read from where we stopped reading.
      const bool ran = fresh.status == partition::status::running;
      fresh.restore = ran ? restore{fresh.restore.next(), fresh.next} : fresh.restore.again();
    }
    fresh.status = partition::status::restoring;
    fresh.since = clock::now();
    assigned_.insert_or_assign(number, std::move(fresh));
    if (number >= settings_.count) {
      stop(number,
           "the raw topic has more partitions than kafka.partitions. It is not read: no key of "
           "ours is there. Hint: leave kafka.partitions as it is, since keys would move");
    }
  }
  logger_.info("partitions assigned", {{"count", numbers.size()}});
}

void partitions::revoked(std::span<const std::int32_t> numbers) {
  joined_ = false;  // until the next assignment, which does not come while the raw log is gone
  for (const std::int32_t number : numbers) {
    const auto at = assigned_.find(number);
    if (at == assigned_.end()) continue;
    log_.stop_state(number);
    metrics_.consumer_lag_gone(number);
    if (at->second.status != partition::status::stopped) {
      at->second.since = clock::now();
      kept_.insert_or_assign(number, std::move(at->second));
    }
    assigned_.erase(at);
  }
  report_subjects();
  logger_.info("partitions revoked", {{"count", numbers.size()}});
}

void partitions::forget() {
  for (const auto& [number, at] : assigned_) metrics_.consumer_lag_gone(number);
  assigned_.clear();
  kept_.clear();
  joined_ = false;
}

bool partitions::restoring() const {
  return std::any_of(assigned_.begin(), assigned_.end(), [](const auto& each) {
    return each.second.status == partition::status::restoring;
  });
}

bool partitions::ready() const {
  return joined_ && std::all_of(assigned_.begin(), assigned_.end(), [](const auto& each) {
           return each.second.status == partition::status::running;
         });
}

bool partitions::runs(std::int32_t number) const {
  const auto at = assigned_.find(number);
  return at != assigned_.end() && at->second.status == partition::status::running;
}

std::vector<std::int32_t> partitions::in_phase(restore::phase phase) const {
  std::vector<std::int32_t> numbers;
  for (const auto& [number, at] : assigned_) {
    if (at.status == partition::status::restoring && at.restore.now() == phase) {
      numbers.push_back(number);
    }
  }
  return numbers;
}

log_result<void> partitions::restore_slice(std::chrono::milliseconds budget) {
  if (!restoring()) return {};
  if (settings_.in_memory) {
    for (auto& [number, at] : assigned_) {
      if (at.status != partition::status::restoring) continue;
      if (auto done = run(number, at, at.next); !done) return done.error();
    }
    return {};
  }
  const auto until = clock::now() + budget;
  if (auto done = ask_committed(); !done) return done.error();
  if (auto done = ask_watermarks(); !done) return done.error();
  if (auto done = read_states(until); !done) return done.error();
  return check_ranges(until);
}

/// All that may mend by itself is asked again in the next slice. Where the rights to a topic are
/// missing the partitions stop, as they do when writing: starting anew would not help.
log_result<void> partitions::unanswered(const log_failure& why,
                                        std::span<const std::int32_t> numbers) {
  switch (why.what) {
    case failure_class::retriable:
    case failure_class::abortable:
      tell_unanswered(why);
      return {};
    case failure_class::record:
    case failure_class::topic:
    case failure_class::partition:
      for (const std::int32_t number : numbers) stop(number, why.message);
      return {};
    case failure_class::fenced:
    case failure_class::replaced:
    case failure_class::fatal:
      break;
  }
  return why;
}

void partitions::tell_unanswered(const log_failure& why) {
  const auto now = clock::now();
  if (now - told_unanswered_ < settings_.silent_at_most) return;
  told_unanswered_ = now;
  logger_.warning("restore asks again", {{"reason", why.reason}, {"why", why.message}});
}

log_result<void> partitions::ask_committed() {
  const auto numbers = in_phase(restore::phase::committed);
  if (numbers.empty()) return {};
  const auto offsets = log_.committed(numbers);
  if (!offsets) return unanswered(offsets.error(), numbers);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    assigned_.at(numbers[i]).restore.committed((*offsets)[i]);
  }
  return {};
}

log_result<void> partitions::ask_watermarks() {
  const auto numbers = in_phase(restore::phase::watermark);
  if (numbers.empty()) return {};
  const auto ends = log_.state_ends(numbers);
  if (!ends) return unanswered(ends.error(), numbers);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    partition& at = assigned_.at(numbers[i]);
    at.restore.watermark((*ends)[i]);
    at.heard = clock::now();
    if (at.restore.now() != restore::phase::reading) continue;
    if (auto done = log_.start_state({numbers[i], at.restore.next()}); !done) return done.error();
  }
  return {};
}

/// However long an open transaction hides what comes next, the state is read to its end: to go on
/// without would forget what was published. But a transaction that never ends is for a person.
void partitions::tell_waiting() {
  const auto now = clock::now();
  for (const std::int32_t number : in_phase(restore::phase::reading)) {
    partition& at = assigned_.at(number);
    if (now - at.heard < settings_.silent_at_most) continue;
    at.heard = now;
    logger_.warning(
        "restore waits",
        {{"partition", number},
         {"offset", at.restore.next()},
         {"end", at.restore.watermark()},
         {"why",
          "a transaction that is still open hides the rest of the state. Hint: one that "
          "stays open for longer than a minute hangs in Kafka; "
          "kafka-transactions.sh find-hanging names it"}});
  }
}

log_result<void> partitions::read_states(clock::time_point until) {
  tell_waiting();
  while (!in_phase(restore::phase::reading).empty() && clock::now() < until) {
    // Many records between two looks at the clock and at the phases.
    for (int i = 0; i < 1000; ++i) {
      const auto event = log_.poll_state(state_poll);
      if (!event) {
        if (!event.error().partition) return event.error();
        stop(*event.error().partition, event.error().message);
        break;
      }
      if (event->what == state_event::kind::nothing) break;
      apply(*event);
    }
  }
  return {};
}

/// Else the state of a subject would be in one partition and its notifications in another.
bool partitions::belongs(const codec::record_view& record, std::int32_t number) const {
  return !record.value || record.key == position_key ||
         core::partition_of(record.key, settings_.count) == number;
}

void partitions::apply(const state_event& event) {
  const auto found = assigned_.find(event.partition);
  if (found == assigned_.end()) return;
  partition& at = found->second;
  if (at.restore.now() != restore::phase::reading) return;
  at.heard = clock::now();
  if (event.what == state_event::kind::record) {
    at.restore.record(*event.record, at.store);
    if (at.restore.now() != restore::phase::refused && !belongs(*event.record, event.partition)) {
      at.restore.refuse(
          "the state has subjects of other partitions: kafka.partitions is not what it was when "
          "they were written, and keys have moved. Hint: go back to that number, or process the "
          "raw log into a new kafka.topic_prefix");
    }
  } else {
    at.restore.reached(event.offset);
  }
  if (at.restore.now() != restore::phase::reading) log_.stop_state(event.partition);
  if (at.restore.now() == restore::phase::refused) stop(event.partition, at.restore.why());
}

log_result<void> partitions::check_ranges(clock::time_point until) {
  for (const std::int32_t number : in_phase(restore::phase::range)) {
    // each may take seconds while Kafka is slow: the rest is for the next slice
    if (clock::now() > until) return {};
    const auto range = log_.raw_range(number);
    if (!range) {
      if (auto done = unanswered(range.error(), {&number, 1}); !done) return done.error();
      continue;
    }
    partition& at = assigned_.at(number);
    at.restore.range(*range, at.store.size());
    if (at.restore.now() == restore::phase::refused) stop(number, at.restore.why());
  }
  for (const std::int32_t number : in_phase(restore::phase::whole)) {
    partition& at = assigned_.at(number);
    if (auto done = run(number, at, *at.restore.position()); !done) return done.error();
    if (runs(number)) metrics_.state_restored(seconds_between(at.since, clock::now()));
  }
  return {};
}

log_result<void> partitions::run(std::int32_t number, partition& at, std::int64_t from) {
  if (auto done = log_.resume({number, from}); !done) {
    if (done.error().what == failure_class::retriable) return {};
    return done.error();
  }
  at.next = from;
  at.last_ms = std::max(at.last_ms, at.restore.position_ms());
  at.status = partition::status::running;
  report_subjects();
  logger_.info("partition restored",
               {{"partition", number}, {"offset", from}, {"subjects", at.store.size()}});
  return {};
}

void partitions::stop(std::int32_t number, const std::string& why) {
  const auto at = assigned_.find(number);
  if (at == assigned_.end() || at->second.status == partition::status::stopped) return;
  const bool ran = at->second.status == partition::status::running;
  at->second.status = partition::status::stopped;
  log_.stop_state(number);
  if (ran) {
    // One that did not run is paused already.
    if (auto paused = log_.pause(number); !paused) {
      logger_.warning("pause failed", {{"partition", number}, {"why", paused.error().message}});
    }
  }
  logger_.error("partition stopped", {{"partition", number}, {"why", why}});
}

void partitions::stop_all(const std::string& why) {
  if (assigned_.empty()) logger_.error("no partition is assigned", {{"why", why}});
  for (const auto& [number, at] : assigned_) stop(number, why);
}

void partitions::report() {
  const auto now = clock::now();
  std::erase_if(kept_,
                [&](const auto& each) { return now - each.second.since > settings_.keep_revoked; });
  const std::int64_t now_ms = observe::now().ms_since_epoch;
  for (const auto& [number, at] : assigned_) {
    if (at.status == partition::status::restoring) continue;
    const auto end = log_.known_raw_end(number);
    if (!end) continue;
    const std::int64_t lag = std::max<std::int64_t>(0, *end - at.next);
    const bool behind = lag > 0 && at.last_ms > 0 && at.last_ms < now_ms;
    const double age = behind ? static_cast<double>(now_ms - at.last_ms) / 1000.0 : 0.0;
    metrics_.consumer_lag(number, lag, age);
  }
  report_subjects();
}

void partitions::report_subjects() {
  for (const auto kind : {core::subject_kind::payment, core::subject_kind::invoice,
                          core::subject_kind::subscription}) {
    std::int64_t subjects = 0;
    for (const auto& [number, at] : assigned_) subjects += at.store.count(kind);
    metrics_.state_subjects(kind, subjects);
  }
}

}  // namespace sinyal::lifecycle
