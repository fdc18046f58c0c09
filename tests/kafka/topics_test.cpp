#include "broker/kafka/topics.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace sinyal;
using kafka::found_topic;
using kafka::topic_difference;
using kafka::topics_of;
using kind = topic_difference::kind;

const kafka::wanted_topic& named(const std::vector<kafka::wanted_topic>& topics,
                                 const std::string& name) {
  const auto at = std::find_if(topics.begin(), topics.end(),
                               [&](const auto& each) { return each.name == name; });
  REQUIRE(at != topics.end());
  return *at;
}

found_topic with(found_topic topic, const char* timestamp_type,
                 std::optional<std::int64_t> max_message_bytes,
                 std::optional<std::int64_t> retention_ms) {
  topic.timestamp_type = timestamp_type;
  topic.max_message_bytes = max_message_bytes;
  topic.retention_ms = retention_ms;
  return topic;
}

/// All as wanted, but for one that is there otherwise, or not at all.
std::map<std::string, found_topic> all_but(const std::vector<kafka::wanted_topic>& wanted,
                                           const std::string& topic,
                                           const std::optional<found_topic>& there) {
  std::map<std::string, found_topic> found;
  for (const auto& each : wanted) {
    found[each.name] = found_topic{12, 3, each.compacted ? "compact" : "delete", 2};
  }
  found.erase(topic);
  if (there) found[topic] = *there;
  return found;
}

}  // namespace

TEST_CASE("each role wants its own topics") {
  kafka_settings settings;
  CHECK(kafka::wanted_topics(settings, topics_of::ingest).size() == 1);
  CHECK(kafka::wanted_topics(settings, topics_of::lifecycle).size() == 3 + core::signal_count);
  CHECK(kafka::wanted_topics(settings, topics_of::all).size() == 3 + core::signal_count);
  settings.source_prefix = "live";
  settings.topic_prefix = "shadow";
  const auto shadow = kafka::wanted_topics(settings, topics_of::lifecycle);
  CHECK(shadow[0].name == "live.notifications");
  CHECK(named(shadow, "shadow.state").compacted);
  CHECK(kafka::wanted_topics(settings, topics_of::all).size() == 4 + core::signal_count);
}

TEST_CASE("topics are created for what they hold") {
  kafka_settings settings;
  auto topics = kafka::wanted_topics(settings, topics_of::all);
  const auto config = [&](const char* topic, const char* key) {
    const auto& all = named(topics, topic).config;
    const auto at = all.find(key);
    return at == all.end() ? std::string{"(none)"} : at->second;
  };
  struct row {
    const char *topic, *key, *value;
  };
  for (const row& each : {row{"midtrans.notifications", "cleanup.policy", "delete"},
                          row{"midtrans.notifications", "retention.ms", "-1"},
                          row{"midtrans.notifications", "min.insync.replicas", "2"},
                          row{"midtrans.notifications", "unclean.leader.election.enable", "false"},
                          row{"midtrans.state", "cleanup.policy", "compact"},
                          row{"midtrans.state", "segment.bytes", "67108864"},
                          row{"midtrans.state", "min.cleanable.dirty.ratio", "0.1"},
                          row{"midtrans.state", "delete.retention.ms", "86400000"},
                          row{"midtrans.quarantine", "retention.ms", "7776000000"},
                          row{"midtrans.payment.settled", "retention.ms", "2592000000"},
                          row{"midtrans.payment.refund-confirmed", "cleanup.policy", "delete"}}) {
    CAPTURE(each.topic);
    CAPTURE(each.key);
    CHECK(config(each.topic, each.key) == each.value);
  }
  settings.replication_factor = 1;
  topics = kafka::wanted_topics(settings, topics_of::all);
  CHECK(config("midtrans.state", "min.insync.replicas") == "(none)");
  settings.source_prefix = "live";
  topics = kafka::wanted_topics(settings, topics_of::all);
  CHECK(config("midtrans.payment.settled", "retention.ms") == "-1");
}

