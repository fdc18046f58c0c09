#pragma once
// Signals as calls on a thread of their own, where everything may be done.

#include <functional>
#include <thread>

namespace sinyal::cli {

/// Make it before any other thread: SIGTERM, SIGINT, SIGHUP and SIGPIPE are blocked in the thread
/// that makes it and in all that come after.
class signal_watch {
 public:
  /// `each` is called with SIGTERM, SIGINT or SIGHUP, one call at a time.
  explicit signal_watch(std::function<void(int)> each);
  ~signal_watch();
  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;

 private:
  void watch(std::stop_token stop);
  std::function<void(int)> each_;
  std::jthread thread_;
};

}  // namespace sinyal::cli
