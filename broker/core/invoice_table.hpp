#pragma once
// The life of an invoice: status x what its documents say, and the payments that name it.

#include "broker/core/lifecycle_table.hpp"

namespace sinyal::core {

namespace invoice_table_detail {

using status = invoice_status;
using words = table_words::vocabulary<status>;
using enum invoice_status;
using enum condition;
using row = lifecycle_row<status, invoice_word_count>;
using entry = cell<status>;

constexpr entry R = words::repeat();
constexpr entry L = words::late();
constexpr entry C = words::conflict();
constexpr entry cr = words::advance(signal::invoice_created);
constexpr entry pd = words::advance(signal::invoice_paid);
constexpr entry vd = words::advance(signal::invoice_voided);
constexpr entry ex = words::advance(signal::invoice_expired);
constexpr entry pd_x =
    words::advance(signal::invoice_paid, std::nullopt, anomaly::paid_after_expire);
constexpr entry pd_c =
    words::advance(signal::invoice_paid, std::nullopt, anomaly::paid_after_cancel);
// Fields only. An invoice first heard of so is `known`: a later open document is still its first.
constexpr entry kn = {words::when(something_new, words::advance({}, known)), words::repeat()};
constexpr entry op = {words::when(something_new, words::advance({}, open)), words::repeat()};
// The same payment is told by its settlement and, for a card, by its capture before it.
constexpr entry again = {words::when(same_transaction, words::repeat()), words::late()};

// clang-format off
constexpr std::array<row, invoice_status_count> rows{{
  //          open  over  paid  void  expi  p.set  p.exp p.other
  {none,    {{cr,   kn,   pd,   vd,   ex,   pd,    ex,   kn}}},
  {known,   {{cr,   kn,   pd,   vd,   ex,   pd,    ex,   kn}}},
  {open,    {{op,   op,   pd,   vd,   ex,   pd,    ex,   op}}},
  {paid,    {{L,    L,    R,    C,    L,    again, L,    L}}},
  {voided,  {{L,    L,    pd_c, R,    L,    pd_c,  L,    L}}},
  {expired, {{L,    L,    pd_x, vd,   R,    pd_x,  R,    L}}},
}};
// clang-format on

constexpr std::array<status, invoice_word_count> own_status{open,    known, paid,    voided,
                                                            expired, paid,  expired, known};

}  // namespace invoice_table_detail

inline constexpr auto invoice_table =
    finish_table<invoice_word>(invoice_table_detail::rows, invoice_table_detail::own_status);
static_assert(is_complete(invoice_table), "an invoice's status and word without a decision");

}  // namespace sinyal::core