TEST_CASE("what differs, and what to do about it") {
  const kafka_settings settings;
  const auto wanted = kafka::wanted_topics(settings, topics_of::all);
  const found_topic log{12, 3, "delete", 2};
  constexpr std::int64_t day = 86400000;
  const auto kept = [&](std::int64_t ms) { return with(log, "CreateTime", 991869, ms); };
  const found_topic state{12, 3, "compact", 2};
  struct row {
    const char* name;
    const char* topic;
    std::optional<found_topic> found;  // absent: missing
    std::optional<kind> what;          // absent: no difference
    const char* says;
  };
  const std::vector<row> rows{
      {"as wanted", "midtrans.state", state, {}, ""},
      {"more copies", "midtrans.state", found_topic{12, 5, "compact", 3}, {}, ""},
      {"missing", "midtrans.payment.settled", {}, kind::missing, "topics apply"},
      {"fewer partitions", "midtrans.notifications", found_topic{6, 3, "delete", 2},
       kind::partitions, "has 6 partitions, but kafka.partitions is 12"},
      {"more partitions", "midtrans.notifications", found_topic{13, 3, "delete", 2},
       kind::partitions, "has 13"},
      {"state deleted", "midtrans.state", found_topic{12, 3, "delete", 2}, kind::not_compacted,
       "cleanup.policy to compact"},
      {"state compacted and deleted", "midtrans.state", found_topic{12, 3, "compact,delete", 2},
       kind::not_compacted, "compact,delete"},
      {"signals compacted", "midtrans.payment.settled", found_topic{12, 3, "compact", 2},
       kind::compacted, "cleanup.policy to delete"},
      {"one copy", "midtrans.quarantine", found_topic{12, 1, "delete", 1}, kind::copies,
       "allow_single_copy"},
      {"one must acknowledge", "midtrans.quarantine", found_topic{12, 3, "delete", 1}, kind::copies,
       "min.insync.replicas=1"},
      {"unclean election", "midtrans.quarantine", found_topic{12, 3, "delete", 2, true},
       kind::unclean, "unclean.leader.election.enable to false"},
      {"times of Kafka's in the raw log", "midtrans.notifications",
       with(log, "LogAppendTime", {}, {}), kind::timestamps,
       "has message.timestamp.type=LogAppendTime"},
      {"times of Kafka's in the state", "midtrans.state", with(state, "LogAppendTime", {}, {}),
       kind::timestamps, "message.timestamp.type to CreateTime"},
      {"room for the largest batch",
       "midtrans.notifications",
       with(log, "CreateTime", 991869, {}),
       {},
       ""},
      {"a byte less", "midtrans.notifications", with(log, "CreateTime", 991868, {}),
       kind::max_bytes, "has max.message.bytes=991868, but up to 991869 bytes"},
      {"a signal's own limit",
       "midtrans.payment.settled",
       with(log, "CreateTime", 600, {}),
       {},
       ""},
      {"the raw log kept for ever", "midtrans.notifications", kept(-1), {}, ""},
      {"the raw log kept a week", "midtrans.notifications", kept(7 * day), kind::shorter_retention,
       "has retention.ms=604800000, but -1 is configured"},
      {"signals kept as configured", "midtrans.payment.settled", kept(30 * day), {}, ""},
      {"signals kept a day less", "midtrans.payment.settled", kept(29 * day),
       kind::shorter_retention, "but 2592000000 is configured"},
      {"signals kept a day more", "midtrans.payment.settled", kept(31 * day),
       kind::longer_retention, "its records stay longer"},
      {"quarantine kept for ever", "midtrans.quarantine", kept(-1), kind::longer_retention,
       "has retention.ms=-1, but 7776000000 is configured"},
      {"quarantine kept as signals are", "midtrans.quarantine", kept(30 * day),
       kind::shorter_retention, "kafka.retention_"},
      {"a state has no retention", "midtrans.state", with(state, "CreateTime", {}, day), {}, ""},
  };
  std::set<std::string_view> named_kinds;
  std::set<kind> kinds;
  for (const row& each : rows) {
    CAPTURE(each.name);
    const auto found = all_but(wanted, each.topic, each.found);
    const auto differences = kafka::compare(wanted, found, false);
    REQUIRE(differences.size() == (each.what ? 1 : 0));
    if (!each.what) continue;
    CHECK(differences[0].what == *each.what);
    CHECK(differences[0].topic == each.topic);
    CHECK(differences[0].sentence().find(each.says) != std::string::npos);
    CHECK(named_kinds.insert(to_string(*each.what)).second ==
          (kinds.insert(*each.what).second));  // each kind has a name of its own
    const bool forgiven = each.what == kind::copies || each.what == kind::unclean;
    CHECK(kafka::compare(wanted, found, true).size() == (forgiven ? 0 : 1));
  }
}

TEST_CASE("an empty cluster lacks everything, in the catalogue's order") {
  const auto wanted = kafka::wanted_topics({}, topics_of::all);
  const auto differences = kafka::compare(wanted, {}, false);
  REQUIRE(differences.size() == wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(differences[i].topic == wanted[i].name);
  CHECK(kafka::hints_of(differences).size() == 1);  // what to do is said once, not 22 times
}

TEST_CASE("who only reads the raw log does not mind what it refuses") {
  kafka_settings settings;
  const found_topic small = with({12, 3, "delete", 2}, "CreateTime", 600, {});
  auto wanted = kafka::wanted_topics(settings, topics_of::lifecycle);
  CHECK(kafka::compare(wanted, all_but(wanted, "midtrans.notifications", small), false).empty());
  settings.source_prefix = "live";
  wanted = kafka::wanted_topics(settings, topics_of::all);
  CHECK(kafka::compare(wanted, all_but(wanted, "live.notifications", small), false).empty());
  CHECK(kafka::compare(wanted, all_but(wanted, "midtrans.notifications", small), false).size() ==
        1);
}

TEST_CASE("a shorter retention matters less than what breaks a promise, a longer one to nobody") {
  std::vector<topic_difference> all;
  for (const kind each : {kind::longer_retention, kind::timestamps, kind::shorter_retention,
                          kind::max_bytes, kind::missing}) {
    all.push_back({each, "a", "topic a has it", "do"});
  }
  const auto kinds = [&](kafka::severity severity) {
    std::vector<kind> out;
    for (const auto& each : at_least(severity, all)) out.push_back(each.what);
    return out;
  };
  CHECK(kinds(kafka::severity::breaks) ==
        std::vector{kind::timestamps, kind::max_bytes, kind::missing});
  CHECK(kinds(kafka::severity::loses) ==
        std::vector{kind::timestamps, kind::shorter_retention, kind::max_bytes, kind::missing});
  CHECK(kinds(kafka::severity::keeps).size() == all.size());
  all.resize(2);
  CHECK(kafka::sentence_of(all) == "a: topic a has it; a: topic a has it. Hint: do");
}

TEST_CASE("one topic is not spoken of as many") {
  CHECK(kafka::as_wanted(1) == "the one topic is as the catalogue wants it");
  CHECK(kafka::as_wanted(22) == "all 22 topics are as the catalogue wants them");
}
