#pragma once
// How a call of the fake log is to fail.

#include "broker/ports.hpp"

#include <string>

namespace sinyal::test {

struct fault {
  std::string call;  // begin, write, send_offsets, commit, abort, open, poll, seek, …
  log_failure failure;
  int skip = 0;  // so many calls succeed first
  int times = 1;
  bool lands = false;  // of a commit: the cluster has it, only the answer is lost
};

}  // namespace sinyal::test
