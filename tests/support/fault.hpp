#pragma once
// How a call of the fake log is to fail.

#include "broker/ports.hpp"

#include <string>
#include <vector>

namespace sinyal::test {

struct fault {
  std::string call;  // begin, write, send_offsets, commit, abort, open, poll, seek, …
  log_failure failure;
  int skip = 0;  // so many calls succeed first
  int times = 1;
  bool lands = false;  // of a commit: the cluster has it, only the answer is lost
};

/// What librdkafka answers a seek from a position that it could not read at.
inline const log_failure cannot_seek{failure_class::fatal, "_STATE", "seek: Erroneous state", {}};

/// The fault that this call now meets, which is used up; null: none.
inline const fault* due(std::vector<fault>& faults, const std::string& call) {
  for (fault& each : faults) {
    if (each.call != call || each.times == 0) continue;
    if (each.skip > 0) {
      --each.skip;
      continue;
    }
    --each.times;
    return &each;
  }
  return nullptr;
}

}  // namespace sinyal::test
