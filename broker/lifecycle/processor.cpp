#include "broker/lifecycle/processor.hpp"

#include "broker/lifecycle/watchdog.hpp"

#include <algorithm>
#include <thread>
#include <unistd.h>
#include <utility>

namespace sinyal::lifecycle {

namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds report_every{1000};

partitions_settings partitions_of(const processor_settings& settings) {
  return {settings.partitions, settings.in_memory, settings.waits.keep_revoked,
          settings.waits.restore_silence};
}

}  // namespace

processor::processor(processor_settings settings, transformer transformer, lifecycle_log& log,
                     observe::metrics& metrics, observe::logger& logger)
    : settings_{std::move(settings)},
      transformer_{std::move(transformer)},
      log_{log},
      metrics_{metrics},
      logger_{logger},
      partitions_{partitions_of(settings_), log, metrics, logger},
      batch_{log, partitions_, transformer_, metrics, logger},
      sizer_{settings_.lifecycle.batch_records_max} {}

processor::outcome processor::run() {
  const milliseconds patience{settings_.lifecycle.watchdog_ms};
  watchdog dog{patience, [this] { return waits_for_kafka(); },
               [this] {
                 logger_.error("lifecycle hangs in a call to Kafka: ending the process");
                 ::_exit(1);
               }};
  watchdog_ = &dog;
  while (true) {
    committed_ = false;
    session_end end = session();
    if (end && end->what == failure_class::fenced) end = diagnose(*end);
    if (end && end->what == failure_class::replaced) {
      logger_.error("another process has this instance's name",
                    {{"why", end->message}, {"other", log_.rival()}});
    }
    drop_batch();
    dog.alive();
    log_.close();
    partitions_.forget();
    ready_ = false;
    if (!end) return outcome::stopped;
    if (end->what == failure_class::replaced) return outcome::failed;
    metrics_.transaction(observe::transaction_result::fatal, 0);
    logger_.error("lifecycle session failed", {{"reason", end->reason}, {"why", end->message}});
    // What worked until Kafka went silent is no circle: an outage that comes and goes would end the
    // process, and ingest with it, and mend nothing.
    const bool outage = end->what == failure_class::retriable && committed_;
    if (settings_.in_memory || !(outage || may_restart())) return outcome::failed;
    const auto backoff = settings_.waits.restart_backoff;
    std::uniform_int_distribution<milliseconds::rep> jitter{0, backoff.count()};
    if (!wait(backoff + milliseconds{jitter(chance_)})) return outcome::stopped;
  }
}

/// Of librdkafka's calls one at least, send_offsets_to_transaction, has no deadline while no broker
/// can be reached: it returns when one is back. Who is asked to stop does not wait for that.
bool processor::waits_for_kafka() {
  if (stop_requested() || log_.answers()) return false;
  logger_.warning("lifecycle waits in a call: Kafka does not answer");
  return true;
}

void processor::request_stop() {
  {
    const std::lock_guard lock{stop_mutex_};
    stop_ = true;
  }
  stopped_.notify_all();
}

bool processor::wait(milliseconds time) {
  std::unique_lock lock{stop_mutex_};
  return !stopped_.wait_for(lock, time, [this] { return stop_requested(); });
}

bool processor::may_restart() {
  const auto now = clock::now();
  while (!restarts_.empty() && now - restarts_.front() > settings_.waits.restart_window) {
    restarts_.pop_front();
  }
  if (restarts_.size() >= settings_.waits.restarts_max) {
    logger_.error(
        "lifecycle was started anew too often",
        {{"times", restarts_.size()}, {"window_s", settings_.waits.restart_window.count() / 1000}});
    return false;
  }
  restarts_.push_back(now);
  return true;
}

log_failure processor::diagnose(log_failure why) {
  drop_batch();
  ready_ = false;
  const auto until = clock::now() + settings_.waits.fenced_watch;
  while (clock::now() < until && !stop_requested()) {
    watchdog_->alive();
    const auto polled =
        log_.poll(std::min(settings_.waits.idle_poll, settings_.waits.fenced_watch));
    log_.drop_records();
    if (!polled && polled.error().what == failure_class::replaced) return polled.error();
  }
  return why;
}

