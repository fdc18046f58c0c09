#pragma once
// What of the topics `serve` would not start with: no ground for other commands either.

#include "broker/config.hpp"
#include "broker/kafka/topics.hpp"
#include "broker/ports.hpp"

#include <string>
#include <vector>

namespace sinyal::cli {

/// A sentence for each difference that breaks a promise.
inline log_result<std::vector<std::string>> unfit_topics(const config& all, kafka::topics_of role) {
  observe::logger logger{{observe::log_level::error}};
  const auto differences = kafka::plan_topics(all.kafka, role, logger);
  if (!differences) return differences.error();
  std::vector<std::string> sentences;
  for (const auto& each : at_least(kafka::severity::breaks, *differences)) {
    sentences.push_back(each.topic + ": " + each.sentence());
  }
  return sentences;
}

}  // namespace sinyal::cli
