#pragma once
// Whether Kafka keeps up, told by the oldest append that it has not answered. While that one is
// older than the deadline a new one would only wait in vain: it is refused at once, but for one
// probe at a time that finds out when the outage is over. Pure; the time is handed in.

#include "broker/ports.hpp"

#include <chrono>
#include <deque>

namespace sinyal::ingest {

class append_window {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  enum class verdict : std::uint8_t { open, probe, stalled };

  explicit append_window(std::chrono::milliseconds deadline) : deadline_{deadline} {}

  /// May something be appended now? Who is told `probe` says so when its wait is over.
  verdict judge(time_point now);
  void probe_over() { probing_ = false; }
  /// Remembers what was appended until it is answered, also when nobody waits for it any more.
  void appended(boost::intrusive_ptr<const append_ticket> ticket, time_point now);

 private:
  struct entry {
    boost::intrusive_ptr<const append_ticket> ticket;
    time_point since;
  };
  void forget_answered();

  std::chrono::milliseconds deadline_;
  std::deque<entry> waiting_;  // oldest first; answered ones behind an open one linger
  bool probing_ = false;
};

}  // namespace sinyal::ingest
