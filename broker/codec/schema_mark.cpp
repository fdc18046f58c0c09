#include "broker/codec/schema_mark.hpp"

#include "broker/codec/uuid.hpp"

namespace sinyal::codec {

namespace {

constexpr char value_magic = 0;
constexpr char header_magic = 1;
constexpr std::size_t value_mark_bytes = 5;

std::optional<unsigned char> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned char>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned char>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned char>(c - 'A' + 10);
  return std::nullopt;
}

}  // namespace

std::string value_mark(std::uint32_t id) {
  std::string mark{value_magic};
  for (const int shift : {24, 16, 8, 0}) mark += static_cast<char>(id >> shift & 0xff);
  return mark;
}

std::optional<std::string> header_mark(std::string_view guid) {
  std::string mark{header_magic};
  if (guid.size() != uuid_text_form.size()) return std::nullopt;
  for (std::size_t at = 0; at < guid.size(); ++at) {
    if (uuid_text_form[at] == '-') {
      if (guid[at] != '-') return std::nullopt;
      continue;
    }
    const auto high = hex_digit(guid[at]);
    const auto low = hex_digit(guid[++at]);  // a form's digits come in pairs
    if (!high || !low) return std::nullopt;
    mark += static_cast<char>(*high << 4 | *low);
  }
  return mark;
}

std::string_view without_mark(std::string_view value) {
  const bool marked = value.size() >= value_mark_bytes && value[0] == value_magic;
  return marked ? value.substr(value_mark_bytes) : value;
}

std::optional<std::string> guid_of(std::string_view mark) {
  uuid id;
  if (mark.size() != id.size() + 1 || mark[0] != header_magic) return std::nullopt;
  for (std::size_t i = 0; i < id.size(); ++i) id[i] = static_cast<unsigned char>(mark[i + 1]);
  return std::string{uuid_text{id}};
}

}  // namespace sinyal::codec
