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
  const auto wanted = kafka::wanted_topics(settings, topics_of::lifecycle);
  const found_topic log{12, 3, "delete", 2};
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
  };
  std::set<std::string_view> named_kinds;
  std::set<kind> kinds;
  for (const row& each : rows) {
    CAPTURE(each.name);
    std::map<std::string, found_topic> found;
    for (const auto& topic : wanted) found[topic.name] = topic.compacted ? state : log;
    found.erase(each.topic);
    if (each.found) found[each.topic] = *each.found;
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
