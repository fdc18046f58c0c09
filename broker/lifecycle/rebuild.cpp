#include "broker/lifecycle/rebuild.hpp"

#include "broker/lifecycle/records.hpp"
#include "broker/lifecycle/restore.hpp"
#include "broker/lifecycle/transaction.hpp"

#include <algorithm>
#include <numeric>
#include <thread>
#include <utility>

namespace sinyal::lifecycle {

namespace {

using std::chrono::milliseconds;
constexpr milliseconds poll_time{100};  // how soon a request to stop is seen

log_failure refusal(std::string why) {
  return {failure_class::fatal, "refused", std::move(why)};
}

std::string of_partition(std::size_t number) {
  return "partition " + std::to_string(number) + ": ";
}

/// Why this part of a log cannot be folded, if so.
std::optional<std::string> objection(std::int64_t to, offset_range log, bool from_trimmed_log) {
  if (to > log.end) {
    return "the group has committed raw offset " + std::to_string(to) +
           ", but the raw log ends at " + std::to_string(log.end) +
           ": the raw topic was made anew. Hint: restore the topic, or start with a new "
           "kafka.topic_prefix";
  }
  if (to < log.start) {
    return "the group has committed raw offset " + std::to_string(to) +
           ", but the raw log starts at " + std::to_string(log.start) +
           ": notifications were deleted before they were read. Hint: process what is left into a "
           "new kafka.topic_prefix";
  }
  if (log.start > 0 && !from_trimmed_log) {
    return "the raw log starts at offset " + std::to_string(log.start) +
           ": of subjects that began before, the state cannot be known. Hint: --from-trimmed-log "
           "rebuilds the rest; a later notification of a subject that is lost counts as its first";
  }
  return std::nullopt;
}

}  // namespace

rebuild_plan plan_rebuild(std::span<const rebuild_partition> partitions, rebuild_choices choices) {
  const bool any = std::any_of(partitions.begin(), partitions.end(),
                               [](const auto& each) { return each.committed.has_value(); });
  if (any && choices.to_end) {
    return "the group has committed offsets, and what comes after them is not published yet: with "
           "--to-end it never would be. Hint: run without --to-end";
  }
  if (!any && !choices.to_end) {
    return "the group has committed no offset, so that it is not known how far the raw log was "
           "processed. Hint: where nothing was, start `sinyal serve`; where the offsets have "
           "expired, as those of a group that is empty for a week do, and all of the log was "
           "processed before, --to-end rebuilds up to its end";
  }
  std::vector<offset_range> parts;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const auto& [committed, log] = partitions[i];
    // Without an offset, where others have one: nothing of this partition was processed yet.
    if (!committed && !choices.to_end) {
      parts.push_back({});
      continue;
    }
    const std::int64_t to = committed.value_or(log.end);
    if (auto why = objection(to, log, choices.from_trimmed_log)) return of_partition(i) + *why;
    parts.push_back({log.start, to});
  }
  return parts;
}

rebuild::rebuild(rebuild_settings settings, transformer transformer, rebuild_log& log,
                 listener tell, const std::atomic<bool>& stop)
    : settings_{settings},
      fold_{std::move(transformer)},
      log_{log},
      tell_{std::move(tell)},
      stop_{stop},
      numbers_(static_cast<std::size_t>(settings.partitions)) {
  std::iota(numbers_.begin(), numbers_.end(), 0);
}

/// Calls again while Kafka asks for that, within patience.
template <class Call>
auto rebuild::answered(Call&& call) -> decltype(call()) {
  const auto until = clock::now() + settings_.patience;
  while (true) {
    auto answer = call();
    if (answer || answer.error().what != failure_class::retriable) return answer;
    if (stop_) return interrupted();
    if (clock::now() >= until) return answer;
    std::this_thread::sleep_for(settings_.pause);
  }
}

log_failure rebuild::interrupted() const {
  return {failure_class::fatal, "interrupted", "interrupted"};
}

log_result<void> rebuild::run() {
  // First of all, so that what another rebuild had begun is over, and cannot come later.
  if (!settings_.dry_run) {
    if (auto done = answered([&] { return log_.open(); }); !done) return done.error();
  }
  if (auto done = group_empty(); !done) return done.error();
  const auto parts = plan();
  if (!parts) return parts.error();
  if (auto done = state_empty(); !done) return done.error();
  for (const std::int32_t number : numbers_) {
    auto done = one(number, (*parts)[static_cast<std::size_t>(number)]);
    if (done) continue;
    log_failure why = done.error();
    why.message += wrote_ ? "; the state topic has a part of the state, which lifecycle refuses. "
                            "Hint: " +
                                std::string{rebuild_hint} + " again"
                          : "; nothing was written. Hint: run it again";
    return why;
  }
  return {};
}

