#include "broker/core/subject.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace sinyal::core {
namespace {

constexpr std::array<std::string_view, subject_kind_count> kind_names{"payment", "invoice",
                                                                      "subscription", "account"};
constexpr std::size_t merchant_id_bytes_max = 64;

bool is_merchant_char(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

std::uint32_t byte_at(std::string_view data, std::size_t i) {
  return static_cast<unsigned char>(data[i]);
}

}  // namespace

std::string_view to_string(subject_kind kind) {
  return kind_names[static_cast<std::size_t>(kind)];
}

std::optional<subject_kind> parse_subject_kind(std::string_view text) {
  const auto found = std::find(kind_names.begin(), kind_names.end(), text);
  if (found == kind_names.end()) return std::nullopt;
  return static_cast<subject_kind>(found - kind_names.begin());
}

bool is_merchant_id(std::string_view text) {
  return !text.empty() && text.size() <= merchant_id_bytes_max &&
         std::all_of(text.begin(), text.end(), is_merchant_char);
}

std::string format_key(std::string_view merchant, const subject& subject) {
  const std::string_view kind = to_string(subject.kind);
  std::string key;
  key.reserve(merchant.size() + kind.size() + subject.id.size() + 2);
  key += merchant;
  key += ':';
  key += kind;
  key += ':';
  key += subject.id;
  return key;
}

std::vector<std::string> format_keys(std::string_view merchant, std::span<const subject> subjects) {
  std::vector<std::string> keys;
  keys.reserve(subjects.size());
  for (const subject& each : subjects) keys.push_back(format_key(merchant, each));
  return keys;
}

std::optional<subject_key> parse_key(std::string_view key) {
  const std::size_t first = key.find(':');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = key.find(':', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const std::string_view merchant = key.substr(0, first);
  const auto kind = parse_subject_kind(key.substr(first + 1, second - first - 1));
  const std::string_view id = key.substr(second + 1);
  if (!is_merchant_id(merchant) || !kind || id.empty()) return std::nullopt;
  return subject_key{std::string{merchant}, {*kind, std::string{id}}};
}

std::int32_t murmur2(std::string_view data) {
  constexpr std::uint32_t seed = 0x9747b28c;
  constexpr std::uint32_t m = 0x5bd1e995;
  constexpr int r = 24;
  std::uint32_t h = seed ^ static_cast<std::uint32_t>(data.size());
  const std::size_t whole = data.size() & ~std::size_t{3};
  for (std::size_t i = 0; i < whole; i += 4) {
    std::uint32_t k = byte_at(data, i) | byte_at(data, i + 1) << 8 | byte_at(data, i + 2) << 16 |
                      byte_at(data, i + 3) << 24;
    k *= m;
    k ^= k >> r;
    k *= m;
    h = (h * m) ^ k;
  }
  const std::size_t left = data.size() - whole;
  if (left >= 3) h ^= byte_at(data, whole + 2) << 16;
  if (left >= 2) h ^= byte_at(data, whole + 1) << 8;
  if (left >= 1) h = (h ^ byte_at(data, whole)) * m;
  h ^= h >> 13;
  h *= m;
  h ^= h >> 15;
  return static_cast<std::int32_t>(h);
}

std::int32_t partition_of(std::string_view key, std::int32_t partitions) {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

}  // namespace sinyal::core
