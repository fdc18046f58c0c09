#pragma once
// "Did you mean …?": the known word that a mistyped one is closest to.

#include <optional>
#include <span>
#include <string_view>

namespace sinyal {

/// Absent when none is close: more than two edits away, or a third of the word's length if more.
std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> known);

}  // namespace sinyal
