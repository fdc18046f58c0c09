#pragma once
#include <string>

namespace sinyal::kafka {

/// Of the librdkafka that this process runs with, which may be newer than the one it was built for.
std::string library_version();

}  // namespace sinyal::kafka
