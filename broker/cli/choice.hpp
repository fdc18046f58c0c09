#pragma once
// An option that takes one of a few words. CLI11's own check names them as a container of C++; this
// one as a person would, and guesses which was meant.

#include <CLI/App.hpp>

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sinyal::cli {

/// What is wrong with a word that is none of these.
std::string wrong_choice(std::string_view word, std::span<const std::string_view> known);

/// Puts into `to` what `known` has under the word given. `help` names the words.
template <typename Value>
CLI::Option& add_choice(CLI::App& command, const std::string& name, const std::string& help,
                        const std::map<std::string, Value, std::less<>>& known, Value& to) {
  const auto choose = [name, known, &to](const std::string& word) {
    const auto at = known.find(word);
    if (at == known.end()) {
      std::vector<std::string_view> words;
      for (const auto& each : known) words.push_back(each.first);
      throw CLI::ValidationError{name, wrong_choice(word, words)};
    }
    to = at->second;
  };
  return *command.add_option_function<std::string>(name, choose, help);
}

}  // namespace sinyal::cli
