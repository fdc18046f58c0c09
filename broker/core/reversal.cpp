#include "broker/core/reversal.hpp"

#include <algorithm>

namespace sinyal::core {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool says(std::string_view text, std::string_view lower_case) {
  return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                    [](char a, char b) { return lower(a) == b; });
}

}  // namespace

bool on_reversal_channel(const payment_texts& known, const payment_texts* told) {
  const auto is = [&](payment_text field, std::string_view lower_case) {
    const bool ask = known[field].empty() && told != nullptr;
    return says(ask ? (*told)[field] : known[field], lower_case);
  };
  using enum payment_text;
  return is(payment_type, "echannel") ||
         (is(payment_type, "bank_transfer") && is(bank, "permata")) ||
         (is(payment_type, "cstore") && is(store, "indomaret"));
}

}  // namespace sinyal::core
