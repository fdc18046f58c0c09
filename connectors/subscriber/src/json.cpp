#include "json.hpp"

#include <algorithm>
#include <new>

namespace sinyal::detail {
namespace {

constexpr std::size_t value_bytes_max = 64 << 20;
constexpr std::size_t depth_max = 64;
constexpr std::size_t first_bytes = 4096;

/// What simdjson says of a part goes up to the next token.
std::string_view without_space_behind(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}

/// Of a number that is right and that no machine can represent; later versions of simdjson tell two
/// kinds apart.
template <class Code>
constexpr bool is_of_number(Code wrong) {
  if constexpr (requires { Code::BIGINT_ERROR; }) {
    if (wrong == Code::BIGINT_ERROR) return true;
  }
  return wrong == Code::NUMBER_ERROR;
}

}  // namespace

json::json() : whole_{value_bytes_max}, parts_{value_bytes_max} {
  // What the parser needs of memory follows the values; the depth is fixed beforehand.
  if (whole_.allocate(first_bytes, depth_max)) throw std::bad_alloc{};
}

simdjson::error_code json::parse(std::string_view text, simdjson::dom::element& whole) {
  if (padded_.size() < text.size() + simdjson::SIMDJSON_PADDING) {
    padded_.resize(text.size() + simdjson::SIMDJSON_PADDING);
  }
  const auto end = std::copy(text.begin(), text.end(), padded_.begin());
  std::fill_n(end, simdjson::SIMDJSON_PADDING, '\0');  // nothing of an earlier text
  size_ = text.size();
  const auto wrong = whole_.parse(padded_.data(), size_, false).get(whole);
  return is_of_number(wrong) ? parse_masked(whole) : wrong;
}

/// The same with a 0 where the notification stands: Midtrans and merchants write what they like
/// there, and the broker keeps it as it is.
simdjson::error_code json::parse_masked(simdjson::dom::element& whole) {
  std::string_view event = text();
  if (const auto data = member_text(event, "data"); data.starts_with('{')) event = data;
  const std::string_view notification = member_text(event, "notification");
  if (notification.empty()) return simdjson::NUMBER_ERROR;
  masked_ = padded_;
  const auto begin = masked_.begin() + (notification.data() - padded_.data());
  *begin = '0';
  std::fill(begin + 1, begin + static_cast<std::ptrdiff_t>(notification.size()), ' ');
  return whole_.parse(masked_.data(), size_, false).get(whole);
}

std::string_view json::member_text(std::string_view object, std::string_view name) {
  namespace ondemand = simdjson::ondemand;
  const auto room = static_cast<std::size_t>(padded_.data() + padded_.size() - object.data());
  ondemand::document whole;
  ondemand::value found;
  if (parts_.iterate(object.data(), object.size(), room).get(whole)) return {};
  if (whole.find_field(name).get(found)) return {};
  std::string_view text = found.raw_json_token();
  if (ondemand::object members; !found.get_object().get(members)) {
    if (members.raw_json().get(text)) return {};
  } else if (ondemand::array list; !found.get_array().get(list)) {
    if (list.raw_json().get(text)) return {};
  }
  return without_space_behind(text);
}

}  // namespace sinyal::detail
