#pragma once
// Reads signals as they arrive, outside of any group, committed ones alone: `sinyal tail`.

#include "broker/codec/record.hpp"
#include "broker/config.hpp"
#include "broker/observe/log.hpp"
#include "broker/ports.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sinyal::kafka {

enum class tail_from : std::uint8_t { beginning, end };

struct tail_settings {
  kafka_settings kafka;
  std::vector<std::string> topics;  // full names
  tail_from from = tail_from::end;
};

/// Calls `each(topic, record)` for every record until `stop` is set or `each` returns false. The
/// record lives as long as the call. An error says what could not be read and why.
log_result<void> tail(
    const tail_settings& settings,
    const std::function<bool(std::string_view topic, const codec::record_view& record)>& each,
    const std::atomic<bool>& stop, observe::logger& logger);

}  // namespace sinyal::kafka
