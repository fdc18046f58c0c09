#include "broker/lifecycle/watchdog.hpp"

#include <utility>

namespace sinyal::lifecycle {

watchdog::watchdog(std::chrono::milliseconds patience, std::function<bool()> excused,
                   std::function<void()> bite)
    : patience_{patience},
      excused_{std::move(excused)},
      bite_{std::move(bite)},
      last_{clock::now().time_since_epoch()},
      thread_{[this] { watch(); }} {}

watchdog::~watchdog() {
  {
    const std::lock_guard lock{mutex_};
    done_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void watchdog::watch() {
  std::unique_lock lock{mutex_};
  bool was_excused = false;
  while (!done_) {
    const clock::duration last = last_.load(std::memory_order_relaxed);
    const clock::time_point deadline{last + patience_};
    if (clock::now() < deadline) {
      changed_.wait_until(lock, deadline);
      continue;
    }
    lock.unlock();
    const bool is_excused = excused_();
    lock.lock();
    // The whole process had stood still, as one that was frozen: its owner moves again by now.
    if (last_.load(std::memory_order_relaxed) != last) continue;
    if (!is_excused && !was_excused) return bite_();
    was_excused = is_excused;
    alive();
  }
}

}  // namespace sinyal::lifecycle
