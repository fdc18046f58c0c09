#pragma once
// Rebuilding one partition's state, as a machine without I/O: it says what to ask next and decides
// from where the raw log is read on. The order of its questions is what makes it right: the group's
// committed offset first, only then the state topic's end, then the state up to there.

#include "broker/codec/record.hpp"
#include "broker/lifecycle/records.hpp"
#include "broker/lifecycle/state_store.hpp"
#include "broker/ports.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sinyal::lifecycle {

/// What to do about a state topic that cannot be read, while the raw log is whole.
inline constexpr std::string_view rebuild_hint =
    "delete the state topic, then run `sinyal topics apply` and `sinyal rebuild`";

/// The position record's value, `{"offset":N}`.
std::string encode_position(std::int64_t offset);
std::optional<std::int64_t> decode_position(std::string_view value);

/// Where to read on, or the sentence that says why that cannot be told.
using read_from = std::variant<std::int64_t, std::string>;

/// `committed`: the group's offset; `position`: the position record's; both absent where there is
/// none. Behind the committed offset the state is not the one that belongs to it; above the log's
/// end the topic was made anew; below its start notifications are gone unread.
read_from decide_position(std::optional<std::int64_t> committed,
                          std::optional<std::int64_t> position, offset_range log);

class restore {
 public:
  enum class phase : std::uint8_t { committed, watermark, reading, range, whole, refused };

  /// `from`: where reading the state begins; more than 0 for a partition that comes back.
  explicit restore(std::int64_t from = 0, std::optional<std::int64_t> position = {})
      : position_{position}, next_{from} {}

  /// The same begun anew where it had come to, of a partition that was taken before it was whole.
  restore again() const;

  phase now() const { return phase_; }

  void committed(std::optional<std::int64_t> offset);
  void watermark(std::int64_t end);
  /// A record of the state topic, into the store.
  void record(const codec::record_view& record, state_store& store);
  /// End-of-partition at this offset: the end only where no pending transaction hides more.
  void reached(std::int64_t offset);
  /// `subjects`: how many the store has.
  void range(offset_range log, std::size_t subjects);
  void refuse(std::string why);

  /// The raw offset to go on from, as far as it is known; of a whole partition it is.
  std::optional<std::int64_t> position() const { return position_; }
  /// When the notification was received that the position record read last stands behind; 0: none.
  std::int64_t position_ms() const { return position_ms_; }
  /// The state topic's end, up to which it is read.
  std::int64_t watermark() const { return watermark_; }
  /// The next state offset to read.
  std::int64_t next() const { return next_; }
  const std::string& why() const { return why_; }

 private:
  void read_position(const codec::record_view& record);

  phase phase_ = phase::committed;
  std::optional<std::int64_t> committed_;
  std::optional<std::int64_t> position_;
  std::optional<std::int64_t> subjects_;  // that the position record which was read last tells of
  std::int64_t position_ms_ = 0;
  std::int64_t watermark_ = 0;
  std::int64_t next_ = 0;
  std::string why_;
};

}  // namespace sinyal::lifecycle
