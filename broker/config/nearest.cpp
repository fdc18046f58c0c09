#include "broker/config/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

namespace sinyal {

namespace {

/// Levenshtein's distance: insertions, deletions and replacements.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

/// Absent when none is close: more than two edits away, or a third of the word's length if more.
std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> known) {
  std::optional<std::string_view> best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string_view candidate : known) {
    const std::size_t here = distance(word, candidate);
    if (here < best_distance && here < candidate.size()) {
      best = candidate;
      best_distance = here;
    }
  }
  return best;
}

}  // namespace

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
  const auto meant = nearest(word, known);
  return meant ? " Did you mean " + std::string{*meant} + '?' : std::string{};
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  return did_you_mean(word, std::vector<std::string_view>{known.begin(), known.end()});
}

}  // namespace sinyal
