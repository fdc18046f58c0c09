#pragma once
// The wall clock, for what is told to people and to Kafka. It may jump: waits go by steady_clock.

#include "broker/core/time.hpp"

#include <chrono>

namespace sinyal::observe {

inline core::instant now() {
  using namespace std::chrono;
  return {duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()};
}

}  // namespace sinyal::observe
