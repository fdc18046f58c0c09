#pragma once
// Signing as Midtrans does.

#include "broker/core/secret.hpp"

#include <string>
#include <string_view>

namespace sinyal::cli {

/// Whether the body is of a form that Midtrans signs: it has an order_id or an account_id at its
/// top, and is not wrapped in an event.
bool is_signed_form(std::string_view body);

/// Whether it is of such a form and brings something at `signature_key` that looks like a signature
/// (128 hex digits), whoever's key made it.
bool is_signed(std::string_view body);

/// The body with its signature_key made from its own fields and `server_key`:
/// `hex(SHA512(order_id + status_code + gross_amount + key))`, of an account
/// `hex(SHA512(account_id + account_status + status_code + key))`. One that is signed already keeps
/// its signature, so that recorded bodies are sent as they were; nothing else of the body changes.
/// A body that cannot be signed comes back as it is: it is for the broker
/// to refuse it.
std::string sign_body(std::string_view body, const core::secret& server_key);

}  // namespace sinyal::cli
