#include "broker/kafka/topics.hpp"

#include "broker/core/signal.hpp"
#include "broker/kafka/names.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
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

// What Kafka puts in front of a batch's records (DefaultRecordBatch.RECORD_BATCH_OVERHEAD).
constexpr std::uint32_t batch_frame_bytes = 61;

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
  const std::string appended_to = notifications_topic(settings.topic_prefix);
  if (role != topics_of::lifecycle) names.insert(appended_to);
  if (role != topics_of::ingest) names.insert(notifications_topic(settings.raw_prefix()));
  for (const std::string& name : names) {
    topics.push_back(make_log_topic(settings, name, settings.retention_notifications_days));
    if (role != topics_of::lifecycle && name == appended_to) {
      topics.back().batch_bytes_max = settings.raw_record_bytes_max() + batch_frame_bytes;
    }
  }
}

constexpr std::string_view hint_apply =
    "run `sinyal topics apply`, or set create_topics; where it is there, grant this client the "
    "rights to it";

using kind = topic_difference::kind;

topic_difference differs(kind what, const wanted_topic& wanted, const std::string& message,
                         std::string hint) {
  return {what, wanted.name, "topic " + wanted.name + " " + message, std::move(hint)};
}

constexpr std::string_view hint_retention =
    "set the topic's retention.ms, or the key of kafka.retention_notifications_days, "
    "retention_quarantine_days and retention_signals_days that is its own, to what is meant";

/// Both in ms, negative for ever.
void compare_retention(const wanted_topic& wanted, const found_topic& found,
                       std::vector<topic_difference>& differences) {
  const auto configured = wanted.config.find("retention.ms");
  if (configured == wanted.config.end() || !found.retention_ms) return;
  const auto length = [](std::int64_t ms) {
    return ms < 0 ? std::numeric_limits<std::int64_t>::max() : ms;
  };
  const std::int64_t is = length(*found.retention_ms);
  const std::int64_t wants = length(std::stoll(configured->second));
  if (is == wants) return;
  differences.push_back(
      differs(is < wants ? kind::shorter_retention : kind::longer_retention, wanted,
              "has retention.ms=" + std::to_string(*found.retention_ms) + ", but " +
                  configured->second + " is configured: " +
                  (is < wants ? "its records are gone earlier" : "its records stay longer"),
              std::string{hint_retention}));
}

void compare_one(const wanted_topic& wanted, const found_topic& found, bool allow_single_copy,
                 std::vector<topic_difference>& differences) {
  const auto differs = [&](kind what, const std::string& message, std::string hint) {
    differences.push_back(kafka::differs(what, wanted, message, std::move(hint)));
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
  if (found.timestamp_type != "CreateTime") {
    differs(kind::timestamps,
            "has message.timestamp.type=" + found.timestamp_type +
                ", which replaces the time at which a notification was received",
            "set its message.timestamp.type to CreateTime");
  }
  if (found.max_message_bytes && *found.max_message_bytes < wanted.batch_bytes_max) {
    differs(kind::max_bytes,
            "has max.message.bytes=" + std::to_string(*found.max_message_bytes) + ", but up to " +
                std::to_string(wanted.batch_bytes_max) +
                " bytes are appended at once: Kafka would refuse what is larger",
            "set its max.message.bytes to kafka.record_bytes_max, or lower that");
  }
  compare_retention(wanted, found, differences);
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
      return "unclean";
    case topic_difference::kind::timestamps:
      return "timestamps";
    case topic_difference::kind::max_bytes:
      return "max_bytes";
    case topic_difference::kind::shorter_retention:
      return "shorter_retention";
    case topic_difference::kind::longer_retention:
      break;
  }
  return "longer_retention";
}

severity severity_of(topic_difference::kind kind) {
  if (kind == topic_difference::kind::shorter_retention) return severity::loses;
  if (kind == topic_difference::kind::longer_retention) return severity::keeps;
  return severity::breaks;
}

std::vector<topic_difference> at_least(severity severity,
                                       const std::vector<topic_difference>& differences) {
  std::vector<topic_difference> out;
  std::copy_if(differences.begin(), differences.end(), std::back_inserter(out),
               [&](const auto& each) { return severity_of(each.what) >= severity; });
  return out;
}

std::string as_wanted(std::size_t count) {
  if (count == 1) return "the one topic is as the catalogue wants it";
  return "all " + std::to_string(count) + " topics are as the catalogue wants them";
}

std::vector<std::string> hints_of(const std::vector<topic_difference>& differences) {
  std::vector<std::string> hints;
  for (const topic_difference& each : differences) {
    if (std::find(hints.begin(), hints.end(), each.hint) == hints.end()) hints.push_back(each.hint);
  }
  return hints;
}

std::string sentence_of(const std::vector<topic_difference>& differences) {
  std::string all;
  for (const topic_difference& each : differences) {
    all.append(all.empty() ? "" : "; ").append(each.topic).append(": ").append(each.message);
  }
  for (const std::string& hint : hints_of(differences)) all.append(". Hint: ").append(hint);
  return all;
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
