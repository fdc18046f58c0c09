#pragma once
// A small file's whole content: configurations and secrets.

#include <boost/system/result.hpp>

#include <cstddef>
#include <string>

namespace sinyal {

/// The error is the system's; a file larger than `bytes_max` is errc::file_too_large.
boost::system::result<std::string> read_file(const std::string& path, std::size_t bytes_max);

}  // namespace sinyal
