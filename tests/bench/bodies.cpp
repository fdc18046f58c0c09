// Prints the bodies of a workload's first notifications, one a line.
//   bench_bodies NAME COUNT

#include "tests/bench/workload.hpp"

#include <iostream>

int main(int count, char** arguments) {
  if (count != 3) return 2;
  sinyal::bench::workload source{arguments[1]};
  for (auto left = std::stoull(arguments[2]); left > 0; --left) {
    std::cout << source.next().body << '\n';
  }
  return std::cout.flush() ? 0 : 1;
}
