#pragma once
// What `sinyal rebuild` reads and writes, over librdkafka.

#include "broker/config.hpp"
#include "broker/observe/log.hpp"
#include "broker/ports.hpp"

#include <memory>

namespace sinyal::kafka {

log_result<std::unique_ptr<rebuild_log>> make_rebuild_log(const kafka_settings& settings,
                                                          const lifecycle_settings& lifecycle,
                                                          observe::logger& logger);

}  // namespace sinyal::kafka
