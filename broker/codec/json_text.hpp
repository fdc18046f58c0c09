#pragma once
// Work on JSON as text, where parsing and printing anew would change what was sent: the order of
// keys, escapes, the digits of a number, duplicate keys. The body was parsed before; here any bytes
// are safe, and only those of JSON have a meaning.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sinyal::codec {

/// The body without whitespace outside strings, and without the members whose (unescaped) key is
/// one of `keys`, at any depth. All other tokens are kept byte for byte and in order.
std::string minified_without(std::string_view body, std::span<const std::string> keys);

/// The text of a top-level member's value exactly as sent: a string with its quotes. Of several
/// with that (unescaped) key the last. Nothing where the body is no object or has no such member.
std::optional<std::string_view> raw_member(std::string_view body, std::string_view key);

/// A copy of the same length in which each number that a parser may be unable to represent (more
/// than 18 characters, or an exponent) reads `-0.00…`: a body is not refused for a number nobody
/// asks for. No field that we read may be -0.0, so that none takes the mask for a value. What is
/// not a number by JSON's grammar stays, for the parser to refuse.
std::string mask_numbers(std::string_view body);

}  // namespace sinyal::codec
