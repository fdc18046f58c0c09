#include "connectors/midtrans/notification.hpp"

#include "broker/codec/json_text.hpp"

#include <algorithm>

namespace sinyal::midtrans {
namespace {

constexpr std::array<std::string_view, field_count> names{"order_id",
                                                          "status_code",
                                                          "gross_amount",
                                                          "signature_key",
                                                          "transaction_id",
                                                          "transaction_status",
                                                          "fraud_status",
                                                          "account_id",
                                                          "account_status",
                                                          "acquirer",
                                                          "amount",
                                                          "bank",
                                                          "bill_key",
                                                          "biller_code",
                                                          "currency",
                                                          "custom_field1",
                                                          "custom_field2",
                                                          "custom_field3",
                                                          "customer_details",
                                                          "due_date",
                                                          "error_messages",
                                                          "event_name",
                                                          "expiry_time",
                                                          "extra_info",
                                                          "id",
                                                          "invoice_number",
                                                          "issuer",
                                                          "masked_card",
                                                          "metadata",
                                                          "name",
                                                          "paid_date",
                                                          "payment_code",
                                                          "payment_link_id",
                                                          "payment_type",
                                                          "permata_va_number",
                                                          "refund_amount",
                                                          "refund_key",
                                                          "refunds",
                                                          "schedule",
                                                          "settlement_time",
                                                          "status",
                                                          "status_message",
                                                          "store",
                                                          "subscription",
                                                          "subscription_id",
                                                          "transaction",
                                                          "transaction_details",
                                                          "transaction_time",
                                                          "va_numbers"};

constexpr std::uint8_t no_field = 255;
constexpr std::size_t slot_count = 256;

/// The factors leave one name alone outside the slot that it hashes to. `name` is not empty.
constexpr std::size_t slot_of(std::string_view name) {
  const auto first = static_cast<unsigned char>(name.front());
  const auto last = static_cast<unsigned char>(name.back());
  return (name.size() * 9 + first * std::size_t{19} + last) % slot_count;
}

/// Open addressing, made by the compiler: twenty lookups a body should not cost twenty searches.
constexpr std::array<std::uint8_t, slot_count> make_slots() {
  std::array<std::uint8_t, slot_count> slots{};
  for (auto& slot : slots) slot = no_field;
  for (std::size_t i = 0; i < field_count; ++i) {
    std::size_t at = slot_of(names[i]);
    while (slots[at] != no_field) at = (at + 1) % slot_count;
    slots[at] = static_cast<std::uint8_t>(i);
  }
  return slots;
}
constexpr std::array<std::uint8_t, slot_count> slots = make_slots();

std::size_t index_of(std::string_view name) {
  constexpr std::size_t longest = 19;
  if (name.empty() || name.size() > longest) return no_field;
  for (std::size_t at = slot_of(name); slots[at] != no_field; at = (at + 1) % slot_count) {
    if (names[slots[at]] == name) return slots[at];
  }
  return no_field;
}

/// How deep brackets nest outside strings.
std::size_t depth_of(std::string_view body) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
      continue;
    }
    in_string = c == '"';
    if (c == '{' || c == '[') deepest = std::max(deepest, ++depth);
    if ((c == '}' || c == ']') && depth > 0) --depth;
  }
  return deepest;
}

}  // namespace

std::string_view to_string(field field) {
  return names[static_cast<std::size_t>(field)];
}

std::optional<dom::object> notification::object(field field) const {
  const auto element = at(field);
  if (!element || !element->is_object()) return std::nullopt;
  return element->get_object().value_unsafe();
}

std::optional<std::string_view> notification::signed_text(field field) const {
  const auto element = at(field);
  if (!element) return std::nullopt;
  if (element->is_string()) return element->get_string().value_unsafe();
  if (element->is_number()) return codec::raw_member(body_, to_string(field));
  return std::nullopt;
}

std::optional<dom::element> last_of(dom::object object, std::string_view key) {
  std::optional<dom::element> found;
  for (const dom::key_value_pair member : object) {
    if (member.key == key) found = member.value;
  }
  return found && !found->is_null() ? found : std::nullopt;
}

std::optional<dom::object> object_in(std::optional<dom::object> object, std::string_view key) {
  if (!object) return std::nullopt;
  const auto element = last_of(*object, key);
  if (!element || !element->is_object()) return std::nullopt;
  return element->get_object().value_unsafe();
}

const notification* notification_reader::refuse(std::string_view problem) {
  problem_ = problem;
  return nullptr;
}

simdjson::error_code notification_reader::parse_to(std::string_view body, std::size_t depth_max,
                                                   dom::element& root) {
  if (parser_.max_depth() != depth_max || parser_.capacity() < body.size()) {
    constexpr std::size_t usual_bytes = 4096;
    const std::size_t capacity = std::max({body.size(), parser_.capacity(), usual_bytes});
    if (const auto error = parser_.allocate(capacity, depth_max)) return error;
  }
  return parser_.parse(body.data(), body.size()).get(root);
}

/// The parser does not count the depth as we do (an innermost container that is empty is free to
/// it): where it complains, brackets are counted.
simdjson::error_code notification_reader::parse_within(std::string_view body, std::size_t depth_max,
                                                       dom::element& root) {
  const auto error = parse_to(body, depth_max, root);
  if (error != simdjson::DEPTH_ERROR || depth_of(body) > depth_max) return error;
  return parse_to(body, depth_max + 2, root);
}

bool notification_reader::parse(std::string_view body, std::size_t depth_max, dom::element& root) {
  if (parse_within(body, depth_max, root) == simdjson::SUCCESS) return true;
  const std::string masked = codec::mask_numbers(body);
  return masked != body && parse_within(masked, depth_max, root) == simdjson::SUCCESS;
}

const notification* notification_reader::read(std::string_view body, std::size_t depth_max) {
  if (body.starts_with("\xEF\xBB\xBF")) return refuse("the body begins with a byte order mark");
  dom::element root;
  if (!parse(body, depth_max, root)) {
    return refuse("the body is not JSON in UTF-8, or is nested too deep");
  }
  if (!root.is_object()) return refuse("the body is not a JSON object");
  current_.body_ = body;
  return collect(root.get_object().value_unsafe()) ? &current_ : nullptr;
}

bool notification_reader::collect(dom::object object) {
  current_.present_.fill(false);
  for (const dom::key_value_pair member : object) {
    const std::size_t index = index_of(member.key);
    if (index == no_field) continue;
    if (current_.present_[index] && index < unique_fields) {
      problem_ = "a key that must be there once is there twice";
      return false;
    }
    current_.present_[index] = true;
    current_.elements_[index] = member.value;
  }
  return true;
}

}  // namespace sinyal::midtrans
