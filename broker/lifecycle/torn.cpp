#include "broker/lifecycle/torn.hpp"

#include <algorithm>
#include <utility>

namespace sinyal::lifecycle {

namespace {

/// How many keys a `sinyal_subjects` holds; an order id may have spaces too.
std::int64_t count_keys(std::string_view keys, std::string_view merchant) {
  std::string next{" "};
  next.append(merchant).append(":");
  std::int64_t count = 1;
  for (auto at = keys.find(next); at != keys.npos; at = keys.find(next, at + 1)) ++count;
  return count;
}

}  // namespace

void torn_notifications::add(const codec::record_view& raw) {
  const auto subjects = raw.header("sinyal_subjects");
  const auto id = raw.header("sinyal_id");
  const auto merchant = raw.header("sinyal_merchant");
  if (!subjects || !id || !merchant) return;
  const auto [at, is_first] = pending_.try_emplace(std::string{*id});
  if (is_first) {
    at->second = {count_keys(*subjects, *merchant),
                  {std::string{*id}, raw.partition, raw.offset},
                  raw.timestamp_ms};
  }
  if (--at->second.missing == 0) pending_.erase(at);
}

std::vector<torn_notification> torn_notifications::received_before(core::instant moment) const {
  std::vector<torn_notification> torn;
  for (const auto& [id, each] : pending_) {
    if (each.timestamp_ms < moment.ms_since_epoch) torn.push_back(each.one);
  }
  std::sort(torn.begin(), torn.end(), [](const auto& one, const auto& other) {
    return std::pair{one.partition, one.offset} < std::pair{other.partition, other.offset};
  });
  return torn;
}

}  // namespace sinyal::lifecycle
