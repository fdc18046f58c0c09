#pragma once
// The known word that a mistyped one is closest to.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sinyal {

/// ` Did you mean X?`, to go on a sentence with; nothing where no known word is close.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

}  // namespace sinyal