void processor::assigned(std::span<const std::int32_t> numbers) {
  drop_batch();
  partitions_.assigned(numbers);
}

void processor::revoked(std::span<const std::int32_t> numbers, bool lost) {
  drop_batch();
  if (lost) logger_.warning("assignment lost", {{"count", numbers.size()}});
  partitions_.revoked(numbers);
}

void processor::drop_batch() {
  batch_.clear();
  log_.drop_records();
}

processor::session_end processor::session() {
  if (auto end = open()) return end;
  while (!stop_requested()) {
    if (auto end = cycle()) return end;
  }
  return std::nullopt;
}

processor::session_end processor::open() {
  while (!stop_requested()) {
    watchdog_->alive();
    const auto opened = log_.open(*this);
    if (opened) return std::nullopt;
    if (opened.error().what != failure_class::retriable) return opened.error();
    logger_.warning("waiting for Kafka", {{"why", opened.error().message}});
    wait(settings_.waits.call_again);
  }
  return std::nullopt;
}

processor::session_end processor::cycle() {
  watchdog_->alive();
  cycle_began_ = clock::now();
  if (auto done = partitions_.restore_slice(settings_.waits.restore_slice); !done) {
    return done.error();
  }
  refresh();
  if (auto end = collect()) return end;
  if (batch_.empty()) return std::nullopt;
  watchdog_->alive();
  return transact();
}

void processor::refresh() {
  ready_ = partitions_.ready();
  if (clock::now() - reported_ < report_every) return;
  reported_ = clock::now();
  partitions_.report();
}

/// Waits for a first record, then takes what comes within batch_wait_ms of it.
processor::session_end processor::collect() {
  const milliseconds batch_wait{settings_.lifecycle.batch_wait_ms};
  milliseconds timeout = partitions_.restoring() ? milliseconds{0} : settings_.waits.idle_poll;
  clock::time_point until{};
  while (batch_.size() < sizer_.limit() && batch_.bytes() < settings_.lifecycle.batch_bytes_max) {
    const auto polled = log_.poll(timeout);
    if (!polled) {
      if (auto end = consumer_failed(polled.error())) return end;
      break;
    }
    if (*polled == nullptr) break;
    if (auto end = take(**polled)) return end;
    if (batch_.size() == 1) until = clock::now() + batch_wait;
    const auto left = duration_cast<milliseconds>(until - clock::now());
    timeout = std::max(left, milliseconds{0});
  }
  return std::nullopt;
}

processor::session_end processor::take(const codec::record_view& record) {
  // A stopped partition is paused; what was fetched before that is read again when it is mended.
  if (!partitions_.runs(record.partition)) return std::nullopt;
  const std::int64_t next = batch_.next(record.partition, partitions_.at(record.partition).next);
  const partition_offset position{record.partition, next};
  if (record.offset == next) gaps_.erase(record.partition);  // the log has it: that was a slip
  if (record.offset == next || is_hole(position, record.offset)) {
    batch_.add(record);
    return std::nullopt;
  }
  logger_.warning("partition read from elsewhere than its position",
                  {{"partition", record.partition}, {"offset", record.offset}, {"position", next}});
  if (auto done = log_.seek({&position, 1}); !done) return done.error();
  return std::nullopt;
}

/// Offsets may have no record (the marker of a transaction, one that was aborted), but a client
/// that slipped ahead looks the same: only what shows twice is a hole of the log.
bool processor::is_hole(partition_offset position, std::int64_t found) {
  if (found < position.offset) return false;
  const gap seen{position.offset, found};
  gap& before = gaps_[position.partition];
  if (std::exchange(before, seen) != seen) return false;
  logger_.warning("raw log has a hole",
                  {{"partition", position.partition}, {"from", position.offset}, {"to", found}});
  return true;
}

