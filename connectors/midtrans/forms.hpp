#pragma once
// Which of Midtrans's forms a body has: admit() and normalise() must see the same one.

#include "broker/codec/raw_record.hpp"
#include "connectors/midtrans/notification.hpp"

#include <string_view>

namespace sinyal::midtrans {

enum class form : std::uint8_t {
  payment,   // flat, signed, order_id
  account,   // flat, signed by another formula, account_id without order_id
  wrapped,   // {event_name, transaction, subscription}: unsigned
  bare,      // the subscription object itself: unsigned
  unknown,   // none of these
  document,  // of the merchant's own systems
};

form form_of(const notification& body, codec::endpoint endpoint);

/// Orders of the dashboard's "test notification" button: no such transaction exists.
inline constexpr std::string_view ping_prefix = "payment_notif_test_";
/// The subject of an unsigned body that names none.
inline constexpr std::string_view unknown_subject = "unknown";

// Lengths in bytes: part of the public contract, each tested at its edge.
inline constexpr std::size_t order_id_bytes_max = 255;
inline constexpr std::size_t id_bytes_max = 128;
inline constexpr std::size_t text_bytes_max = 1024;
inline constexpr std::size_t refunds_max = 256;

/// 1 to `bytes_max` bytes, no control characters; otherwise opaque.
bool is_id(std::string_view text, std::size_t bytes_max);

/// The text of a string, where it is an id of at most 128 bytes; else empty.
std::string_view id_in(const std::optional<dom::element>& element);
/// The subscription that a wrapped, bare or unknown form is about; `unknown` where it names none.
std::string_view subscription_subject(const notification& body);

}  // namespace sinyal::midtrans
