#pragma once
// What the operating system says of this process: the process_* metrics.

#include <cstdint>

namespace sinyal::observe {

struct process_figures {
  double cpu_seconds = 0;         // user and system, of all threads
  double start_time_seconds = 0;  // since 1970
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;
};

/// Figures that cannot be read stay 0.
process_figures read_process_figures();

}  // namespace sinyal::observe
