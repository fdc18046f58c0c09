#include "broker/cli/choice.hpp"

#include "broker/config/nearest.hpp"

namespace sinyal::cli {

std::string wrong_choice(std::string_view word, std::span<const std::string_view> known) {
  std::string text = std::string{word} + " is none of ";
  for (std::size_t i = 0; i < known.size(); ++i) text.append(i == 0 ? "" : ", ").append(known[i]);
  return text + '.' + did_you_mean(word, known);
}

}  // namespace sinyal::cli
