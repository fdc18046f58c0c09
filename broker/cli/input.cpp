#include "broker/cli/input.hpp"

#include "broker/config/file.hpp"

#include <istream>
#include <iterator>

namespace sinyal::cli {

namespace {

constexpr std::size_t bytes_max = std::size_t{1} << 30;

}  // namespace

boost::system::result<std::string> read_input(const std::string& file, std::istream& in) {
  using iterator = std::istreambuf_iterator<char>;
  if (file == "-") return std::string{iterator{in}, iterator{}};
  return read_file(file, bytes_max);
}

}  // namespace sinyal::cli
