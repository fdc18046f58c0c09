#pragma once
// How far a partition is read: a line on standard error that is written over, on a terminal alone.

#include <chrono>
#include <cstdint>
#include <iostream>
#include <unistd.h>

namespace sinyal::cli {

class progress_line {
 public:
  void show(std::int32_t partition, std::int64_t done, std::int64_t of) {
    const auto now = std::chrono::steady_clock::now();
    if (!terminal_ || now - shown_ < std::chrono::milliseconds{500}) return;
    shown_ = now;
    std::cerr << "\r\x1b[Kpartition " << partition << ": " << done << " of " << of << " raw records"
              << std::flush;
  }
  void clear() {
    if (terminal_) std::cerr << "\r\x1b[K" << std::flush;
  }

 private:
  bool terminal_ = ::isatty(STDERR_FILENO) == 1;
  std::chrono::steady_clock::time_point shown_ = std::chrono::steady_clock::now();
};

}  // namespace sinyal::cli
