#pragma once
// Does Kafka take what we append? A connection alone says little: a frozen broker keeps its own
// open for as long as it likes.

#include <chrono>
#include <optional>

namespace sinyal::kafka {

class reachability {
 public:
  using clock = std::chrono::steady_clock;
  /// Records that wait for longer than this without one acknowledgement: Kafka hangs.
  static constexpr std::chrono::seconds hanging_after{4};
  /// An append that nobody answered counts for so long, unless one succeeds; without traffic nobody
  /// would tell.
  static constexpr std::chrono::seconds failure_counts_for{30};

  /// From the client's statistics: is a broker connected, do records wait for acknowledgement?
  void heard(bool connected, bool waiting, clock::time_point now) {
    connected_ = connected;
    if (!waiting) {
      waiting_since_.reset();
    } else if (!waiting_since_) {
      waiting_since_ = now;
    }
  }
  void acknowledged() {
    connected_ = true;
    waiting_since_.reset();
    failed_at_.reset();
  }
  void failed(clock::time_point now) { failed_at_ = now; }
  void disconnected() { connected_ = false; }

  bool up(clock::time_point now) const {
    return connected_ && !(waiting_since_ && now - *waiting_since_ > hanging_after) &&
           !(failed_at_ && now - *failed_at_ < failure_counts_for);
  }

 private:
  bool connected_ = false;
  std::optional<clock::time_point> waiting_since_;
  std::optional<clock::time_point> failed_at_;
};

}  // namespace sinyal::kafka
