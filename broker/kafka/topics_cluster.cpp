// The half of topics.hpp that talks to the cluster.

#include "broker/kafka/client.hpp"
#include "broker/kafka/errors.hpp"
#include "broker/kafka/topics.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <thread>
#include <utility>

namespace sinyal::kafka {

namespace {

constexpr int call_ms = 5000;
constexpr int admin_ms = 30000;
constexpr std::size_t error_text_max = 512;
constexpr std::chrono::milliseconds metadata_pause{50};

using new_topic_handle = std::unique_ptr<rd_kafka_NewTopic_t, deleter<rd_kafka_NewTopic_destroy>>;
using resource_handle =
    std::unique_ptr<rd_kafka_ConfigResource_t, deleter<rd_kafka_ConfigResource_destroy>>;
using options_handle =
    std::unique_ptr<rd_kafka_AdminOptions_t, deleter<rd_kafka_AdminOptions_destroy>>;

options_handle make_options(rd_kafka_t* client, rd_kafka_admin_op_t operation) {
  options_handle options{rd_kafka_AdminOptions_new(client, operation)};
  std::array<char, error_text_max> why{};
  rd_kafka_AdminOptions_set_request_timeout(options.get(), admin_ms, why.data(), why.size());
  return options;
}

/// The cluster's metadata, asked for until it answers or the time is over.
log_result<metadata_handle> ask_metadata(rd_kafka_t* client, const kafka_settings& settings) {
  const auto until =
      std::chrono::steady_clock::now() + std::chrono::milliseconds{settings.start_timeout_ms};
  while (true) {
    const rd_kafka_metadata_t* answer = nullptr;
    const int wait_ms = std::min<int>(call_ms, static_cast<int>(settings.start_timeout_ms));
    const auto code = rd_kafka_metadata(client, 1, nullptr, &answer, wait_ms);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return metadata_handle{answer};
    const log_failure why = failure_of(client, code, "ask for metadata");
    if (why.what != failure_class::retriable || std::chrono::steady_clock::now() >= until) {
      return no_answer(settings, why);
    }
  }
}

std::map<std::string, found_topic> found_in(const rd_kafka_metadata_t& metadata,
                                            const std::vector<wanted_topic>& wanted) {
  std::map<std::string, found_topic> found;
  for (int i = 0; i < metadata.topic_cnt; ++i) {
    const rd_kafka_metadata_topic_t& topic = metadata.topics[i];
    const bool is_wanted = std::any_of(wanted.begin(), wanted.end(),
                                       [&](const auto& each) { return each.name == topic.topic; });
    if (!is_wanted || topic.err != RD_KAFKA_RESP_ERR_NO_ERROR || topic.partition_cnt == 0) continue;
    found_topic& at = found[topic.topic];
    at.partitions = topic.partition_cnt;
    at.replication = topic.partitions[0].replica_cnt;
  }
  return found;
}

/// librdkafka's mock cluster, whose id begins so (rdkafka_mock.c).
bool is_embedded(rd_kafka_t* client) {
  char* id = rd_kafka_clusterid(client, call_ms);
  const bool embedded = id != nullptr && std::string_view{id}.starts_with("mockCluster");
  if (id != nullptr) rd_kafka_mem_free(client, id);
  return embedded;
}

void read_config(const rd_kafka_ConfigResource_t& resource, found_topic& topic) {
  std::size_t count = 0;
  const auto* entries = rd_kafka_ConfigResource_configs(&resource, &count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view name = rd_kafka_ConfigEntry_name(entries[i]);
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);
    if (value == nullptr) continue;
    if (name == "cleanup.policy") topic.cleanup_policy = value;
    if (name == "min.insync.replicas") topic.min_insync_replicas = std::atoi(value);
    if (name == "unclean.leader.election.enable") {
      topic.unclean_election = std::string_view{value} == "true";
    }
    if (name == "message.timestamp.type") topic.timestamp_type = value;
    if (name == "max.message.bytes") topic.max_message_bytes = std::atoll(value);
    if (name == "retention.ms") topic.retention_ms = std::atoll(value);
  }
}

log_result<void> ask_configs(rd_kafka_t* client, std::map<std::string, found_topic>& found) {
  if (found.empty()) return {};
  std::vector<resource_handle> owned;
  std::vector<rd_kafka_ConfigResource_t*> resources;
  for (const auto& [name, topic] : found) {
    owned.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()));
    resources.push_back(owned.back().get());
  }
  const queue_handle answers{rd_kafka_queue_new(client)};
  const options_handle options = make_options(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
  rd_kafka_DescribeConfigs(client, resources.data(), resources.size(), options.get(),
                           answers.get());
  const event_handle event{rd_kafka_queue_poll(answers.get(), admin_ms + call_ms)};
  const auto* result = event ? rd_kafka_event_DescribeConfigs_result(event.get()) : nullptr;
  if (result == nullptr) {
    return failure_of(client, RD_KAFKA_RESP_ERR__TIMED_OUT, "ask for the topics' configuration");
  }
  if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return failure_of(client, code, "ask for the topics' configuration");
  }
  std::size_t count = 0;
  const auto* described = rd_kafka_DescribeConfigs_result_resources(result, &count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = rd_kafka_ConfigResource_name(described[i]);
    const auto code = rd_kafka_ConfigResource_error(described[i]);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return failure_of(client, code, "ask for the configuration of topic " + name);
    }
    if (const auto topic = found.find(name); topic != found.end()) {
      read_config(*described[i], topic->second);
    }
  }
  return {};
}

