#include "broker/lifecycle/fold.hpp"

namespace sinyal::lifecycle {

log_result<transformed> fold::judge(const codec::record_view& raw) {
  auto made = transformer_.judge(raw, state(raw.key));
  if (made) keep(raw, *made);
  return made;
}

transformed fold::give_up(const codec::record_view& raw) {
  transformed made = transformer_.give_up(raw, state(raw.key), std::string{unwritable});
  keep(raw, made);
  return made;
}

std::optional<std::string> fold::state(std::string_view key) const {
  std::optional<std::string> found = states_.find(key);
  if (found) found->resize(found->size() - sizeof(cause_mark));
  return found;
}

void fold::keep(const codec::record_view& raw, const transformed& made) {
  const std::string* const after = made.state();
  if (after == nullptr) return;
  const cause_mark mark{raw.offset, made.records.back().timestamp_ms};
  std::string marked = *after;
  marked.append(reinterpret_cast<const char*>(&mark), sizeof mark);
  states_.put(raw.key, marked);
}

}  // namespace sinyal::lifecycle
