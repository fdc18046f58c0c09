#pragma once
// What a command is given to read: a file, or `-` for standard input.

#include <boost/system/result.hpp>

#include <iosfwd>
#include <string>

namespace sinyal::cli {

/// The whole of it, up to 1 GiB. The error is the system's.
boost::system::result<std::string> read_input(const std::string& file, std::istream& in);

}  // namespace sinyal::cli
