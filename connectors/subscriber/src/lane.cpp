#include "lane.hpp"

#include <algorithm>
#include <tuple>

namespace sinyal::detail {
namespace {

/// Where an item belongs in the one order: what is no event belongs nowhere and goes at once.
std::tuple<std::int64_t, std::int64_t> place(const item& item) {
  const decoded* const event = item.event();
  if (event == nullptr) return {-1, 0};
  return {event->cause, base(event->event).sequence};
}

}  // namespace

bool lane::empty() const {
  return std::all_of(strands.begin(), strands.end(),
                     [](const strand* each) { return each->records.empty(); });
}

strand* lane::next(clock::time_point drained, const sequences& seen,
                   std::chrono::milliseconds merge_wait) {
  strand* next = nullptr;
  bool all_known = true;  // each strand has an item
  bool all_ended = true;  // or is at its end
  for (strand* each : strands) {
    if (each->records.empty()) {
      all_known = false;
      all_ended = all_ended && each->at_end;
    } else if (next == nullptr || place(each->first) < place(next->first)) {
      next = each;
    }
  }
  if (next == nullptr || all_known) return next;
  const decoded* const event = next->first.event();
  if (event == nullptr) return next;
  const auto continues = seen.judge(event->key, base(event->event).sequence);
  if (continues == continuity::next || continues == continuity::repeat) return next;
  const auto waited = drained - next->records.front().arrived;
  return (all_ended && waited >= settle_time) || waited >= merge_wait ? next : nullptr;
}

}  // namespace sinyal::detail
