#include "broker/cli/app.hpp"

#include <exception>
#include <iostream>

// Read by jemalloc, where that is linked. What a restore or a backlog has fetched ahead is free
// afterwards: its pages go back to the system within seconds, also of a process that has nothing to
// do then.
extern "C" {
extern const char* const malloc_conf;
const char* const malloc_conf = "background_thread:true,dirty_decay_ms:2000,muzzy_decay_ms:0";
}

int main(int argc, char** argv) {
  try {
    return sinyal::cli::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "sinyal: " << error.what() << '\n';
    return 1;
  }
}
