#pragma once
// What lifecycle should have written, against what is there: one partition of the raw log judged
// anew, and each record that it causes looked for in its output. Pure; `sinyal verify` reads.
// Equal are key, value, headers, timestamp, partition and order; never offsets.

#include "broker/codec/record.hpp"
#include "broker/core/signal.hpp"
#include "broker/lifecycle/fold.hpp"
#include "broker/lifecycle/keyed_hash.hpp"
#include "broker/ports.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace sinyal::lifecycle {

/// A topic that lifecycle writes.
struct output {
  codec::destination to = codec::destination::signal;
  core::signal signal = core::signal::payment_received;  // where `to` is signal
};

enum class difference : std::uint8_t {
  missing,       // the log causes it, and it is not there
  unexpected,    // it is there, and the log does not cause it
  different,     // it is there with other bytes
  doubled,       // it is there once more than the log causes it
  out_of_order,  // it is there behind what a later notification caused
};
inline constexpr std::size_t difference_count = 5;
std::string_view to_string(difference difference);

struct finding {
  lifecycle::difference what = difference::missing;
  output where;
  std::int32_t partition = 0;
  std::optional<std::int64_t> offset{};  // in the output; absent: it is missing
  std::optional<std::int64_t> cause{};   // raw offset; absent: the record tells none of here
  std::string key{};
  std::string parts{};  // what is different, with commas between
};

struct audit_totals {
  std::int64_t notifications = 0;
  std::int64_t events = 0;       // that are as the log causes them; and so
  std::int64_t quarantined = 0;  // these
  std::int64_t states = 0;       // and these
  std::int64_t other_rules = 0;  // there as caused, but by other rules: bytes not compared
  std::int64_t later = 0;        // caused by what was not yet committed when the audit began
  std::int64_t cannot_be_concluded = 0;  // caused by, or deleted with, what is not kept any more
  std::array<std::int64_t, difference_count> differences{};

  std::int64_t different() const;
  audit_totals& operator+=(const audit_totals& other);
};

/// What of a raw partition was processed: from the log's start to the committed offset.
struct audit_scope {
  std::int32_t partition = 0;
  offset_range processed;
};

class audit {
 public:
  audit(audit_scope scope, transformer transformer, std::function<void(const finding&)> tell);

  /// First all outputs' partitions of that number, in order, up to an end that was asked for after
  /// the committed offset.
  void add(output of, const codec::record_view& record);
  /// That the beginning of one was deleted.
  void trimmed(output of);
  /// Then the raw records of the scope.
  log_result<void> judge(const codec::record_view& raw);
  /// Then what is left. Called once. `log_end`: where the raw log ended, asked for after the
  /// outputs were read; what is there was caused by something before it.
  audit_totals conclude(std::int64_t log_end);

 private:
  struct written {
    std::int64_t cause;
    std::int64_t offset;
    std::string key;
    std::uint64_t value, headers;  // hashes
    std::int64_t timestamp_ms;
    std::uint64_t id;  // hash of what is equal under other rules too
    bool same_rules;
    bool out_of_order;
    bool given_up;  // quarantined, since what it caused could not be written
  };
  struct lane {  // an output other than the state
    bool trimmed = false;
    std::optional<std::int64_t> first_kept;  // the cause of its first record
    std::optional<written> older;            // the last that was caused before the log's start
    std::vector<written> records;            // of the scope
    std::vector<written> behind;             // caused by what is not in the scope yet
    std::size_t next = 0;
  };
  using expected = std::vector<const codec::outgoing_record*>;

  static bool is_copy(const written& one, const written& other);
  static std::size_t lane_of(output of);
  static output output_of(std::size_t lane);
  std::optional<written> read(output of, const codec::record_view& record);
  void add_older(output of, lane& to, written found);
  void add_state(const codec::record_view& record);
  std::uint64_t hash_of(std::span<const codec::header_view> headers);
  bool given_up(std::int64_t offset) const;
  void pass(std::size_t at, std::int64_t before);
  void match(std::size_t at, const codec::record_view& raw, std::span<const written> there,
             expected caused);
  void compare(output where, const written& there, const codec::outgoing_record& caused,
               std::int64_t& equal);
  void conclude_behind(output where, const written& there, std::int64_t log_end);
  void conclude_states(std::int64_t log_end);
  /// What the log tells of nothing that is caused by a subject's notifications, since it does not
  /// keep the first of them.
  bool is_older(std::string_view key) const { return older_.contains(std::string{key}); }
  void tell(difference what, output where, const written& there, std::string parts = {});
  void tell_missing(output where, std::int64_t cause, std::string_view key);
  void tell(const finding& found);

  audit_scope scope_;
  fold fold_;
  std::function<void(const finding&)> tell_;
  keyed_hash hash_;
  std::string buffer_;
  std::array<lane, core::signal_count + 1> lanes_;  // by signal, then the quarantine
  std::unordered_map<std::string, written> states_;
  std::unordered_set<std::string> older_;  // subjects that began before the log's start
  codec::state_decoder decoder_;
  audit_totals totals_;
};

}  // namespace sinyal::lifecycle
