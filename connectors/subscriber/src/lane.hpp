#pragma once
// What has been read and not yet been handled. A strand is one partition of one topic; a lane is
// what must stay in order: one strand, or, with merge_topics, the strands of all topics that have
// the same partition number, since all events of a subject have one.

#include "dead_letters.hpp"
#include "decode.hpp"
#include "handlers.hpp"
#include "kafka.hpp"
#include "sequences.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sinyal::detail {

using clock = std::chrono::steady_clock;

/// How far a record has come whose turn it is.
struct progress {
  bool begun = false;  // counted and judged
  int attempts = 0;    // calls that threw, but for try_later
  int waits = 0;       // that it was put off
  calls called;
  std::optional<dead_letter_cause> given_up;
  std::shared_ptr<delivery> dead_letter;  // on its way
};

/// The record whose turn it is, read. A strand has one, which it fills anew for each of its
/// records: so what an event needs of memory is there already.
struct item {
  std::vector<header> headers;
  detail::record record;  // views into the message and the headers
  decode_result what;
  detail::progress progress;

  const decoded* event() const { return std::get_if<decoded>(&what); }
};

struct unread {
  message_handle message;
  clock::time_point arrived;
};

struct lane;

struct strand {
  detail::lane* lane = nullptr;
  std::string topic;
  std::int32_t partition = 0;
  std::deque<unread> records;  // not done yet
  item first;                  // of them, when `opened`
  bool opened = false;
  std::int64_t next = -1;       // the position: of the first record that is not done; -1: none came
  std::int64_t committed = -1;  // what of it was last committed
  bool at_end = false;          // nothing more is there, as the broker last said
  bool paused = false;
};

struct lane {
  std::vector<strand*> strands;
  clock::time_point not_before{};  // while an item waits to be tried again
  bool waiting = false;            // has records, and the receiver knows

  /// Whose first item is next: the one whose notification stands first in the broker's log. Those
  /// of all strands that have records are opened. Null when there is none yet, or when one that
  /// belongs before it may still come:
  ///
  /// - it continues its subject's sequence: nothing can belong before it;
  /// - every other strand has an item, or had none for `settle_time` after this one came: what
  ///   belongs before it was committed before it, up to the markers of one transaction;
  /// - it has waited for `merge_wait`: order is worth a wait, not a standstill.
  ///
  /// `drained` is when all that had been fetched was last in the strands: only until then does an
  /// item wait, however long handlers take meanwhile.
  strand* next(clock::time_point drained, const sequences& seen,
               std::chrono::milliseconds merge_wait);
  bool empty() const;
};

inline constexpr std::chrono::milliseconds settle_time{200};

}  // namespace sinyal::detail