log_result<void> rebuild::group_empty() {
  const auto members = answered([&] { return log_.members(); });
  if (!members) return members.error();
  if (members->empty()) return {};
  std::string names;
  for (const std::string& each : *members) names.append(names.empty() ? "" : "; ").append(each);
  return refusal("lifecycle's group has members: " + names +
                 ". Hint: stop them; one that has ended leaves the group after "
                 "lifecycle.session_timeout_ms");
}

log_result<std::vector<offset_range>> rebuild::plan() {
  const auto committed = answered([&] { return log_.committed(numbers_); });
  if (!committed) return committed.error();
  std::vector<rebuild_partition> known;
  for (const std::int32_t number : numbers_) {
    const auto range = answered([&] { return log_.raw_range(number); });
    if (!range) return range.error();
    known.push_back({(*committed)[static_cast<std::size_t>(number)], *range});
  }
  rebuild_plan made = plan_rebuild(known, settings_.choices);
  if (auto* why = std::get_if<std::string>(&made)) return refusal(std::move(*why));
  return std::get<std::vector<offset_range>>(std::move(made));
}

log_result<void> rebuild::state_empty() {
  const auto ends = answered([&] { return log_.state_ends(numbers_); });
  if (!ends) return ends.error();
  for (const std::int32_t number : numbers_) {
    const std::int64_t end = (*ends)[static_cast<std::size_t>(number)];
    if (end == 0) continue;
    if (auto done = log_.start(rebuild_log::topic::state, {number, 0}); !done) return done.error();
    auto done = state_empty(number, end);
    log_.stop(rebuild_log::topic::state, number);
    if (!done) return done.error();
  }
  return {};
}

/// What was aborted is no record: a rebuild that was killed in its first transaction left nothing.
log_result<void> rebuild::state_empty(std::int32_t partition, std::int64_t end) {
  const auto until = clock::now() + settings_.patience;
  while (clock::now() < until) {
    if (stop_) return interrupted();
    const auto event = log_.poll(rebuild_log::topic::state, poll_time);
    if (!event) return event.error();
    if (event->what == state_event::kind::end && event->offset >= end) return {};
    if (event->what == state_event::kind::record) {
      return refusal("the state topic is not empty: partition " + std::to_string(partition) +
                     " has records, and what a rebuild writes must stand alone. Hint: " +
                     std::string{rebuild_hint} + "; delete nothing while lifecycle can read it");
    }
  }
  return refusal(
      "partition " + std::to_string(partition) +
      " of the state topic has an open transaction. Hint: one that stays open for "
      "longer than a minute hangs in Kafka; kafka-transactions.sh find-hanging names it");
}

log_result<void> rebuild::one(std::int32_t partition, offset_range part) {
  if (stop_) return interrupted();
  rebuilt made{partition, part.end, part.end - part.start, 0};
  if (!settings_.dry_run && part.end > 0) {
    const auto folded = read_raw(partition, part);
    if (!folded) return folded.error();
    if (auto done = group_empty(); !done) return done.error();  // it took its time
    if (auto done = write_all(partition, part.end); !done) return done.error();
    made.notifications = *folded;
    made.subjects = fold_.size();
    fold_.clear();
  }
  tell_.done(made);
  return {};
}

log_result<void> rebuild::read(rebuild_log::topic of, std::int32_t partition, offset_range part,
                               const taker& take) {
  if (part.start == part.end) return {};
  if (auto done = log_.start(of, {partition, part.start}); !done) return done.error();
  auto heard = clock::now();
  for (std::int64_t next = part.start; next < part.end;) {
    if (stop_) return interrupted();
    const auto event = log_.poll(of, poll_time);
    if (!event) return event.error();
    if (event->what == state_event::kind::nothing) {
      if (clock::now() - heard < settings_.patience) continue;
      const std::string name = of == rebuild_log::topic::raw ? "raw log" : "quarantine";
      return log_failure{failure_class::fatal, "silence",
                         "the " + name + " cannot be read beyond offset " + std::to_string(next),
                         partition};
    }
    heard = clock::now();
    if (event->what == state_event::kind::end) {
      next = std::max(next, event->offset);
      continue;
    }
    next = event->offset + 1;
    if (event->offset >= part.end) break;
    if (auto done = take(*event->record); !done) return done.error();
  }
  log_.stop(of, partition);
  return {};
}

