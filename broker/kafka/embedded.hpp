#pragma once
// librdkafka's mock cluster inside this process, for a first look and for tests of plumbing. It
// keeps 5 MiB a partition in memory and does not honour transactions: nothing is promised on it.

#include "broker/config.hpp"
#include "broker/observe/log.hpp"
#include "broker/ports.hpp"

#include <memory>
#include <string>

struct rd_kafka_mock_cluster_s;

namespace sinyal::kafka {

class embedded_cluster {
 public:
  /// Starts one broker on a free port of 127.0.0.1, with all topics of these settings.
  static log_result<std::unique_ptr<embedded_cluster>> start(const kafka_settings& settings,
                                                             observe::logger& logger);
  ~embedded_cluster();

  /// `127.0.0.1:PORT`
  const std::string& bootstrap_servers() const;
  /// For faults in tests.
  rd_kafka_mock_cluster_s* mock();

 private:
  struct parts;
  explicit embedded_cluster(std::unique_ptr<parts> all);
  std::unique_ptr<parts> parts_;
};

}  // namespace sinyal::kafka
