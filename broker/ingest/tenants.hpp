#pragma once
// The merchants that are served, as one immutable snapshot: a reload replaces it whole, and a
// request keeps the one that it began with.

#include "broker/config.hpp"
#include "broker/core/secret.hpp"

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sinyal::ingest {

/// SHA-256 of a token: of one length whatever the token's, so that comparing tells nothing.
using token_digest = std::array<unsigned char, 32>;

struct tenant {
  std::string id;  // empty: nobody that we know
  std::vector<core::secret> server_keys;
  std::vector<token_digest> recurring_tokens;
  std::vector<token_digest> api_tokens;
};

class tenants {
 public:
  explicit tenants(const std::vector<merchant>& merchants);

  /// For an unknown merchant one without keys, whose tokens nobody has: it takes the same time.
  const tenant& find(std::string_view merchant) const;

 private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  std::unordered_map<std::string, tenant, text_hash, std::equal_to<>> known_;
  tenant stranger_;
};

/// Compares with every candidate, in constant time for each.
bool is_one_of(std::string_view presented, std::span<const token_digest> candidates);

}  // namespace sinyal::ingest