/// The raw offsets of notifications whose consequences Kafka refused: the state knows no more of
/// them than that they are in quarantine, so that their event is published when they come again.
log_result<std::unordered_set<std::int64_t>> rebuild::given_up(std::int32_t partition) {
  const auto range = answered([&] { return log_.quarantine_range(partition); });
  if (!range) return range.error();
  std::unordered_set<std::int64_t> offsets;
  const auto done = read(rebuild_log::topic::quarantine, partition, *range,
                         [&](const codec::record_view& record) -> log_result<void> {
                           const auto cause = cause_in(partition, record);
                           if (cause && is_given_up(record)) offsets.insert(*cause);
                           return {};
                         });
  if (!done) return done.error();
  return offsets;
}

log_result<std::int64_t> rebuild::read_raw(std::int32_t partition, offset_range part) {
  const auto unwritten = given_up(partition);
  if (!unwritten) return unwritten.error();
  std::int64_t count = 0;
  last_ms_ = 0;
  const auto done =
      read(rebuild_log::topic::raw, partition, part,
           [&](const codec::record_view& record) -> log_result<void> {
             if (unwritten->contains(record.offset)) {
               fold_.give_up(record);
             } else if (auto made = fold_.judge(record); !made) {
               return made.error();
             }
             last_ms_ = record.timestamp_ms;
             ++count;
             tell_.progress(partition, record.offset + 1 - part.start, part.end - part.start);
             return {};
           });
  if (!done) return done.error();
  return count;
}

log_result<void> rebuild::write_all(std::int32_t partition, std::int64_t position) {
  std::vector<codec::outgoing_record> chunk;
  std::size_t bytes = 0;
  log_result<void> done;
  fold_.each(partition, [&](codec::outgoing_record state) {
    bytes += state.key.size() + state.value->size();
    chunk.push_back(std::move(state));
    if (chunk.size() < settings_.chunk_records && bytes < settings_.chunk_bytes) return true;
    done = write(partition, chunk);
    chunk.clear();
    bytes = 0;
    return done.has_value();
  });
  if (!done) return done.error();
  chunk.push_back(position_record({partition, position - 1, last_ms_}, fold_.size()));
  return write(partition, chunk);
}

/// What was aborted is written again: a broker's restart must not cost the work of hours.
log_result<void> rebuild::write(std::int32_t partition,
                                std::span<const codec::outgoing_record> chunk) {
  const auto until = clock::now() + settings_.patience;
  while (true) {
    if (stop_) return interrupted();
    const auto done = attempt(partition, chunk);
    if (done) return {};
    const auto what = done.error().what;
    const bool mends = what == failure_class::abortable || what == failure_class::retriable;
    if (!mends || clock::now() >= until) return done.error();
    std::this_thread::sleep_for(settings_.pause);
  }
}

/// One transaction. The error is abortable or retriable only where it was aborted for certain.
log_result<void> rebuild::attempt(std::int32_t partition,
                                  std::span<const codec::outgoing_record> chunk) {
  using step = transaction::step;
  const auto write_chunk = [&]() -> log_result<void> {
    for (const codec::outgoing_record& each : chunk) {
      if (auto done = log_.write(each, partition); !done) return done.error();
    }
    return {};
  };
  const auto call = [&](step next) -> log_result<void> {
    switch (next) {
      case step::begin:
        return log_.begin();
      case step::write:
        return write_chunk();
      case step::commit:
        wrote_ = true;
        return log_.commit();
      case step::abort:
        return log_.abort();
      case step::send_offsets:
      case step::committed:
      case step::aborted:
      case step::broken:
        break;
    }
    return {};
  };
  const auto began = clock::now();
  transaction steps{settings_.transaction_timeout};
  while (!steps.ended()) {
    const auto done = call(steps.next());
    if (done) {
      steps.succeeded();
      continue;
    }
    if (done.error().what == failure_class::retriable) std::this_thread::sleep_for(settings_.pause);
    steps.failed(done.error(), std::chrono::duration_cast<milliseconds>(clock::now() - began));
  }
  if (steps.next() == step::committed) return {};
  log_failure why = *steps.why();
  if (steps.next() == step::broken) why.what = failure_class::fatal;
  return why;
}

}  // namespace sinyal::lifecycle
