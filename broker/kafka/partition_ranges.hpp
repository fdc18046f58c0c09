#pragma once
// Where partitions begin and end.

#include "broker/config.hpp"
#include "broker/observe/log.hpp"
#include "broker/ports.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sinyal::kafka {

struct topic_partition {
  std::string topic;
  std::int32_t partition = 0;
};

/// In the order asked for, with all that is not committed yet, asked through a fresh
/// read_uncommitted handle: a read_committed one answers with the last stable offset, and an old
/// one perhaps with what it has heard before. An answer that may come later is `retriable`.
log_result<std::vector<offset_range>> ask_ranges(const kafka_settings& settings,
                                                 std::span<const topic_partition> partitions,
                                                 observe::logger& logger);

}  // namespace sinyal::kafka
