#include "connectors/midtrans/fields.hpp"

#include "connectors/midtrans/forms.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace sinyal::midtrans {
namespace {

/// The shortest decimal notation that reads as the same number; nothing for -0.0, which stands for
/// a number that cannot be represented (codec::mask_numbers).
std::string digits_of(double number) {
  if (std::signbit(number) && number == 0.0) return {};
  std::array<char, 400> digits{};
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed);
  return error == std::errc{} ? std::string{digits.data(), end} : std::string{};
}

}  // namespace

std::string shown(std::string_view text) {
  constexpr std::size_t bytes_max = 64;
  if (text.size() <= bytes_max) return std::string{text};
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string{text.substr(0, end)};
}

std::string word_of(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(blank);
  if (begin == std::string_view::npos) return {};
  std::string word{text.substr(begin, text.find_last_not_of(blank) - begin + 1)};
  for (char& c : word) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return word;
}

/// Nothing where the value is neither a string nor a number.
std::optional<std::string_view> field_reader::text_of(const dom::element& from) {
  switch (from.type()) {
    case dom::element_type::STRING:
      return from.get_string().value_unsafe();
    case dom::element_type::INT64:
      return digits_.emplace_front(std::to_string(from.get_int64().value_unsafe()));
    case dom::element_type::UINT64:
      return digits_.emplace_front(std::to_string(from.get_uint64().value_unsafe()));
    case dom::element_type::DOUBLE:
      return digits_.emplace_front(digits_of(from.get_double().value_unsafe()));
    default:
      return std::nullopt;
  }
}

void field_reader::reject(core::reason reason, std::string message) {
  if (!why_) why_ = core::rejection{reason, std::move(message)};
}

std::string_view field_reader::limited(std::string_view name, const value& from,
                                       std::size_t bytes_max) {
  if (!from) return {};
  const std::string_view text = text_of(*from).value_or("");
  if (text.size() <= bytes_max) return text;
  reject(core::reason::bad_field, std::string{name} + " has " + std::to_string(text.size()) +
                                      " bytes, and at most " + std::to_string(bytes_max) +
                                      " are kept");
  return {};
}

std::string_view field_reader::text(std::string_view name, const value& from) {
  return limited(name, from, text_bytes_max);
}

std::string_view field_reader::order_id(std::string_view name, const value& from) {
  return limited(name, from, order_id_bytes_max);
}

std::string_view field_reader::id(std::string_view name, const value& from) {
  return limited(name, from, id_bytes_max);
}

std::optional<core::money> field_reader::amount(std::string_view name, const value& from) {
  if (!from) return std::nullopt;
  const std::optional<std::string_view> text = text_of(*from);
  if (text && text->empty() && from->is_string()) return std::nullopt;
  const auto amount = text ? core::money::parse(*text) : std::nullopt;
  if (!amount) {
    reject(core::reason::bad_field, std::string{name} + " is " +
                                        (text ? '"' + shown(*text) + '"' : "no number") +
                                        ", not an amount of at most two decimals");
  }
  return amount;
}

std::optional<core::money> field_reader::shown_amount(const value& from) {
  return from ? core::money::parse(text_of(*from).value_or("")) : std::nullopt;
}

std::optional<std::int64_t> field_reader::count(std::string_view name, const value& from) {
  if (!from) return std::nullopt;
  const std::optional<std::string_view> text = text_of(*from);
  if (!text || text->empty()) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error == std::errc{} && end == text->data() + text->size() && number >= 0) return number;
  reject(core::reason::bad_field,
         std::string{name} + " is \"" + shown(*text) + "\", not a whole number");
  return std::nullopt;
}

std::optional<core::instant> field_reader::time(const value& from) const {
  std::string_view text;
  if (!from || from->get(text) != simdjson::SUCCESS) return std::nullopt;
  return core::parse_time(text);
}

customer read_customer(field_reader& read, const std::optional<dom::object>& details) {
  if (!details) return {};
  const auto [first_name, last_name, email, phone, full_name] = last_of(
      *details,
      std::array<std::string_view, 5>{"first_name", "last_name", "email", "phone", "full_name"});
  customer person{.first_name = read.text("customer_details.first_name", first_name),
                  .last_name = read.text("customer_details.last_name", last_name),
                  .email = read.text("customer_details.email", email),
                  .phone = read.text("customer_details.phone", phone)};
  if (person.first_name.empty()) {
    person.first_name = read.text("customer_details.full_name", full_name);
  }
  return person;
}

}  // namespace sinyal::midtrans
