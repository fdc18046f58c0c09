#pragma once
// Reads the values of a body into the types of facts. The first one that cannot be what its field
// is for is remembered; what was read then does not matter any more. Texts are views: they live as
// long as the reader and the body that they were read from.

#include "broker/core/fact.hpp"
#include "connectors/midtrans/notification.hpp"

#include <cstdint>
#include <forward_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sinyal::midtrans {

using value = std::optional<dom::element>;

/// As much of a text as a sentence shows: 64 bytes at most, and no half of a character.
std::string shown(std::string_view text);

/// Lower case, without blanks around it: how Midtrans's status words are compared.
std::string word_of(std::string_view text);

class field_reader {
 public:
  /// A string, or a number's digits. Empty where there is none, and where the value is of another
  /// type: an odd display text is no reason to hold a payment back. One longer than `bytes_max` is.
  std::string_view text(std::string_view name, const value& from);
  std::string_view order_id(std::string_view name, const value& from);
  std::string_view id(std::string_view name, const value& from);
  /// A decimal string or a number, of at most two decimals and not negative. Empty text is absent.
  std::optional<core::money> amount(std::string_view name, const value& from);
  /// The same, and nothing where it is no amount: of one that is shown, and decides nothing.
  std::optional<core::money> shown_amount(const value& from);
  std::optional<std::int64_t> count(std::string_view name, const value& from);
  /// Nothing where it cannot be read: times are never a reason for a conflict.
  std::optional<core::instant> time(const value& from) const;

  void reject(core::reason reason, std::string message);
  const std::optional<core::rejection>& why() const { return why_; }

 private:
  std::optional<std::string_view> text_of(const dom::element& from);
  std::string_view limited(std::string_view name, const value& from, std::size_t bytes_max);
  std::forward_list<std::string> digits_;  // of the numbers that were read as texts
  std::optional<core::rejection> why_;
};

/// The value of a member of an object that may not be there.
inline value in(const std::optional<dom::object>& object, std::string_view key) {
  return object ? last_of(*object, key) : std::nullopt;
}

struct customer {
  std::string_view first_name, last_name, email, phone;
};
/// customer_details: a full_name is taken for the first name where there is no first_name.
customer read_customer(field_reader& read, const std::optional<dom::object>& details);

}  // namespace sinyal::midtrans
