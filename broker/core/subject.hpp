#pragma once
// What a notification is about, and the record key made of it: `<merchant>:<kind>:<id>`. Merchant
// ids have no colon, so the first two colons always split a key whatever the id holds.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sinyal::core {

enum class subject_kind : std::uint8_t { payment, invoice, subscription, account };
inline constexpr std::size_t subject_kind_count = 4;
std::string_view to_string(subject_kind kind);
std::optional<subject_kind> parse_subject_kind(std::string_view text);

/// `[A-Za-z0-9_-]{1,64}`
bool is_merchant_id(std::string_view text);

struct subject {
  subject_kind kind = subject_kind::payment;
  std::string id;  // order_id, invoice id, subscription id or account_id; opaque, case kept
  bool operator==(const subject&) const = default;
};

struct subject_key {
  std::string merchant;
  sinyal::core::subject subject;
  bool operator==(const subject_key&) const = default;
};

std::string format_key(std::string_view merchant, const subject& subject);
std::vector<std::string> format_keys(std::string_view merchant, std::span<const subject> subjects);
std::optional<subject_key> parse_key(std::string_view key);

/// The hash of org.apache.kafka.common.utils.Utils.murmur2, signed as Java has it.
std::int32_t murmur2(std::string_view data);

/// Kafka's murmur2 over the key's bytes, made positive, modulo the count: the partition that Java
/// clients compute (org.apache.kafka.common.utils.Utils.murmur2, BuiltInPartitioner).
std::int32_t partition_of(std::string_view key, std::int32_t partitions);

}  // namespace sinyal::core
