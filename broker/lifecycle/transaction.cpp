#include "broker/lifecycle/transaction.hpp"

namespace sinyal::lifecycle {

void transaction::succeeded() {
  switch (step_) {
    case step::begin:
      step_ = step::write;
      break;
    case step::write:
      step_ = step::send_offsets;
      break;
    case step::send_offsets:
      step_ = step::commit;
      break;
    case step::commit:
      step_ = step::committed;
      break;
    case step::abort:
      step_ = step::aborted;
      break;
    case step::committed:
    case step::aborted:
    case step::broken:
      break;
  }
}

void transaction::failed(const log_failure& failure, std::chrono::milliseconds elapsed) {
  if (ended()) return;
  switch (failure.what) {
    case failure_class::retriable:
      // Writing again would write twice what was written before the failure.
      if (step_ == step::write) return ends(step::abort, failure);
      in_doubt_ = step_ == step::commit;
      if (elapsed < patience_) return;
      // A commit or an abort that does not return has an unknown outcome.
      return ends(step_ == step::send_offsets ? step::abort : step::broken, failure);
    case failure_class::abortable:
    case failure_class::record:
    case failure_class::topic:
    case failure_class::partition:
      // What may already be committed is not done again: the committed offsets will tell.
      return ends(step_ == step::abort || in_doubt_ ? step::broken : step::abort, failure);
    case failure_class::fenced:
    case failure_class::replaced:
    case failure_class::fatal:
      return ends(step::broken, failure);
  }
}

/// Of several failures the first tells why; but one that breaks it tells what to do.
void transaction::ends(step how, const log_failure& failure) {
  if (!why_ || how == step::broken) why_ = failure;
  step_ = how;
}

}  // namespace sinyal::lifecycle
