#include "broker/core/status_code.hpp"

namespace sinyal::core {

bool status_code_agrees(payment_word word, fraud fraud, std::string_view code) {
  const bool is_200 = code == "200";
  const bool is_201 = code == "201";
  const bool neither = code.size() == 3 && !is_200 && !is_201;
  switch (word) {
    case payment_word::none:
      return true;
    case payment_word::pending:
      return is_200 || is_201;
    case payment_word::authorize:
    case payment_word::capture:
      if (fraud == core::fraud::challenge) return is_200 || is_201;
      return fraud == core::fraud::deny ? neither : is_200;
    case payment_word::deny:
    case payment_word::cancel:
    case payment_word::expire:
    case payment_word::failure:
      return neither;
    default:
      return is_200;
  }
}

}  // namespace sinyal::core
