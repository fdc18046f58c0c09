#include "broker/lifecycle/watchdog.hpp"

#include <utility>

namespace sinyal::lifecycle {

watchdog::watchdog(std::chrono::milliseconds patience, std::function<void()> bite)
    : patience_{patience},
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
  while (!done_) {
    const clock::time_point deadline{last_.load(std::memory_order_relaxed) + patience_};
    if (clock::now() >= deadline) {
      bite_();
      return;
    }
    changed_.wait_until(lock, deadline);
  }
}

}  // namespace sinyal::lifecycle
