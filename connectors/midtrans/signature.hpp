#pragma once
// Midtrans signs by hashing: hex(SHA512(fields of the body, then the merchant's server key)). There
// is no separator between the fields, see SECURITY.md.

#include "broker/core/secret.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

struct evp_md_ctx_st;

namespace sinyal::midtrans {

inline constexpr std::size_t signature_digits = 128;

/// 128 hex digits. Midtrans writes lower case; upper case is the same number.
bool is_signature(std::string_view text);

/// Checks signatures one after the other with the same context. Belongs to one thread.
class verifier {
 public:
  verifier();
  ~verifier();
  verifier(const verifier&) = delete;
  verifier& operator=(const verifier&) = delete;

  /// The index of the first key that makes `signature` (is_signature() holds) of the fields. Every
  /// key is tried even when one has matched, and a dummy where there are none, so that time tells
  /// neither which key is in use nor whether the merchant exists. An empty key never matches.
  std::optional<std::uint32_t> key_of(std::span<const std::string_view> fields,
                                      std::string_view signature,
                                      std::span<const core::secret> keys);

 private:
  using digest = std::array<unsigned char, signature_digits / 2>;
  digest sign(std::span<const std::string_view> fields, std::string_view key);
  struct free_context {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, free_context> context_;
};

}  // namespace sinyal::midtrans
