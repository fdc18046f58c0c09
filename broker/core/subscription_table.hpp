#pragma once
// The life of a subscription: status x what its documents and its charges say. Charges never move
// it: `inactive` inside a charge notification means failing or retrying.

#include "broker/core/lifecycle_table.hpp"

namespace sinyal::core {

namespace subscription_table_detail {

using status = subscription_status;
using words = table_words::vocabulary<status>;
using enum subscription_status;
using enum condition;
using row = lifecycle_row<status, subscription_word_count>;
using entry = cell<status>;

constexpr entry R = words::repeat();
constexpr entry L = words::late();
constexpr entry cr = words::advance(signal::subscription_created);
constexpr entry ds = words::advance(signal::subscription_disabled);
constexpr entry cn = words::advance(signal::subscription_cancelled);
constexpr entry on = words::advance();  // active again: fires nothing, and disabled may fire again

/// What a status does with a charge it has not heard of: it stays as it is.
constexpr entry ch(status stays) {
  return {words::when(charge_known, words::repeat()),
          words::advance(signal::subscription_charged, stays)};
}
constexpr entry cf(status stays) {
  return {words::when(charge_succeeded, words::late()), words::when(charge_known, words::repeat()),
          words::advance(signal::subscription_charge_failed, stays)};
}
/// Fields only.
constexpr entry fi(status stays) {
  return {words::when(something_new, words::advance({}, stays)), words::repeat()};
}

// clang-format off
constexpr std::array<row, subscription_status_count> rows{{
  //            active      inactive      cancelled charged       failed        pending
  {none,      {{cr,         ds,           cn,       ch(known),    cf(known),    fi(known)}}},
  {known,     {{cr,         ds,           cn,       ch(known),    cf(known),    fi(known)}}},
  {active,    {{fi(active), ds,           cn,       ch(active),   cf(active),   fi(active)}}},
  {disabled,  {{on,         fi(disabled), cn,       ch(disabled), cf(disabled), fi(disabled)}}},
  {cancelled, {{L,          L,            R,        L,            L,            L}}},
}};
// clang-format on

constexpr std::array<status, subscription_word_count> own_status{active, disabled, cancelled,
                                                                 known,  known,    known};

}  // namespace subscription_table_detail

inline constexpr auto subscription_table = finish_table<subscription_word>(
    subscription_table_detail::rows, subscription_table_detail::own_status);
static_assert(is_complete(subscription_table), "a subscription's status and word undecided");

}  // namespace sinyal::core
