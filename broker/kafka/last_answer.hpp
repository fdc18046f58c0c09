#pragma once
// When Kafka last answered: heard by librdkafka's own threads, so that it is known while the thread
// that uses a client waits in a call. A connection alone says little, as in reachability.hpp.

#include "broker/ports.hpp"

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <chrono>

namespace sinyal::kafka {

/// Any thread may note, and ask.
class last_answer {
 public:
  using clock = std::chrono::steady_clock;
  /// Who asks for something every refresh_every hears nothing for so long when Kafka is away.
  static constexpr std::chrono::seconds silence_max{5};
  /// A client that has nothing else to ask for asks for metadata: who joins a group is told nothing
  /// while it waits for the other members.
  static constexpr std::chrono::milliseconds refresh_every{2000};

  void note(clock::time_point now) { at_.store(now, std::memory_order_relaxed); }
  bool is_recent(clock::time_point now) const {
    return now - at_.load(std::memory_order_relaxed) <= silence_max;
  }

 private:
  std::atomic<clock::time_point> at_{clock::time_point{} - std::chrono::hours{1}};
};

/// Every answer to the client that is made of `conf` is noted in `heard`, which outlives the
/// client; null: nobody wants to know.
log_result<void> note_answers(rd_kafka_conf_t* conf, last_answer* heard);

}  // namespace sinyal::kafka
