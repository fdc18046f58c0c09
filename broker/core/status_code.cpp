#include "broker/core/status_code.hpp"

#include <cstdint>

namespace sinyal::core {
namespace {

enum class codes : std::uint8_t { only_200, ok_200_or_201, neither };

codes codes_of(payment_word word, fraud fraud) {
  switch (word) {
    case payment_word::pending:
      return codes::ok_200_or_201;
    case payment_word::authorize:
    case payment_word::capture:
      if (fraud == core::fraud::challenge) return codes::ok_200_or_201;
      return fraud == core::fraud::deny ? codes::neither : codes::only_200;
    case payment_word::deny:
    case payment_word::cancel:
    case payment_word::expire:
    case payment_word::failure:
      return codes::neither;
    default:
      return codes::only_200;
  }
}

}  // namespace

bool status_code_agrees(payment_word word, fraud fraud, std::string_view code) {
  if (word == payment_word::none) return true;
  const bool is_200 = code == "200";
  const bool is_201 = code == "201";
  switch (codes_of(word, fraud)) {
    case codes::only_200:
      return is_200;
    case codes::ok_200_or_201:
      return is_200 || is_201;
    case codes::neither:
      break;
  }
  return code.size() == 3 && !is_200 && !is_201;
}

std::string_view expected_status_code(payment_word word, fraud fraud) {
  switch (codes_of(word, fraud)) {
    case codes::only_200:
      return "200";
    case codes::ok_200_or_201:
      return "200 or 201";
    case codes::neither:
      break;
  }
  return "neither 200 nor 201";
}

}  // namespace sinyal::core