/// Until its state is restored a partition stands, paused, at the log's beginning, which may move
/// on before a fetch that was faster than the pause: what that says of its offset is no news.
bool processor::was_placeholder(const log_failure& why) {
  if (!why.partition) return false;
  if (!partitions_.runs(*why.partition)) return true;
  return why.offset && *why.offset < partitions_.at(*why.partition).next;
}

processor::session_end processor::consumer_failed(const log_failure& why) {
  switch (why.what) {
    case failure_class::retriable:
      return std::nullopt;
    case failure_class::partition:
      if (was_placeholder(why)) return std::nullopt;
      [[fallthrough]];
    case failure_class::topic:
    case failure_class::record:
      if (why.partition) {
        partitions_.stop(*why.partition, why.message);
      } else {
        partitions_.stop_all(why.message);
      }
      return std::nullopt;
    case failure_class::abortable:
    case failure_class::fenced:
    case failure_class::replaced:
    case failure_class::fatal:
      return why;
  }
  return why;
}

processor::session_end processor::transact() {
  const auto began = clock::now();
  transaction steps{milliseconds{settings_.lifecycle.transaction_timeout_ms}};
  while (!steps.ended()) {
    watchdog_->alive();
    if (steps.next() == transaction::step::commit) commit_began_ = clock::now();
    const auto done = call(steps.next());
    if (done) {
      steps.succeeded();
      continue;
    }
    if (done.error().what == failure_class::retriable)
      std::this_thread::sleep_for(settings_.waits.call_again);
    steps.failed(done.error(), duration_cast<milliseconds>(clock::now() - began));
  }
  return settle(steps, began);
}

log_result<void> processor::call(transaction::step step) {
  switch (step) {
    case transaction::step::begin:
      return log_.begin();
    case transaction::step::write:
      return batch_.write(condemned_);
    case transaction::step::send_offsets:
      return log_.send_offsets(batch_.next_offsets());
    case transaction::step::commit:
      return log_.commit();
    case transaction::step::abort:
      return log_.abort();
    case transaction::step::committed:
    case transaction::step::aborted:
    case transaction::step::broken:
      break;
  }
  return {};
}

processor::session_end processor::settle(const transaction& done, clock::time_point began) {
  const auto now = clock::now();
  const double seconds = std::chrono::duration<double>(now - began).count();
  if (done.next() == transaction::step::broken) return done.why();
  if (done.next() == transaction::step::committed) {
    batch_.merge();
    committed_ = true;
    metrics_.transaction(observe::transaction_result::committed, seconds);
    sizer_.committed(batch_.size(), duration_cast<microseconds>(now - commit_began_),
                     duration_cast<microseconds>(now - cycle_began_));
    abort_backoff_ = milliseconds{0};
    drop_batch();
    return std::nullopt;
  }
  metrics_.transaction(observe::transaction_result::aborted, seconds);
  logger_.warning(
      "transaction aborted",
      {{"records", batch_.size()}, {"reason", done.why()->reason}, {"why", done.why()->message}});
  return after_abort(*done.why());
}

/// Nothing of the batch has happened: it is read again, changed by what was learned.
processor::session_end processor::after_abort(const log_failure& why) {
  if (settings_.in_memory) return why;
  const auto back = batch_.first_offsets();
  const auto first = batch_.first();
  const auto records = batch_.size();
  drop_batch();
  if (auto done = log_.seek(back); !done) return done.error();
  if (why.what == failure_class::partition) {
    partitions_.stop(why.partition.value_or(first.partition), why.message);
    return std::nullopt;
  }
  const auto advice = sizer_.aborted(records, first, why);
  if (advice == batch_sizer::advice::condemn &&
      condemned_.emplace(first.partition, first.offset).second) {
    return std::nullopt;
  }
  if (advice != batch_sizer::advice::again) {
    partitions_.stop(first.partition, why.message);
    return std::nullopt;
  }
  if (why.what == failure_class::abortable || why.what == failure_class::retriable) {
    abort_backoff_ = std::clamp(abort_backoff_ * 2, settings_.waits.abort_backoff,
                                settings_.waits.abort_backoff_max);
    wait(abort_backoff_);
  }
  return std::nullopt;
}

}  // namespace sinyal::lifecycle
