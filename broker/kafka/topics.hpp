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
};

struct topic_difference {
  enum class kind : std::uint8_t { missing, partitions, not_compacted, compacted, copies, unclean };
  kind what = kind::missing;
  std::string topic;
  std::string message;  // what differs, with both values; no full stop
  std::string hint;     // what to do about it

  std::string sentence() const { return message + ". Hint: " + hint; }
};

/// As `topics plan` prints it: not_compacted.
std::string_view to_string(topic_difference::kind kind);

/// Each hint once, in the order of its first difference.
std::vector<std::string> hints_of(const std::vector<topic_difference>& differences);

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
