#pragma once
// What a subscriber can be told.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace sinyal {

enum class start_at : std::uint8_t { earliest, latest };
enum class unknown_events : std::uint8_t { skip, dead_letter };
enum class severity : std::uint8_t { info, warning, error };

struct retry_policy {
  int attempts = 8;  // calls of a handler before its event is dead-lettered; at least 1
  std::chrono::milliseconds first_wait{100};  // doubles from one retry to the next
  std::chrono::milliseconds longest_wait{30'000};
};

struct settings {
  std::string bootstrap_servers;  // "kafka-1:9092,kafka-2:9092"
  std::string group;              // the consumer group: members share its partitions
  /// A name that this process alone has in the group and keeps when it is started again: then it
  /// gets its partitions back at once, even after a kill -9. Empty: the group waits for a member
  /// that vanished until its `session.timeout.ms` (45 s) is over.
  std::string instance = {};
  std::string topic_prefix = "midtrans";
  /// librdkafka's own, for TLS, SASL and the like; those that this library's promises rest on are
  /// refused.
  std::map<std::string, std::string> properties = {};

  /// Where a group begins that has no position yet. One whose position retention has overtaken goes
  /// on at the earliest event that is left.
  start_at start = start_at::earliest;
  /// One order per subject over all topics that are read, instead of one per topic: an event waits
  /// for those before it that may still come, `merge_wait` at most. A topic whose leader cannot be
  /// reached is not waited for: then its events come later than those after them, as `repeat`.
  bool merge_topics = false;
  std::chrono::milliseconds merge_wait{5'000};

  retry_policy retry = {};
  /// Where events go that could not be handled; created when missing. Empty: `<prefix>.<group>` +
  /// `.dead-letters`.
  std::string dead_letter_topic = {};
  /// An event whose type or version this library was not built to know. One that is skipped is
  /// counted, and the first of each type logged.
  unknown_events unknown = unknown_events::skip;

  std::chrono::milliseconds commit_interval{500};  // how much a kill -9 lets be delivered again
  std::chrono::milliseconds start_timeout{10'000};
  /// Hears what happens, from the thread of run(): topics, partitions, offsets and reasons, never
  /// the content of an event. Empty, or where it throws: warnings and errors go to standard error.
  std::function<void(severity, std::string_view)> log = {};
};

}  // namespace sinyal
