#include "broker/kafka/embedded.hpp"

#include "broker/kafka/client.hpp"
#include "broker/kafka/errors.hpp"
#include "broker/kafka/topics.hpp"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <future>
#include <string>
#include <utility>
#include <vector>

namespace sinyal::kafka {

namespace {

/// The mock looks at such requests only every few hundred milliseconds: all at once, then.
log_result<void> create_all(rd_kafka_mock_cluster_t* cluster,
                            const std::vector<wanted_topic>& topics) {
  std::vector<std::future<rd_kafka_resp_err_t>> created;
  for (const wanted_topic& topic : topics) {
    created.push_back(std::async(std::launch::async, [cluster, &topic] {
      return rd_kafka_mock_topic_create(cluster, topic.name.c_str(), topic.partitions, 1);
    }));
  }
  for (auto& each : created) {
    const rd_kafka_resp_err_t code = each.get();
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return failure_of(nullptr, code, "create a topic");
  }
  return {};
}

}  // namespace

struct embedded_cluster::parts {
  explicit parts(observe::logger& logger) : owner{logger} {}
  client_owner owner;
  client_handle client;  // the cluster's threads and timers
  std::unique_ptr<rd_kafka_mock_cluster_t, deleter<rd_kafka_mock_cluster_destroy>> cluster;
  std::string bootstrap_servers;
};

log_result<std::unique_ptr<embedded_cluster>> embedded_cluster::start(
    const kafka_settings& settings, observe::logger& logger) {
  auto all = std::make_unique<parts>(logger);
  kafka_settings nowhere;  // a client that connects to nothing
  nowhere.bootstrap_servers.clear();
  auto client = make_client(RD_KAFKA_PRODUCER, nowhere, all->owner);
  if (!client) return client.error();
  all->client = std::move(*client);
  all->cluster.reset(rd_kafka_mock_cluster_new(all->client.get(), 1));
  if (!all->cluster) {
    return log_failure{failure_class::fatal, "embedded", "the embedded broker did not start"};
  }
  all->bootstrap_servers = rd_kafka_mock_cluster_bootstraps(all->cluster.get());
  if (auto done = create_all(all->cluster.get(), wanted_topics(settings, topics_of::all)); !done) {
    return done.error();
  }
  return std::unique_ptr<embedded_cluster>{new embedded_cluster{std::move(all)}};
}

embedded_cluster::embedded_cluster(std::unique_ptr<parts> all) : parts_{std::move(all)} {}
embedded_cluster::~embedded_cluster() = default;

const std::string& embedded_cluster::bootstrap_servers() const {
  return parts_->bootstrap_servers;
}

rd_kafka_mock_cluster_s* embedded_cluster::mock() {
  return parts_->cluster.get();
}

}  // namespace sinyal::kafka
