#include "broker/ingest/tenants.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

namespace sinyal::ingest {

namespace {

token_digest digest_of(std::string_view token) {
  token_digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest.data());
  return digest;
}

std::vector<token_digest> digests_of(const std::vector<core::secret>& tokens) {
  std::vector<token_digest> digests;
  for (const core::secret& token : tokens) digests.push_back(digest_of(token.reveal()));
  return digests;
}

/// Equals nothing: no text is known whose SHA-256 this is.
token_digest digest_of_nobody() {
  token_digest digest{};
  RAND_bytes(digest.data(), static_cast<int>(digest.size()));
  return digest;
}

}  // namespace

tenants::tenants(const std::vector<merchant>& merchants) {
  for (const merchant& each : merchants) {
    known_[each.id] = {each.id, each.server_keys, digests_of(each.recurring_tokens),
                       digests_of(each.api_tokens)};
  }
  stranger_.recurring_tokens = {digest_of_nobody()};
  stranger_.api_tokens = {digest_of_nobody()};
}

const tenant& tenants::find(std::string_view merchant) const {
  const auto found = known_.find(merchant);
  return found == known_.end() ? stranger_ : found->second;
}

bool is_one_of(std::string_view presented, std::span<const token_digest> candidates) {
  const token_digest digest = digest_of(presented);
  unsigned matches = 0;
  for (const token_digest& candidate : candidates) {
    matches |=
        static_cast<unsigned>(CRYPTO_memcmp(digest.data(), candidate.data(), digest.size()) == 0);
  }
  return matches != 0;
}

}  // namespace sinyal::ingest
