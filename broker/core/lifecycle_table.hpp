#pragma once
// What the three life cycles are written in: tables of status x fact as data, complete at compile
// time. decide() looks a transition up, `sinyal lifecycle` prints them all.

#include "broker/core/decide.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace sinyal::core {

/// What chooses between the transitions of one cell, where the status alone does not.
enum class condition : std::uint8_t {
  always,
  challenge_with_capture,   // the new challenge came with capture, not with authorize
  challenged_by_authorize,  // the challenge of the status came with authorize
  reversal_channel,         // Permata VA, Mandiri bill, Indomaret: deny after settlement is real
  deny_known,               // a deny was seen before
  settlement_known,         // a settlement was seen before
  all_back,                 // with this entry, all of the gross amount is given back
  named,                    // the chargeback has an id of its own
  same_transaction,         // the invoice was paid by this transaction, as far as is known
  charge_known,             // the subscription's charge was told before
  charge_succeeded,         // the charge that is told as failed was told as charged before
  something_new,            // the fact knows more than the state
};
inline constexpr std::size_t condition_count = 12;
std::string_view to_string(condition condition);

template <class Status>
struct transition {
  condition when = condition::always;
  core::verdict verdict = verdict::repeat;
  std::optional<signal> publishes = std::nullopt;
  std::optional<Status> to = std::nullopt;  // in a finished table always there
  std::optional<anomaly> flag = std::nullopt;
  reason why = reason::impossible_transition;  // of a conflict
  bool unreachable = false;                    // the pair cannot arise: nothing leads to it
};

/// The transitions of one status and one fact: the first whose condition holds is taken, and the
/// last always holds.
template <class Status>
class cell {
 public:
  static constexpr std::size_t count_max = 3;
  constexpr cell() = default;
  constexpr cell(const transition<Status>& only) : all_{only}, count_{1} {}
  constexpr cell(std::initializer_list<transition<Status>> all) {
    for (const auto& each : all) all_[count_++] = each;
  }
  constexpr const transition<Status>* begin() const { return all_.data(); }
  constexpr const transition<Status>* end() const { return all_.data() + count_; }
  constexpr transition<Status>* begin() { return all_.data(); }
  constexpr transition<Status>* end() { return all_.data() + count_; }
  constexpr std::size_t size() const { return count_; }

  template <class Holds>
  constexpr const transition<Status>& choose(Holds&& holds) const {
    std::size_t i = 0;
    while (i + 1 < count_ && !holds(all_[i].when)) ++i;
    return all_[i];
  }

 private:
  std::array<transition<Status>, count_max> all_{};
  std::size_t count_ = 0;
};

/// Status x fact. `Fact` is an enum whose members number the columns.
template <class Status, class Fact, std::size_t Rows, std::size_t Columns>
struct lifecycle_table {
  using status_type = Status;
  using fact_type = Fact;
  static constexpr std::size_t rows = Rows;
  static constexpr std::size_t columns = Columns;
  std::array<std::array<cell<Status>, Columns>, Rows> cells{};

  constexpr const cell<Status>& at(Status status, Fact fact) const {
    return cells[static_cast<std::size_t>(status)][static_cast<std::size_t>(fact)];
  }
  /// Calls `visit(status, fact, transition)` for every transition, in the order of the table.
  template <class Visitor>
  constexpr void walk(Visitor&& visit) const {
    for (std::size_t row = 0; row < Rows; ++row) {
      for (std::size_t column = 0; column < Columns; ++column) {
        for (const auto& each : cells[row][column]) {
          visit(static_cast<Status>(row), static_cast<Fact>(column), each);
        }
      }
    }
  }
};

/// One line of a table as it is written down.
template <class Status, std::size_t Columns>
struct lifecycle_row {
  Status status;
  std::array<cell<Status>, Columns> cells;
};

/// Puts rows in their places and fills in where a transition leads if it does not say so itself:
/// an advance to the fact's own status, anything else nowhere.
template <class Fact, class Status, std::size_t Rows, std::size_t Columns>
constexpr auto finish_table(const std::array<lifecycle_row<Status, Columns>, Rows>& rows,
                            const std::array<Status, Columns>& own_status) {
  lifecycle_table<Status, Fact, Rows, Columns> result;
  for (const auto& row : rows) {
    auto& cells = result.cells[static_cast<std::size_t>(row.status)];
    cells = row.cells;
    for (std::size_t column = 0; column < Columns; ++column) {
      for (auto& each : cells[column]) {
        if (each.to) continue;
        each.to = each.verdict == verdict::advance ? own_status[column] : row.status;
      }
    }
  }
  return result;
}

/// Every cell decides, whatever the conditions say; signals come from advances alone; what is no
/// advance publishes nothing; only a conflict keeps its status for certain.
template <class Table>
constexpr bool is_complete(const Table& table) {
  for (const auto& row : table.cells) {
    for (const auto& cell : row) {
      if (cell.size() == 0) return false;
      std::size_t at = 0;
      for (const auto& each : cell) {
        const bool last = ++at == cell.size();
        if (last != (each.when == condition::always)) return false;
        if (each.publishes && each.verdict != verdict::advance) return false;
        if (each.flag && !each.publishes) return false;
        if (!each.to) return false;
        if (each.unreachable && (cell.size() != 1 || each.publishes)) return false;
      }
    }
  }
  return true;
}

/// The words that the tables are written with.
namespace table_words {

template <class Status>
struct vocabulary {
  using step = transition<Status>;
  static constexpr step advance(std::optional<signal> publishes = {}, std::optional<Status> to = {},
                                std::optional<anomaly> flag = {}) {
    return {.verdict = verdict::advance, .publishes = publishes, .to = to, .flag = flag};
  }
  static constexpr step unreachable() { return {.unreachable = true}; }
  static constexpr step repeat() { return {.verdict = verdict::repeat}; }
  static constexpr step late(std::optional<Status> to = {}) {
    return {.verdict = verdict::late, .to = to};
  }
  static constexpr step conflict(reason why = reason::impossible_transition) {
    return {.verdict = verdict::conflict, .why = why};
  }
  static constexpr step when(condition condition, step then) {
    then.when = condition;
    return then;
  }
};

}  // namespace table_words

}  // namespace sinyal::core
