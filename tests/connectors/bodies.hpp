#pragma once
// Bodies as Midtrans sends them, made here and signed with a test key.

#include "connectors/connector.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sinyal::test {

inline constexpr std::string_view server_key = "SB-Mid-server-sinyal-test";

inline std::string sha512_hex(std::string_view text) {
  std::array<unsigned char, SHA512_DIGEST_LENGTH> bytes{};
  SHA512(reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes.data());
  std::string hex;
  for (const unsigned char byte : bytes) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

/// A flat JSON object whose members' values are JSON text.
class object {
 public:
  object& set(std::string_view key, std::string json) {
    const auto found = std::find_if(members_.begin(), members_.end(),
                                    [&](const auto& member) { return member.first == key; });
    if (found == members_.end()) {
      members_.emplace_back(key, std::move(json));
    } else {
      found->second = std::move(json);
    }
    return *this;
  }
  object& text(std::string_view key, std::string_view value) {
    return set(key, '"' + std::string{value} + '"');
  }
  object& without(std::string_view key) {
    std::erase_if(members_, [&](const auto& member) { return member.first == key; });
    return *this;
  }
  object& twice(std::string_view key, std::string json) {
    members_.emplace_back(key, std::move(json));
    return *this;
  }
  /// What a signature covers: a string without its quotes, a number's token.
  std::string bare(std::string_view key) const {
    for (const auto& [name, json] : members_) {
      if (name != key) continue;
      return json.starts_with('"') ? json.substr(1, json.size() - 2) : json;
    }
    return {};
  }
  object& sign(std::string_view key = server_key) {
    return text("signature_key", sha512_hex(bare("order_id") + bare("status_code") +
                                            bare("gross_amount") + std::string{key}));
  }
  object& sign_account(std::string_view key = server_key) {
    return text("signature_key", sha512_hex(bare("account_id") + bare("account_status") +
                                            bare("status_code") + std::string{key}));
  }
  std::string json() const {
    std::string out = "{";
    for (const auto& [name, json] : members_) {
      out += (out.size() > 1 ? ", \"" : "\"") + name + "\": " + json;
    }
    return out + "}";
  }

 private:
  std::vector<std::pair<std::string, std::string>> members_;
};

inline object payment(std::string_view status = "settlement", std::string_view code = "200") {
  object body;
  body.text("transaction_time", "2026-11-23 09:10:00")
      .text("transaction_status", status)
      .text("transaction_id", "0f6c2c1e-0000-4000-8000-000000000001")
      .text("status_message", "midtrans payment notification")
      .text("status_code", code)
      .text("payment_type", "qris")
      .text("order_id", "SHOP-1001")
      .text("merchant_id", "G141532850")
      .text("gross_amount", "150000.00")
      .text("currency", "IDR");
  return body.sign();
}

inline object account() {
  object body;
  body.text("account_id", "acc-77").text("account_status", "ENABLED").text("status_code", "200");
  return body.sign_account();
}

inline object subscription(std::string_view status = "active") {
  object body;
  body.text("id", "sub-1")
      .text("name", "COFFEE")
      .text("status", status)
      .text("payment_type", "credit_card")
      .text("amount", "14000")
      .text("currency", "IDR")
      .set("schedule", R"({"interval": 1, "interval_unit": "month", "current_interval": "2",)"
                       R"("max_interval": 12,)"
                       R"("start_time": "2026-10-26T04:20:00.000000Z",)"
                       R"("next_execution_at": "2026-11-26T04:20:00.000000Z"})")
      .set("customer_details", R"({"first_name": "Sari", "email": "sari@example.com"})");
  return body;
}

inline object charge(std::string_view transaction) {
  object body;
  body.text("event_name", "subscription.charge")
      .set("transaction", std::string{transaction})
      .set("subscription", subscription().json());
  return body;
}

inline std::unique_ptr<connectors::connector> midtrans() {
  return connectors::providers().front().make();
}

inline connectors::admission admit(std::string_view body,
                                   codec::endpoint endpoint = codec::endpoint::notifications,
                                   std::vector<std::string> keys = {std::string{server_key}}) {
  std::vector<core::secret> secrets;
  for (std::string& key : keys) secrets.emplace_back(std::move(key));
  return midtrans()->admit({.endpoint = endpoint, .body = body, .server_keys = secrets});
}

inline connectors::normalised normalise(std::string_view body,
                                        core::subject_kind kind = core::subject_kind::payment,
                                        codec::endpoint endpoint = codec::endpoint::notifications) {
  codec::raw_headers headers;
  headers.endpoint = endpoint;
  headers.kind = kind;
  return midtrans()->normalise(headers, body);
}

template <class Fact>
Fact fact_of(const connectors::normalised& from) {
  return std::get<Fact>(std::get<core::any_fact>(from));
}

/// The reason of a rejection; "" where there is a fact, "ignored" where there is neither.
inline std::string reason_of(const connectors::normalised& from) {
  if (const auto* why = std::get_if<core::rejection>(&from)) {
    return std::string{core::to_string(why->reason)};
  }
  return std::holds_alternative<core::any_fact>(from) ? "" : "ignored";
}

}  // namespace sinyal::test
