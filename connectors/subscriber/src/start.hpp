#pragma once
// What must hold before events are read; everything that is wrong at once.

#include "consumer.hpp"
#include "kafka.hpp"

#include <atomic>
#include <sinyal/settings.hpp>
#include <string>
#include <vector>

namespace sinyal::detail {

/// Throws `error` for settings that cannot be meant.
void check(const settings& settings);

/// Throws `error` when Kafka does not answer, a topic is not there or not ours to read, or the
/// topics cannot be merged. Creates the dead-letter topic when it is missing. Returns early when
/// `stopping` is set.
void check(const settings& settings, const std::vector<std::string>& topics, consumer& consumer,
           const std::string& dead_letter_topic, rd_kafka_t* producer,
           const std::atomic<bool>& stopping);

}  // namespace sinyal::detail
