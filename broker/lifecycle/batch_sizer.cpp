#include "broker/lifecycle/batch_sizer.hpp"

#include <algorithm>

namespace sinyal::lifecycle {

namespace {
constexpr std::uint32_t first_limit = 500;  // before anything was measured
constexpr std::uint32_t aborts_max = 2;     // for the same reason, before something is done
}  // namespace

batch_sizer::batch_sizer(std::uint32_t records_max)
    : records_max_{std::max(records_max, 1U)}, limit_{std::min(first_limit, records_max_)} {}

void batch_sizer::committed(std::uint32_t records, std::chrono::microseconds commit,
                            std::chrono::microseconds cycle) {
  reason_.clear();
  times_ = 0;
  if (limit_ >= first_limit) alone_.clear();
  if (records < limit_) return;  // there was no more: nothing to learn
  if (limit_ < first_limit || commit * 4 > cycle) limit_ = std::min(limit_ * 2, records_max_);
}

batch_sizer::advice batch_sizer::aborted(std::uint32_t records, partition_offset first,
                                         const log_failure& why) {
  if (why.what != failure_class::record && why.what != failure_class::topic) return advice::again;
  if (records <= 1) {
    if (++alone_[{first.partition, first.offset}] < aborts_max) return advice::again;
    return why.what == failure_class::record ? advice::condemn : advice::stop;
  }
  times_ = why.reason == reason_ ? times_ + 1 : 1;
  reason_ = why.reason;
  if (times_ >= aborts_max) {
    times_ = 0;
    limit_ = std::max(1U, records / 2);
  }
  return advice::again;
}

}  // namespace sinyal::lifecycle
