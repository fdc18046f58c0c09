#pragma once
// What the main thread of `serve` waits for, from whatever thread it comes.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

namespace sinyal::cli {

enum class happening : std::uint8_t {
  stop_wanted,    // SIGTERM, SIGINT
  reload_wanted,  // SIGHUP
  drained,        // ingest has answered everybody
  lifecycle_stopped,
  lifecycle_failed,
};

class happenings {
 public:
  void add(happening what) {
    {
      const std::lock_guard lock{mutex_};
      waiting_.push_back(what);
    }
    added_.notify_one();
  }

  happening wait() {
    std::unique_lock lock{mutex_};
    added_.wait(lock, [this] { return !waiting_.empty(); });
    return take();
  }

  /// Nothing when the time is over.
  std::optional<happening> wait_until(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock{mutex_};
    if (!added_.wait_until(lock, deadline, [this] { return !waiting_.empty(); })) {
      return std::nullopt;
    }
    return take();
  }

 private:
  happening take() {
    const happening first = waiting_.front();
    waiting_.pop_front();
    return first;
  }
  std::mutex mutex_;
  std::condition_variable added_;
  std::deque<happening> waiting_;
};

}  // namespace sinyal::cli
