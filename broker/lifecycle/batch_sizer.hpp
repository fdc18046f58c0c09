#pragma once
// How many records the next transaction takes, and what to do about a batch that keeps aborting.
// Pure. A transaction's cost follows the partitions it touches, so a batch grows until its commit
// takes at most a quarter of the cycle; one that cannot be mended is halved until its culprit is
// alone.

#include "broker/ports.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace sinyal::lifecycle {

class batch_sizer {
 public:
  explicit batch_sizer(std::uint32_t records_max);

  std::uint32_t limit() const { return limit_; }

  /// `records` were committed; `commit` of the whole `cycle` went into the commit.
  void committed(std::uint32_t records, std::chrono::microseconds commit,
                 std::chrono::microseconds cycle);

  enum class advice : std::uint8_t {
    again,    // the same batch, or a half of it
    condemn,  // this one record cannot be written: quarantine it
    stop,     // this one record's partition cannot go on: a topic or the rights to it are missing
  };
  /// A batch of `records`, the first at `first`, was aborted.
  advice aborted(std::uint32_t records, partition_offset first, const log_failure& why);

 private:
  std::uint32_t records_max_;
  std::uint32_t limit_;
  std::string reason_;       // of the last abort that retrying cannot mend
  std::uint32_t times_ = 0;  // that it came in a row
  /// Records that were aborted alone, and how often. Others may be committed in between.
  std::map<std::pair<std::int32_t, std::int64_t>, std::uint32_t> alone_;
};

}  // namespace sinyal::lifecycle
