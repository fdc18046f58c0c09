#include "broker/cli/app.hpp"

#include <exception>
#include <iostream>

int main(int argc, char** argv) {
  try {
    return sinyal::cli::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "sinyal: " << error.what() << '\n';
    return 1;
  }
}
