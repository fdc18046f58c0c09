#pragma once
#include "broker/cli/configuration.hpp"
#include "broker/kafka/topics.hpp"

namespace sinyal::cli {

/// Each role looks at its own topics alone.
inline kafka::topics_of topics_of(role role) {
  switch (role) {
    case role::ingest:
      return kafka::topics_of::ingest;
    case role::lifecycle:
      return kafka::topics_of::lifecycle;
    case role::all:
      break;
  }
  return kafka::topics_of::all;
}

}  // namespace sinyal::cli
