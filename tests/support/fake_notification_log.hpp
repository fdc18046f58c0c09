#pragma once
// A notification log without Kafka, stricter than the real one: it checks what it is handed, and
// that one thread alone appends and drains. A test decides how and when each record is answered.

#include "broker/ports.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace sinyal::test_support {

/// A record as it was appended.
struct appended_record {
  std::string key;
  std::string value;
  codec::header_list headers;
  std::int64_t timestamp_ms = 0;

  std::string header(std::string_view name) const {
    return std::string{headers.find(name).value_or("(absent)")};
  }
};

/// Any thread may call what is not of the port. Violations throw on the appending thread, where
/// the session's catch would hide them, and are kept for broken_rule() too.
class fake_notification_log final : public notification_log {
 public:
  ~fake_notification_log() override { ::close(wakeup_); }

  // the port

  enqueue_result append(const raw_append& record,
                        boost::intrusive_ptr<append_ticket> ticket) override {
    const std::lock_guard lock{mutex_};
    check_thread();
    demand(ticket != nullptr, "an append without a ticket");
    demand(record.headers != nullptr, "an append without headers");
    demand(!record.key.empty() && record.key.size() < 1024, "an ill-sized key");
    demand(record.timestamp_ms > 0, "an append without a time");
    check_headers(*record.headers);
    if (!refusals_.empty()) {
      const enqueue_result next = refusals_.front();
      refusals_.pop_front();
      if (next != enqueue_result::enqueued) return next;
    }
    records_.push_back(
        {std::string{record.key}, std::string{record.value}, *record.headers, record.timestamp_ms});
    ++ticket->outstanding;
    open_.push_back(std::move(ticket));
    if (at_once_) report(*at_once_);
    changed_.notify_all();
    return enqueue_result::enqueued;
  }

  int ready_fd() const override { return wakeup_; }

  void drain() override {
    std::deque<std::pair<boost::intrusive_ptr<append_ticket>, append_outcome>> now;
    {
      const std::lock_guard lock{mutex_};
      check_thread();
      std::uint64_t count = 0;
      [[maybe_unused]] const auto got = ::read(wakeup_, &count, sizeof count);
      now.swap(reports_);
    }
    for (auto& [ticket, outcome] : now) {
      demand(ticket->outstanding > 0, "a ticket answered too often");
      ticket->answered(outcome);
    }
  }

  bool started() const override { return true; }
  bool up() const override { return true; }

  // the test's side

  /// From now on every record is answered like this as soon as it comes; nothing: by answer().
  void answer_at_once(std::optional<append_outcome> outcome) {
    const std::lock_guard lock{mutex_};
    at_once_ = outcome;
  }
  /// Answers the oldest open record.
  void answer(append_outcome outcome) {
    const std::lock_guard lock{mutex_};
    demand(!open_.empty(), "no record is open");
    report(outcome);
  }
  void answer_all(append_outcome outcome) {
    const std::lock_guard lock{mutex_};
    while (!open_.empty()) report(outcome);
  }
  /// What the next appends get, one each; after that they are enqueued.
  void refuse_next(std::vector<enqueue_result> results) {
    const std::lock_guard lock{mutex_};
    refusals_.assign(results.begin(), results.end());
  }

  /// Waits until so many records were appended in all. False: not in time.
  bool wait_for_records(std::size_t count,
                        std::chrono::milliseconds timeout = std::chrono::seconds{5}) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, timeout, [&] { return records_.size() >= count; });
  }
  std::vector<appended_record> records() const {
    const std::lock_guard lock{mutex_};
    return records_;
  }
  std::size_t open() const {
    const std::lock_guard lock{mutex_};
    return open_.size();
  }
  /// Empty: the user of the log kept to its rules.
  std::string broken_rule() const {
    const std::lock_guard lock{mutex_};
    return broken_rule_;
  }

 private:
  void demand(bool holds, const char* otherwise) {
    if (holds) return;
    broken_rule_ = otherwise;
    throw std::logic_error{otherwise};
  }
  void check_thread() {
    if (!user_) user_ = std::this_thread::get_id();
    demand(*user_ == std::this_thread::get_id(), "the log is used by two threads");
  }
  void check_headers(const codec::header_list& headers) {
    for (std::size_t i = 0; i < headers.size(); ++i) {
      demand(!headers[i].value.empty(), "an empty header");
      for (std::size_t j = 0; j < i; ++j) {
        demand(headers[i].name != headers[j].name, "a header comes twice");
      }
    }
    for (const char* needed : {"sinyal_version", "sinyal_id", "sinyal_merchant", "traceparent"}) {
      demand(headers.find(needed).has_value(), "a header is missing");
    }
  }
  void report(append_outcome outcome) {
    reports_.emplace_back(std::move(open_.front()), outcome);
    open_.pop_front();
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto put = ::write(wakeup_, &one, sizeof one);
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int wakeup_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  std::optional<std::thread::id> user_;
  std::optional<append_outcome> at_once_ = append_outcome::stored;
  std::deque<enqueue_result> refusals_;
  std::deque<boost::intrusive_ptr<append_ticket>> open_;
  std::deque<std::pair<boost::intrusive_ptr<append_ticket>, append_outcome>> reports_;
  std::vector<appended_record> records_;
  std::string broken_rule_;
};

}  // namespace sinyal::test_support
