#pragma once
// `env:NAME` and `file:PATH`: the only ways to name a secret.

#include "broker/core/secret.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sinyal {

/// What a reference stands for, or the end of a sentence that says why there is nothing. Neither
/// holds what was written in the open.
struct secret_result {
  std::optional<core::secret> value;
  std::string error;
};

bool is_secret_reference(std::string_view text);

/// Trailing line breaks are not part of the secret, be it a file's or a variable's; an empty secret
/// is an error.
secret_result resolve_secret(const std::string& reference,
                             const std::map<std::string, std::string>& environment);

}  // namespace sinyal
