#include "broker/config/file.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>

namespace sinyal {

boost::system::result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  const auto last_error = [] {
    return boost::system::error_code{errno, boost::system::generic_category()};
  };
  // Not a stream of the standard library: those throw where a directory is read.
  const auto close = [](std::FILE* file) { std::fclose(file); };
  const std::unique_ptr<std::FILE, decltype(close)> file{std::fopen(path.c_str(), "rbe"), close};
  if (!file) return last_error();
  std::string text;
  char block[4096];
  while (const std::size_t count = std::fread(block, 1, sizeof block, file.get())) {
    text.append(block, count);
    if (text.size() > bytes_max) return make_error_code(boost::system::errc::file_too_large);
  }
  if (std::ferror(file.get()) != 0) return last_error();
  return text;
}

}  // namespace sinyal
