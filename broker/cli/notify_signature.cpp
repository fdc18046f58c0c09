#include "broker/cli/notify_signature.hpp"

#include <openssl/sha.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>

namespace sinyal::cli {
namespace {

namespace ondemand = simdjson::ondemand;

/// A top-level member: its token as written (strings with their quotes) and where it stands.
struct token {
  std::string_view text;
  std::size_t begin = 0;  // in the body
};

std::optional<token> find_token(ondemand::document& document, const simdjson::padded_string& body,
                                std::string_view name) {
  document.rewind();
  ondemand::value value;
  if (document.find_field_unordered(name).get(value) != simdjson::SUCCESS) return std::nullopt;
  ondemand::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS || type == ondemand::json_type::object ||
      type == ondemand::json_type::array) {
    return std::nullopt;
  }
  std::string_view text = value.raw_json_token();
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return token{text, static_cast<std::size_t>(text.data() - body.data())};
}

/// What is signed of a member: the text of a string, a number as written.
std::optional<std::string> signed_text(ondemand::document& document,
                                       const simdjson::padded_string& body, std::string_view name) {
  const std::optional<token> found = find_token(document, body, name);
  if (!found) return std::nullopt;
  if (!found->text.starts_with('"')) return std::string{found->text};
  document.rewind();
  std::string_view text;
  if (document.find_field_unordered(name).get_string().get(text) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  return std::string{text};
}

std::string sha512_hex(std::string_view text) {
  static constexpr std::string_view hex = "0123456789abcdef";
  std::array<unsigned char, SHA512_DIGEST_LENGTH> digest{};
  SHA512(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::string out;
  out.reserve(digest.size() * 2);
  for (const unsigned char byte : digest) {
    out += hex[byte >> 4];
    out += hex[byte & 15];
  }
  return out;
}

bool looks_like_signature(std::string_view token) {
  if (token.size() != 130) return false;
  return std::all_of(token.begin() + 1, token.end() - 1, [](char each) {
    return (each >= '0' && each <= '9') || (each >= 'a' && each <= 'f') ||
           (each >= 'A' && each <= 'F');
  });
}

/// The fields' texts in a row with the key behind them; nothing where one is missing.
std::optional<std::string> signature_of(ondemand::document& document,
                                        const simdjson::padded_string& body,
                                        std::initializer_list<std::string_view> fields,
                                        const core::secret& server_key) {
  std::string text;
  for (const std::string_view field : fields) {
    const std::optional<std::string> part = signed_text(document, body, field);
    if (!part) return std::nullopt;
    text += *part;
  }
  text += server_key.reveal();
  return sha512_hex(text);
}

}  // namespace

bool is_signed_form(std::string_view body) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(body.data(), body.size()).get(object) != simdjson::SUCCESS) return false;
  const auto has = [&](std::string_view key) {
    return object.at_key(key).error() == simdjson::SUCCESS;
  };
  return (has("order_id") || has("account_id")) && !has("event_name");
}

bool is_signed(std::string_view body) {
  if (!is_signed_form(body)) return false;
  const simdjson::padded_string padded{body};
  ondemand::parser parser;
  ondemand::document document;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return false;
  const std::optional<token> there = find_token(document, padded, "signature_key");
  return there && looks_like_signature(there->text);
}

std::string sign_body(std::string_view body, const core::secret& server_key) {
  // Reading on demand believes what it has not looked at; a broken body is looked at whole first.
  if (!is_signed_form(body)) return std::string{body};
  const simdjson::padded_string padded{body};
  ondemand::parser parser;
  ondemand::document document;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return std::string{body};
  std::optional<std::string> signature =
      signature_of(document, padded, {"order_id", "status_code", "gross_amount"}, server_key);
  if (!signature) {
    signature =
        signature_of(document, padded, {"account_id", "account_status", "status_code"}, server_key);
  }
  if (!signature) return std::string{body};

  std::string out{body};
  const std::string quoted = '"' + *signature + '"';
  if (const std::optional<token> there = find_token(document, padded, "signature_key")) {
    if (!looks_like_signature(there->text)) out.replace(there->begin, there->text.size(), quoted);
  } else {
    out.insert(out.find('{') + 1, "\"signature_key\":" + quoted + ",");
  }
  return out;
}

}  // namespace sinyal::cli
