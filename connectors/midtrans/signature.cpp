#include "connectors/midtrans/signature.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>

namespace sinyal::midtrans {
namespace {

constexpr std::string_view dummy_key = "no merchant has this key";

char lower(char c) {
  return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_hex(char c) {
  const char low = lower(c);
  return (low >= '0' && low <= '9') || (low >= 'a' && low <= 'f');
}

/// A hash that cannot be computed is a programmer's error or no memory: nothing may be admitted.
void require(int done) {
  if (done != 1) std::abort();
}

}  // namespace

bool is_signature(std::string_view text) {
  return text.size() == signature_digits && std::all_of(text.begin(), text.end(), is_hex);
}

verifier::verifier() : context_{EVP_MD_CTX_new()} {
  require(context_ ? 1 : 0);
}
verifier::~verifier() = default;

void verifier::free_context::operator()(evp_md_ctx_st* context) const {
  EVP_MD_CTX_free(context);
}

verifier::digest verifier::sign(std::span<const std::string_view> fields, std::string_view key) {
  // fetched once for the process: looking an algorithm up costs more than hashing with it
  static const EVP_MD* const sha512 = EVP_MD_fetch(nullptr, "SHA512", nullptr);
  require(EVP_DigestInit_ex2(context_.get(), sha512, nullptr));
  for (const std::string_view field : fields) {
    require(EVP_DigestUpdate(context_.get(), field.data(), field.size()));
  }
  require(EVP_DigestUpdate(context_.get(), key.data(), key.size()));
  std::array<unsigned char, signature_digits / 2> bytes{};
  require(EVP_DigestFinal_ex(context_.get(), bytes.data(), nullptr));
  constexpr std::string_view hex = "0123456789abcdef";
  digest text{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text[2 * i] = hex[bytes[i] >> 4];
    text[2 * i + 1] = hex[bytes[i] & 15];
  }
  return text;
}

std::optional<std::uint32_t> verifier::key_of(std::span<const std::string_view> fields,
                                              std::string_view signature,
                                              std::span<const core::secret> keys) {
  if (!is_signature(signature)) return std::nullopt;
  digest wanted{};
  std::transform(signature.begin(), signature.end(), wanted.begin(), lower);
  if (keys.empty()) {
    const digest made = sign(fields, dummy_key);
    static_cast<void>(CRYPTO_memcmp(made.data(), wanted.data(), made.size()));
    return std::nullopt;
  }
  std::optional<std::uint32_t> found;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::string_view key = keys[i].reveal();
    const digest made = sign(fields, key);
    const bool same = CRYPTO_memcmp(made.data(), wanted.data(), made.size()) == 0;
    if (same && !key.empty() && !found) found = static_cast<std::uint32_t>(i);
  }
  return found;
}

}  // namespace sinyal::midtrans
