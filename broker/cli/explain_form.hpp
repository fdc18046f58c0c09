#pragma once
// Which endpoint a body was meant for, told from the body alone.

#include "broker/codec/raw_record.hpp"

#include <string_view>
#include <vector>

namespace sinyal::cli {

/// The likeliest endpoint. A signature, or nothing that tells, means notifications; an event name
/// or a schedule means recurring; anything else is a document, told by its fields and status words.
codec::endpoint guess_endpoint(std::string_view body);

/// The same where the body is to be signed, or its signature to be verified: one that says status,
/// code and amount is a notification, be its signature_key there or not.
codec::endpoint notified_endpoint(std::string_view body);

/// A form of Midtrans's that Sinyal does not take, in words for a person; empty if it is none.
std::string_view foreign_form(std::string_view body);

/// The documents of a file: one JSON value, or one a line when the first line is a value by itself.
/// Text that is neither is one (malformed) document. Views into `text`.
std::vector<std::string_view> split_documents(std::string_view text);

}  // namespace sinyal::cli
