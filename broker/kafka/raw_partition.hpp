#pragma once
// One partition of the raw log from its start to its end, outside of any group, committed records
// alone: `sinyal trace`.

#include "broker/codec/record.hpp"
#include "broker/config.hpp"
#include "broker/observe/log.hpp"
#include "broker/ports.hpp"

#include <atomic>
#include <cstdint>
#include <functional>

namespace sinyal::kafka {

/// Calls `each(record, range)` for every record until the end that the partition had at first,
/// until `stop` is set or `each` returns false. `range` is that of the whole partition, and is
/// returned. An error says what could not be read and why.
log_result<offset_range> read_raw_partition(
    const kafka_settings& settings, std::int32_t partition,
    const std::function<bool(const codec::record_view& record, const offset_range& range)>& each,
    const std::atomic<bool>& stop, observe::logger& logger);

}  // namespace sinyal::kafka
