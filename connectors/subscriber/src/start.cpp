#include "start.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <set>

namespace sinyal::detail {
namespace {

using clock = std::chrono::steady_clock;
using metadata_handle =
    std::unique_ptr<const rd_kafka_metadata_t, deleter<rd_kafka_metadata_destroy>>;
using new_topic_handle = std::unique_ptr<rd_kafka_NewTopic_t, deleter<rd_kafka_NewTopic_destroy>>;
using queue_handle = std::unique_ptr<rd_kafka_queue_t, deleter<rd_kafka_queue_destroy>>;
using event_handle = std::unique_ptr<rd_kafka_event_t, deleter<rd_kafka_event_destroy>>;

constexpr int turn_ms = 250;  // how soon a request to stop is seen
// 90 days: as long as somebody may need to look at what was given up.
constexpr const char* dead_letters_kept_ms = "7776000000";
// Twice what a topic takes by default, since a letter is larger than what it was made from.
constexpr const char* dead_letter_bytes_max = "2097152";

struct found {
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
  int partitions = 0;
};

struct asking {
  const settings& configured;
  clock::time_point deadline;
  const std::atomic<bool>& stopping;
  consumer& member;

  /// Nothing when asked to stop.
  std::optional<found> look_up(rd_kafka_t* client, const std::string& name) const;
};

std::optional<found> asking::look_up(rd_kafka_t* client, const std::string& name) const {
  const topic_handle topic{rd_kafka_topic_new(client, name.c_str(), nullptr)};
  if (!topic) return found{rd_kafka_last_error()};
  while (!stopping) {
    const rd_kafka_metadata_t* raw = nullptr;
    const auto code = rd_kafka_metadata(client, 0, topic.get(), &raw, turn_ms);
    const metadata_handle answer{raw};
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR && answer->topic_cnt == 1 &&
        answer->topics[0].err != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) {
      return found{answer->topics[0].err, answer->topics[0].partition_cnt};
    }
    if (clock::now() < deadline) continue;
    const std::string words = member.last_words();
    throw error{"Kafka at " + configured.bootstrap_servers + " did not answer within " +
                std::to_string(configured.start_timeout.count()) +
                " ms: " + (words.empty() ? rd_kafka_err2str(code) : words) +
                ". Hint: check bootstrap_servers, and the properties for TLS and SASL"};
  }
  return std::nullopt;
}

std::string problem_of(const std::string& topic, const found& found) {
  switch (found.code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      return {};
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      return "the topic " + topic +
             " is not there. Hint: check topic_prefix; `sinyal topics apply` creates the topics";
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return "no right to read the topic " + topic + ". Hint: grant this client Read on it";
    default:
      return "the topic " + topic + ": " + rd_kafka_err2str(found.code);
  }
}

/// With the partitions and copies that the cluster gives a topic by default. What went wrong.
std::string create(rd_kafka_t* client, const std::string& topic, std::chrono::milliseconds within) {
  std::array<char, 512> why{};
  const new_topic_handle wanted{
      rd_kafka_NewTopic_new(topic.c_str(), -1, -1, why.data(), why.size())};
  if (!wanted) return why.data();
  rd_kafka_NewTopic_set_config(wanted.get(), "retention.ms", dead_letters_kept_ms);
  rd_kafka_NewTopic_set_config(wanted.get(), "max.message.bytes", dead_letter_bytes_max);
  const queue_handle queue{rd_kafka_queue_new(client)};
  rd_kafka_NewTopic_t* one = wanted.get();
  rd_kafka_CreateTopics(client, &one, 1, nullptr, queue.get());
  const event_handle event{rd_kafka_queue_poll(queue.get(), static_cast<int>(within.count()))};
  if (!event) return "no answer in time";
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return rd_kafka_event_error_string(event.get());
  }
  std::size_t count = 0;
  const auto* const results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  const auto code =
      count == 1 ? rd_kafka_topic_result_error(results[0]) : RD_KAFKA_RESP_ERR_UNKNOWN;
  const bool done = code == RD_KAFKA_RESP_ERR_NO_ERROR ||
                    code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS;  // another member's
  return done ? std::string{} : std::string{rd_kafka_err2str(code)};
}

std::string dead_letter_problem(const asking& asking, const std::string& topic,
                                rd_kafka_t* producer) {
  const auto found = asking.look_up(producer, topic);
  if (!found || found->code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  std::string why = rd_kafka_err2str(found->code);
  if (found->code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
    why = create(producer, topic, asking.configured.start_timeout);
    if (why.empty()) return {};
  }
  return "the dead-letter topic " + topic + " is not there and cannot be created: " + why +
         ". Hint: create it, or grant this client Create and Write on it";
}

}  // namespace

void check(const settings& settings) {
  std::string wrong;
  const auto must = [&](bool holds, std::string_view sentence) {
    if (!holds) wrong.append(wrong.empty() ? "" : "; ").append(sentence);
  };
  using std::chrono::milliseconds;
  must(!settings.bootstrap_servers.empty(),
       "bootstrap_servers is empty. Hint: \"host:9092,other:9092\"");
  must(!settings.group.empty(), "group is empty. Hint: the name of your service");
  must(!settings.topic_prefix.empty(), "topic_prefix is empty. Hint: the broker's is midtrans");
  must(settings.retry.attempts >= 1, "retry.attempts is less than 1");
  must(settings.retry.first_wait > milliseconds{0}, "retry.first_wait is not above 0");
  must(settings.retry.longest_wait >= settings.retry.first_wait,
       "retry.longest_wait is less than retry.first_wait");
  must(settings.commit_interval > milliseconds{0}, "commit_interval is not above 0");
  must(settings.merge_wait >= milliseconds{0}, "merge_wait is less than 0");
  must(settings.start_timeout > milliseconds{0}, "start_timeout is not above 0");
  if (!wrong.empty()) throw error{"wrong settings: " + wrong};
}

void check(const settings& settings, const std::vector<std::string>& topics, consumer& consumer,
           const std::string& dead_letter_topic, rd_kafka_t* producer,
           const std::atomic<bool>& stopping) {
  const asking asking{settings, clock::now() + settings.start_timeout, stopping, consumer};
  std::string wrong;
  const auto also = [&](const std::string& problem) {
    if (!problem.empty()) wrong.append(wrong.empty() ? "" : "; ").append(problem);
  };
  std::set<int> counts;
  for (const std::string& topic : topics) {
    const auto found = asking.look_up(consumer.client(), topic);
    if (!found) return;
    also(problem_of(topic, *found));
    if (found->code == RD_KAFKA_RESP_ERR_NO_ERROR) counts.insert(found->partitions);
  }
  if (settings.merge_topics && counts.size() > 1) {
    also(
        "the topics differ in their number of partitions, so merge_topics cannot hold. Hint: "
        "give all topics of the prefix the same number");
  }
  if (std::find(topics.begin(), topics.end(), dead_letter_topic) != topics.end()) {
    also("dead_letter_topic is a topic that is read: " + dead_letter_topic +
         ". Hint: one of your service's own");
  } else {
    also(dead_letter_problem(asking, dead_letter_topic, producer));
  }
  if (!wrong.empty()) throw error{wrong};
}

}  // namespace sinyal::detail
