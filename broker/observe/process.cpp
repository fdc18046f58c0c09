#include "broker/observe/process.hpp"

#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

namespace sinyal::observe {

namespace {

/// The number after `name:` in a file of such lines; 0 when there is none.
std::uint64_t number_after(const char* path, const std::string& name) {
  std::ifstream file{path};
  std::string word;
  std::uint64_t number = 0;
  while (file >> word) {
    if (word == name && file >> number) return number;
    file.clear();
  }
  return 0;
}

/// Not by listing /proc/self/fd, which a process that forbids core dumps may not read: every slot
/// of the table is asked for.
std::uint64_t count_open_fds() {
  const std::uint64_t slots = number_after("/proc/self/status", "FDSize:");
  std::uint64_t open = 0;
  for (std::uint64_t fd = 0; fd < slots; ++fd) {
    if (::fcntl(static_cast<int>(fd), F_GETFD) != -1) ++open;
  }
  return open;
}

/// When the process started: field 22 of /proc/self/stat (proc(5)), in clock ticks since the boot.
double read_start_time() {
  std::ifstream file{"/proc/self/stat"};
  std::string line;
  std::getline(file, line);
  const auto name_end = line.rfind(')');  // the name before it may hold spaces
  if (name_end == std::string::npos) return 0;
  std::istringstream fields{line.substr(name_end + 1)};
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  double ticks = 0;
  fields >> ticks;
  const auto booted = static_cast<double>(number_after("/proc/stat", "btime"));
  return booted + ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

process_figures read_process_figures() {
  process_figures figures;
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    figures.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::ifstream statm{"/proc/self/statm"};
  std::uint64_t virtual_pages = 0;
  std::uint64_t resident_pages = 0;
  if (statm >> virtual_pages >> resident_pages) {
    figures.virtual_bytes = virtual_pages * page;
    figures.resident_bytes = resident_pages * page;
  }
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) figures.max_fds = limit.rlim_cur;
  figures.open_fds = count_open_fds();
  figures.start_time_seconds = read_start_time();
  return figures;
}

}  // namespace sinyal::observe
