#pragma once
// The topics that a role needs, what the cluster has of them, and what to do about the difference.

#include "broker/config.hpp"
#include "broker/observe/log.hpp"
#include "broker/ports.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sinyal::kafka {

enum class topics_of : std::uint8_t {
  ingest,     // the raw log that it appends to
  lifecycle,  // the raw log that it reads, and everything that it writes
  all,        // both
};

struct wanted_topic {
  std::string name;
  std::int32_t partitions = 0;
  std::int32_t replication = 0;
  bool compacted = false;
  std::map<std::string, std::string> config;  // as a new topic gets it
  std::uint32_t batch_bytes_max = 0;          // that the role appends to it; 0: not looked at
};

/// In the order: notifications, state, quarantine, signals as the catalogue lists them.
std::vector<wanted_topic> wanted_topics(const kafka_settings& settings, topics_of role);

/// Copies below which one broker's end can lose what was acknowledged.
inline constexpr std::int32_t safe_replication = 3;

/// What a cluster has under a wanted name.
struct found_topic {
  std::int32_t partitions = 0;
  std::int32_t replication = 0;  // of its first partition
  std::string cleanup_policy;
  std::int32_t min_insync_replicas = 1;
  bool unclean_election = false;  // unclean.leader.election.enable
  std::string timestamp_type = "CreateTime";
  std::optional<std::int64_t> max_message_bytes = std::nullopt;  // absent: not told
  std::optional<std::int64_t> retention_ms = std::nullopt;       // the same; -1: for ever
};

/// How much a difference matters, the least first.
enum class severity : std::uint8_t {
  keeps,   // longer than configured: `topics plan` tells it, and nobody minds
  loses,   // earlier than configured, which an operator may want: serve starts, and warns
  breaks,  // a promise of ours: serve does not start
};

struct topic_difference {
  enum class kind : std::uint8_t {
    missing,
    partitions,
    not_compacted,
    compacted,
    copies,
    unclean,
    timestamps,
    max_bytes,
    shorter_retention,
    longer_retention,
  };
  kind what = kind::missing;
  std::string topic;
  std::string message;  // what differs, with both values; no full stop
  std::string hint;     // what to do about it

  std::string sentence() const { return message + ". Hint: " + hint; }
};

/// As `topics plan` prints it: not_compacted.
std::string_view to_string(topic_difference::kind kind);
severity severity_of(topic_difference::kind kind);

/// Those that matter so much or more, in their order.
std::vector<topic_difference> at_least(severity severity,
                                       const std::vector<topic_difference>& differences);

/// `all 22 topics are as the catalogue wants them`
std::string as_wanted(std::size_t count);

/// Each hint once, in the order of its first difference.
std::vector<std::string> hints_of(const std::vector<topic_difference>& differences);

/// All of them in one line, and then their hints.
std::string sentence_of(const std::vector<topic_difference>& differences);

/// Pure: all differences, in the order of the wanted topics.
std::vector<topic_difference> compare(const std::vector<wanted_topic>& wanted,
                                      const std::map<std::string, found_topic>& found,
                                      bool allow_single_copy);

/// Asks the cluster; waits for it until settings.start_timeout_ms is over. The error says whom it
/// could not reach.
log_result<std::vector<topic_difference>> plan_topics(const kafka_settings& settings,
                                                      topics_of role, observe::logger& logger);

/// Creates what is missing, and returns the names created. Changes nothing that is there.
log_result<std::vector<std::string>> create_topics(const kafka_settings& settings, topics_of role,
                                                   observe::logger& logger);

}  // namespace sinyal::kafka
