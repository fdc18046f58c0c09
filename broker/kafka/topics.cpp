#include "broker/kafka/topics.hpp"

#include "broker/core/signal.hpp"
#include "broker/kafka/names.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace sinyal::kafka {

namespace {

constexpr std::int64_t day_ms = 24LL * 60 * 60 * 1000;
// With three copies, two must have acknowledged: one broker may fail, and none decides alone.
constexpr std::int32_t safe_min_insync = 2;
// What a broker takes unless told otherwise (max.message.bytes), less room for a batch's frame.
constexpr std::uint32_t broker_record_bytes_max = 1000000;

std::string retention_ms(std::int32_t days) {
  return days < 0 ? "-1" : std::to_string(days * day_ms);
}

std::map<std::string, std::string> common_config(const kafka_settings& settings) {
  std::map<std::string, std::string> config{{"message.timestamp.type", "CreateTime"},
                                            {"unclean.leader.election.enable", "false"}};
  if (settings.replication_factor >= safe_replication) {
    config["min.insync.replicas"] = std::to_string(safe_min_insync);
  }
  if (settings.record_bytes_max > broker_record_bytes_max) {
    config["max.message.bytes"] = std::to_string(settings.record_bytes_max + 65536);
  }
  return config;
}

wanted_topic make_log_topic(const kafka_settings& settings, std::string name, std::int32_t days) {
  wanted_topic topic{std::move(name), settings.partitions, settings.replication_factor, false,
                     common_config(settings)};
  topic.config["cleanup.policy"] = "delete";
  topic.config["retention.ms"] = retention_ms(days);
  return topic;
}

/// Small segments and an eager cleaner, since a restore reads all that is not compacted yet.
wanted_topic make_state_topic(const kafka_settings& settings) {
  wanted_topic topic{state_topic(settings.topic_prefix), settings.partitions,
                     settings.replication_factor, true, common_config(settings)};
  topic.config["cleanup.policy"] = "compact";
  topic.config["segment.bytes"] = std::to_string(64 * 1024 * 1024);
  topic.config["min.cleanable.dirty.ratio"] = "0.1";
  topic.config["delete.retention.ms"] = std::to_string(day_ms);
  return topic;
}

void add_raw_topics(const kafka_settings& settings, topics_of role,
                    std::vector<wanted_topic>& topics) {
  std::set<std::string> names;
  if (role != topics_of::lifecycle) names.insert(notifications_topic(settings.topic_prefix));
  if (role != topics_of::ingest) names.insert(notifications_topic(settings.raw_prefix()));
  for (const std::string& name : names) {
    topics.push_back(make_log_topic(settings, name, settings.retention_notifications_days));
  }
}

constexpr std::string_view hint_apply =
    "run `sinyal topics apply`, or set create_topics; where it is there, grant this client the "
    "rights to it";

void compare_one(const wanted_topic& wanted, const found_topic& found, bool allow_single_copy,
                 std::vector<topic_difference>& differences) {
  using kind = topic_difference::kind;
  const auto differs = [&](kind what, const std::string& message, std::string hint) {
    differences.push_back(
        {what, wanted.name, "topic " + wanted.name + " " + message, std::move(hint)});
  };
  if (found.partitions != wanted.partitions) {
    differs(kind::partitions,
            "has " + std::to_string(found.partitions) + " partitions, but kafka.partitions is " +
                std::to_string(wanted.partitions) + ": keys would move",
            "configure the number that it has, or start with a new topic_prefix; partitions are "
            "never changed");
  }
  const bool compacted = found.cleanup_policy == "compact";
  if (wanted.compacted && !compacted) {
    differs(
        kind::not_compacted,
        "has cleanup.policy=" + found.cleanup_policy + ", which loses the state of old payments",
        "set its cleanup.policy to compact");
  }
  if (!wanted.compacted && found.cleanup_policy.find("compact") != std::string::npos) {
    differs(kind::compacted,
            "has cleanup.policy=" + found.cleanup_policy +
                ", which loses all but the newest record of a key",
            "set its cleanup.policy to delete");
  }
  if (allow_single_copy) return;
  if (found.replication < safe_replication || found.min_insync_replicas < safe_min_insync) {
    differs(kind::copies,
            "keeps " + std::to_string(found.replication) +
                " copies with min.insync.replicas=" + std::to_string(found.min_insync_replicas) +
                ": what is acknowledged can be lost with one broker",
            "keep 3 copies and set min.insync.replicas=2, or set kafka.allow_single_copy where "
            "that may happen");
  }
  if (found.unclean_election) {
    differs(kind::unclean,
            "has unclean.leader.election.enable=true: a broker that missed records may become the "
            "leader, and what is acknowledged is lost",
            "set unclean.leader.election.enable to false, or set kafka.allow_single_copy where "
            "that may happen");
  }
}

}  // namespace

std::string_view to_string(topic_difference::kind kind) {
  switch (kind) {
    case topic_difference::kind::missing:
      return "missing";
    case topic_difference::kind::partitions:
      return "partitions";
    case topic_difference::kind::not_compacted:
      return "not_compacted";
    case topic_difference::kind::compacted:
      return "compacted";
    case topic_difference::kind::copies:
      return "copies";
    case topic_difference::kind::unclean:
      break;
  }
  return "unclean";
}

std::vector<std::string> hints_of(const std::vector<topic_difference>& differences) {
  std::vector<std::string> hints;
  for (const topic_difference& each : differences) {
    if (std::find(hints.begin(), hints.end(), each.hint) == hints.end()) hints.push_back(each.hint);
  }
  return hints;
}

std::vector<wanted_topic> wanted_topics(const kafka_settings& settings, topics_of role) {
  std::vector<wanted_topic> topics;
  add_raw_topics(settings, role, topics);
  if (role == topics_of::ingest) return topics;
  // A shadow run recomputes old signals: with a retention they would be gone at once.
  const bool shadow = settings.raw_prefix() != settings.topic_prefix;
  const std::int32_t signal_days = shadow ? -1 : settings.retention_signals_days;
  const std::int32_t quarantine_days = shadow ? -1 : settings.retention_quarantine_days;
  topics.push_back(make_state_topic(settings));
  topics.push_back(
      make_log_topic(settings, quarantine_topic(settings.topic_prefix), quarantine_days));
  for (std::size_t i = 0; i < core::signal_count; ++i) {
    const auto name = signal_topic(settings.topic_prefix, static_cast<core::signal>(i));
    topics.push_back(make_log_topic(settings, name, signal_days));
  }
  return topics;
}

std::vector<topic_difference> compare(const std::vector<wanted_topic>& wanted,
                                      const std::map<std::string, found_topic>& found,
                                      bool allow_single_copy) {
  std::vector<topic_difference> differences;
  for (const wanted_topic& each : wanted) {
    const auto there = found.find(each.name);
    if (there == found.end()) {
      differences.push_back({topic_difference::kind::missing, each.name,
                             "topic " + each.name + " is missing", std::string{hint_apply}});
      continue;
    }
    compare_one(each, there->second, allow_single_copy, differences);
  }
  return differences;
}

}  // namespace sinyal::kafka
