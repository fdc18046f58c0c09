#pragma once
// One batch's transaction as a machine without I/O: it says which call comes next and decides from
// the outcome of the last. The rule that it keeps: nothing is merged before commit returned OK, and
// after an unknown outcome nothing in memory is trusted any more.

#include "broker/ports.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace sinyal::lifecycle {

class transaction {
 public:
  enum class step : std::uint8_t {
    begin,
    write,
    send_offsets,
    commit,
    abort,
    // ends:
    committed,  // merge
    aborted,    // discard, rewind to the batch's first offsets
    broken,     // discard everything and start anew; why() says how it broke
  };

  /// `patience`: for how long calls that ask for it are repeated.
  explicit transaction(std::chrono::milliseconds patience) : patience_{patience} {}

  step next() const { return step_; }
  bool ended() const { return step_ >= step::committed; }
  /// The failure that ended it otherwise than well.
  const std::optional<log_failure>& why() const { return why_; }

  /// The call of next() has succeeded.
  void succeeded();
  /// It has failed, this long after the transaction's beginning.
  void failed(const log_failure& failure, std::chrono::milliseconds elapsed);

 private:
  void ends(step how, const log_failure& failure);

  std::chrono::milliseconds patience_;
  step step_ = step::begin;
  bool in_doubt_ = false;  // a commit did not return: the cluster may have it
  std::optional<log_failure> why_;
};

}  // namespace sinyal::lifecycle
