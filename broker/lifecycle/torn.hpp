#pragma once
// Notifications of several subjects that are in the raw log for some of them alone: ingest was
// killed between the appends. None was acknowledged, so Midtrans repeats each. Pure.

#include "broker/codec/record.hpp"
#include "broker/core/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sinyal::lifecycle {

struct torn_notification {
  std::string id;
  std::int32_t partition = 0;
  std::int64_t offset = 0;  // of one that is there
};

class torn_notifications {
 public:
  /// Any raw record, of all partitions, each once.
  void add(const codec::record_view& raw);
  /// Those that were received before, since the rest of a later one may just come.
  std::vector<torn_notification> received_before(core::instant moment) const;

 private:
  struct pending {
    std::int64_t missing = 0;
    torn_notification one;
    std::int64_t timestamp_ms = 0;
  };
  std::unordered_map<std::string, pending> pending_;  // by id
};

}  // namespace sinyal::lifecycle
