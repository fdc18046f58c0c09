#include "connectors/midtrans/signature.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>

namespace sinyal::midtrans {
namespace {

constexpr std::string_view dummy_key = "no merchant has this key";

constexpr std::uint8_t no_digit = 0xff;

constexpr std::array<std::uint8_t, 256> make_digits() {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(no_digit);
  for (std::uint8_t i = 0; i < 10; ++i) digits['0' + i] = i;
  for (std::uint8_t i = 0; i < 6; ++i) digits['a' + i] = digits['A' + i] = 10 + i;
  return digits;
}
constexpr std::array<std::uint8_t, 256> digits = make_digits();

std::uint8_t digit_of(char c) {
  return digits[static_cast<unsigned char>(c)];
}

/// A hash that cannot be computed is a programmer's error or no memory: nothing may be admitted.
void require(int done) {
  if (done != 1) std::abort();
}

}  // namespace

bool is_signature(std::string_view text) {
  return text.size() == signature_digits &&
         std::all_of(text.begin(), text.end(), [](char c) { return digit_of(c) != no_digit; });
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
  digest made{};
  require(EVP_DigestFinal_ex(context_.get(), made.data(), nullptr));
  return made;
}

std::optional<std::uint32_t> verifier::key_of(std::span<const std::string_view> fields,
                                              std::string_view signature,
                                              std::span<const core::secret> keys) {
  if (!is_signature(signature)) return std::nullopt;
  digest wanted{};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const unsigned high = digit_of(signature[2 * i]);
    wanted[i] = static_cast<unsigned char>(high << 4 | digit_of(signature[2 * i + 1]));
  }
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
