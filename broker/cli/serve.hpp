#pragma once
// `sinyal serve`: builds everything in the order of its dependencies, waits for signals, takes it
// down in reverse.

#include "broker/cli/configuration.hpp"

namespace sinyal::cli {

struct serve_options {
  configuration_options configuration;
  cli::role role = role::all;
  bool embedded = false;  // librdkafka's mock cluster instead of a Kafka
};

/// Returns the exit status.
int serve(const serve_options& options);

}  // namespace sinyal::cli
