#pragma once
// The format of a state's document, shared by the two directions; nobody else's business.

#include "broker/core/state.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>

// What is unknown, zero, false or empty is absent. Times are milliseconds since 1970, amounts
// hundredths, flags 1. Names are short: a state is kept in memory for every payment there ever was.
//
//   state        = { v: 1, s: sequence, o: first offset, … one of the three … }
//   payment      = a: [attempt…], d: texts, da: document_amount, q: quarantined,
//                  cl: charged_back_last
//   attempt      = { t: transaction_id, st: status, w: word, x: texts, g: gross_amount,
//                    aa: authorized_amount, oa: original_amount, f: fee, c: currency (not IDR),
//                    tt, se, ex: transaction, settlement and expiry time,
//                    ca: challenge_with_authorize, dk: deny_known, sk: settlement_known,
//                    ad: amount_from_document,
//                    r: [given back…], cb: [given back…], p: published }
//   given back   = { i: identity, k: key, n: id, m: amount, y: reason, t: created_at,
//                    b: confirmed_at, z: confirmed }
//   invoice      = st, w: word, x: texts, do: document_order_id, m: total_amount, c: currency,
//                  du: due_date, pa: paid_at, p: published
//   subscription = st, w: word, x: texts, m: amount, c: currency, iv, mx, ci: interval, max_ and
//                  current_interval, b: start_time, nx: next_execution_at, ch: [identity…],
//                  fc: [identity…], p: published
//   texts        = { two letters of the tables below: text }
//   published    = { topic without its kind: how often }

namespace sinyal::codec::state_format {

// Positions are those of the enums in fact.hpp; the letters are the format and never change.
inline constexpr std::array<std::string_view, core::payment_text_count> payment_letters{
    "pt", "fs", "sc", "sm", "bk", "va", "bc", "bl", "pc", "so", "mc", "aq",
    "is", "cf", "cl", "ce", "cp", "c1", "c2", "c3", "pl", "si", "ii"};
inline constexpr std::array<std::string_view, core::invoice_text_count> invoice_letters{
    "in", "oi", "cn", "ce", "cp", "ti"};
inline constexpr std::array<std::string_view, core::subscription_text_count> subscription_letters{
    "nm", "pt", "iu", "cf", "cl", "ce", "cp"};

template <typename Texts>
constexpr const auto& letters_of() {
  if constexpr (std::is_same_v<Texts, core::payment_texts>) {
    return payment_letters;
  } else if constexpr (std::is_same_v<Texts, core::invoice_texts>) {
    return invoice_letters;
  } else {
    return subscription_letters;
  }
}

using published_counts = std::array<std::uint8_t, core::signal_count>;

/// `settled` of `payment.settled`.
constexpr std::string_view without_kind(std::string_view topic) {
  return topic.substr(topic.find('.') + 1);
}

}  // namespace sinyal::codec::state_format
