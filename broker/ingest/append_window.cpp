#include "broker/ingest/append_window.hpp"

#include <utility>

namespace sinyal::ingest {

append_window::verdict append_window::judge(time_point now) {
  forget_answered();
  if (waiting_.empty() || now - waiting_.front().since <= deadline_) return verdict::open;
  if (probing_) return verdict::stalled;
  probing_ = true;
  return verdict::probe;
}

void append_window::appended(boost::intrusive_ptr<const append_ticket> ticket, time_point now) {
  forget_answered();
  waiting_.push_back({std::move(ticket), now});
}

void append_window::forget_answered() {
  while (!waiting_.empty() && waiting_.front().ticket->outstanding == 0) waiting_.pop_front();
}

}  // namespace sinyal::ingest
