#pragma once
// Ends the process when its owner has not moved for too long: librdkafka's calls can hang, and a
// process that hangs holds its partitions and its open transaction. A call that hangs because
// nothing answers at the other end is no reason: another process would hang in it as well.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace sinyal::lifecycle {

class watchdog {
 public:
  /// When alive() was not called for `patience`, `excused` says whether that is no wonder: then
  /// the owner is given as long again, and once more as long when the excuse has ended. Otherwise
  /// `bite` is called, once. Both are called from the watchdog's own thread; `excused` may block.
  watchdog(std::chrono::milliseconds patience, std::function<bool()> excused,
           std::function<void()> bite);
  ~watchdog();
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;

  void alive() { last_.store(clock::now().time_since_epoch(), std::memory_order_relaxed); }

 private:
  using clock = std::chrono::steady_clock;
  void watch();

  std::chrono::milliseconds patience_;
  std::function<bool()> excused_;
  std::function<void()> bite_;
  std::atomic<clock::duration> last_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace sinyal::lifecycle