log_result<std::vector<topic_difference>> plan(rd_kafka_t* client, const kafka_settings& settings,
                                               const std::vector<wanted_topic>& wanted) {
  const auto metadata = ask_metadata(client, settings);
  if (!metadata) return metadata.error();
  if (is_embedded(client)) {
    return log_failure{failure_class::fatal, "embedded",
                       "not on the embedded broker: it has no topics to compare or create"};
  }
  auto found = found_in(**metadata, wanted);
  if (auto done = ask_configs(client, found); !done) return done.error();
  return compare(wanted, found, settings.allow_single_copy);
}

log_result<new_topic_handle> make_new_topic(const wanted_topic& topic) {
  std::array<char, error_text_max> why{};
  new_topic_handle made{rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions,
                                              topic.replication, why.data(), why.size())};
  if (!made) return log_failure{failure_class::fatal, "new topic", why.data()};
  for (const auto& [name, value] : topic.config) {
    rd_kafka_NewTopic_set_config(made.get(), name.c_str(), value.c_str());
  }
  return made;
}

log_result<void> create(rd_kafka_t* client, const std::vector<wanted_topic>& topics) {
  std::vector<new_topic_handle> owned;
  std::vector<rd_kafka_NewTopic_t*> asked;
  for (const wanted_topic& each : topics) {
    auto made = make_new_topic(each);
    if (!made) return made.error();
    asked.push_back(made->get());
    owned.push_back(std::move(*made));
  }
  const queue_handle answers{rd_kafka_queue_new(client)};
  const options_handle options = make_options(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
  std::array<char, error_text_max> why{};
  // The answer comes when the controller has them, not only when it has heard of them.
  rd_kafka_AdminOptions_set_operation_timeout(options.get(), admin_ms, why.data(), why.size());
  rd_kafka_CreateTopics(client, asked.data(), asked.size(), options.get(), answers.get());
  const event_handle event{rd_kafka_queue_poll(answers.get(), admin_ms + call_ms)};
  const auto* result = event ? rd_kafka_event_CreateTopics_result(event.get()) : nullptr;
  if (result == nullptr) {
    return failure_of(client, RD_KAFKA_RESP_ERR__TIMED_OUT, "create topics");
  }
  if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return failure_of(client, code, "create topics");
  }
  std::size_t count = 0;
  const auto* created = rd_kafka_CreateTopics_result_topics(result, &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(created[i]);
    // Two that start at the same time both create.
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      continue;
    }
    log_failure failure = failure_of(client, code, "create a topic");
    const char* text = rd_kafka_topic_result_error_string(created[i]);
    failure.message = std::string{"topic "} + rd_kafka_topic_result_name(created[i]) +
                      " was not created: " + (text == nullptr ? failure.message : text);
    if (code == RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR) {
      failure.message +=
          " Hint: add brokers, or lower kafka.replication_factor, with "
          "kafka.allow_single_copy where a broker's loss may lose something";
    }
    return failure;
  }
  return {};
}

/// KRaft answers before every broker's metadata shows the new topics: waits until it does.
log_result<void> await_created(rd_kafka_t* client, const kafka_settings& settings,
                               const std::vector<wanted_topic>& created) {
  const auto until =
      std::chrono::steady_clock::now() + std::chrono::milliseconds{settings.start_timeout_ms};
  while (true) {
    const auto metadata = ask_metadata(client, settings);
    if (!metadata) return metadata.error();
    const auto found = found_in(**metadata, created);
    const auto hidden = std::find_if(created.begin(), created.end(),
                                     [&](const auto& each) { return !found.contains(each.name); });
    if (hidden == created.end()) return {};
    if (std::chrono::steady_clock::now() >= until) {
      return log_failure{failure_class::topic, "created topics do not show",
                         "topic " + hidden->name +
                             " was created, and does not show in the cluster's metadata. Hint: "
                             "grant this client the rights to it, or look at the controller's log"};
    }
    std::this_thread::sleep_for(metadata_pause);
  }
}

}  // namespace

log_result<std::vector<topic_difference>> plan_topics(const kafka_settings& settings,
                                                      topics_of role, observe::logger& logger) {
  client_owner owner{logger};
  const auto client = make_client(RD_KAFKA_PRODUCER, settings, owner);
  if (!client) return client.error();
  return plan(client->get(), settings, wanted_topics(settings, role));
}

log_result<std::vector<std::string>> create_topics(const kafka_settings& settings, topics_of role,
                                                   observe::logger& logger) {
  if (settings.replication_factor < safe_replication && !settings.allow_single_copy) {
    return log_failure{failure_class::topic, "too few copies",
                       "kafka.replication_factor is " +
                           std::to_string(settings.replication_factor) +
                           ": what is acknowledged could be lost with one broker. Hint: keep 3 "
                           "copies, or set kafka.allow_single_copy where that may happen"};
  }
  client_owner owner{logger};
  const auto client = make_client(RD_KAFKA_PRODUCER, settings, owner);
  if (!client) return client.error();
  const auto wanted = wanted_topics(settings, role);
  const auto differences = plan(client->get(), settings, wanted);
  if (!differences) return differences.error();
  std::vector<wanted_topic> missing;
  std::vector<std::string> names;
  for (const topic_difference& each : *differences) {
    if (each.what != topic_difference::kind::missing) continue;
    names.push_back(each.topic);
    missing.push_back(*std::find_if(wanted.begin(), wanted.end(),
                                    [&](const auto& topic) { return topic.name == each.topic; }));
  }
  if (missing.empty()) return names;
  if (auto done = create(client->get(), missing); !done) return done.error();
  if (auto done = await_created(client->get(), settings, missing); !done) return done.error();
  return names;
}

}  // namespace sinyal::kafka
