// deploy/sinyal.example.toml: every key with its default, and nothing that could not be taken in.

#include "broker/config.hpp"
#include "broker/config/keys.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

using namespace sinyal;

namespace {

const std::string example = "deploy/sinyal.example.toml";

using errors = std::vector<std::string>;

errors errors_of(const std::string& path) {
  return load_config({path, {}, {}}).errors;
}

}  // namespace

TEST_CASE("deploy/sinyal.example.toml shows every key with its default") {
  if (std::getenv("SINYAL_UPDATE_GOLDEN") != nullptr) std::ofstream{example} << example_config();
  std::ifstream file{example};
  const std::string committed{std::istreambuf_iterator<char>{file}, {}};
  CHECK(committed == example_config());
  CHECK(errors_of(example) == errors{});
}

TEST_CASE("what the example comments out can be taken in as it stands") {
  std::string text;
  std::string line;
  std::istringstream lines{example_config()};
  while (std::getline(lines, line)) {
    const bool is_key = line.starts_with("# ") && line.find(" = ") != line.npos;
    if (is_key && line.find("env:") == line.npos && line.find("file:") == line.npos &&
        line.find("id = ") == line.npos) {
      line.erase(0, 2);
    }
    text += line + '\n';
  }
  const std::filesystem::path path = std::filesystem::temp_directory_path() / "sinyal-example.toml";
  std::ofstream{path} << text;
  CHECK(errors_of(path) == errors{});
  std::filesystem::remove(path);
}
