#include "broker/ingest/framing.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace sinyal::ingest {

namespace {

constexpr std::size_t chunk_framing_bytes_max = 8192;

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool has_element(std::string_view list, std::string_view wanted) {
  for (;;) {
    const auto comma = list.find(',');
    if (equal_ignoring_case(trim(list.substr(0, comma)), wanted)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

/// The fields that decide something, and how often each one came.
struct counted_field {
  explicit counted_field(std::string_view field) : name{field} {}

  std::string_view name;
  std::size_t count = 0;
  std::string_view value;  // the first one's

  std::optional<std::string_view> single() const {
    return count == 1 ? std::optional{value} : std::nullopt;
  }
};

struct known_fields {
  counted_field host{"host"};
  counted_field content_length{"content-length"};
  counted_field transfer_encoding{"transfer-encoding"};
  counted_field expect{"expect"};
  counted_field content_type{"content-type"};
  counted_field content_encoding{"content-encoding"};
  counted_field authorization{"authorization"};
  counted_field traceparent{"traceparent"};
  bool close = false;  // any Connection field with the element `close`
};

known_fields find_known(std::span<const codec::header_view> fields) {
  known_fields known;
  const std::array<counted_field*, 8> all{
      &known.host,         &known.content_length,   &known.transfer_encoding, &known.expect,
      &known.content_type, &known.content_encoding, &known.authorization,     &known.traceparent};
  for (const codec::header_view& field : fields) {
    if (equal_ignoring_case(field.name, "connection")) {
      known.close = known.close || has_element(field.value, "close");
      continue;
    }
    for (counted_field* each : all) {
      if (!equal_ignoring_case(field.name, each->name)) continue;
      if (each->count++ == 0) each->value = field.value;
      break;
    }
  }
  return known;
}

/// DIGIT+, without leading zeros: some parsers take those for octal.
std::optional<std::uint64_t> parse_length(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint64_t value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop == end ? std::optional{value} : std::nullopt;
}

bool is_host(std::string_view text) {
  constexpr std::string_view marks = "-._~:[]%!$&'()*+;=";
  return !text.empty() && std::ranges::all_of(text, [&](char each) {
    const char letter = lower(each);
    return (letter >= 'a' && letter <= 'z') || (each >= '0' && each <= '9') ||
           marks.find(each) != std::string_view::npos;
  });
}

bool is_origin_form(std::string_view target) {
  return target.starts_with('/') && std::ranges::all_of(target, [](char each) {
           return each > 0x20 && each < 0x7f && each != '#';
         });
}

std::string_view problem_of_length(const known_fields& known, unsigned version) {
  const auto& coding = known.transfer_encoding;
  const auto& length = known.content_length;
  if (coding.count > 0 && length.count > 0) {
    return "Content-Length and Transfer-Encoding exclude each other";
  }
  if (coding.count > 0 && version != 11) return "Transfer-Encoding needs HTTP/1.1";
  if (coding.count > 1 || (coding.count == 1 && !equal_ignoring_case(coding.value, "chunked"))) {
    return "Transfer-Encoding must be exactly one chunked";
  }
  if (length.count > 1 || (length.count == 1 && !parse_length(length.value))) {
    return "Content-Length must be exactly one decimal number";
  }
  return {};
}

bool is_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char each) { return (each >= '0' && each <= '9') || (each >= 'a' && each <= 'f'); });
}

bool is_zero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

framing_result judge_framing(const request_head& head) {
  framing_result out;
  const known_fields known = find_known(head.fields);
  if (head.version != 10 && head.version != 11) {
    out.problem = "the version must be HTTP/1.1 or HTTP/1.0";
  } else if (!is_origin_form(head.target)) {
    out.problem = "the target must be a path, in visible ASCII";
  } else if (known.host.count != 1 || !is_host(known.host.value)) {
    out.problem = "exactly one Host is needed";
  } else {
    out.problem = problem_of_length(known, head.version);
  }
  if (!out.problem.empty()) return out;
  if (known.content_length.count == 1) {
    out.value.content_length = parse_length(known.content_length.value);
  }
  out.value.chunked = known.transfer_encoding.count == 1;
  out.value.expects_continue = head.version == 11 && known.expect.count > 0 &&
                               has_element(known.expect.value, "100-continue");
  // HTTP/1.0 closes unless both sides say otherwise, and we never do.
  out.value.keep_alive = head.version == 11 && !known.close;
  out.value.content_type = known.content_type.single();
  out.value.encoded = known.content_encoding.count > 0 &&
                      !equal_ignoring_case(known.content_encoding.value, "identity");
  out.value.authorization = known.authorization.single();
  out.value.traceparent = known.traceparent.single();
  return out;
}

bool is_chunk_extension(std::string_view text) {
  return std::ranges::none_of(
      text, [](unsigned char byte) { return (byte < 0x20 && byte != '\t') || byte == 0x7f; });
}

bool is_chunk_framing_so_far(std::string_view text) {
  if (text.size() > chunk_framing_bytes_max) return false;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos;
       end = text.find('\n', end + 1)) {
    if (end == 0 || text[end - 1] != '\r') return false;
  }
  return true;
}

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  return left.size() == right.size() &&
         std::equal(left.begin(), left.end(), right.begin(),
                    [](char one, char other) { return lower(one) == lower(other); });
}

bool is_json_media_type(std::string_view content_type) {
  const auto semicolon = content_type.find(';');
  if (!equal_ignoring_case(trim(content_type.substr(0, semicolon)), "application/json")) {
    return false;
  }
  if (semicolon == std::string_view::npos) return true;
  const std::string_view parameter = trim(content_type.substr(semicolon + 1));
  return equal_ignoring_case(parameter, "charset=utf-8") ||
         equal_ignoring_case(parameter, "charset=\"utf-8\"");
}

std::optional<std::string_view> bearer_token(std::string_view authorization) {
  const auto space = authorization.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  if (!equal_ignoring_case(authorization.substr(0, space), "bearer")) return std::nullopt;
  const std::string_view token = trim(authorization.substr(space));
  return token.empty() ? std::nullopt : std::optional{token};
}

bool is_traceparent(std::string_view text) {
  if (text.size() != 55 || !text.starts_with("00-") || text[35] != '-' || text[52] != '-') {
    return false;
  }
  const std::string_view trace = text.substr(3, 32);
  const std::string_view parent = text.substr(36, 16);
  return is_hex(trace) && is_hex(parent) && is_hex(text.substr(53)) && !is_zero(trace) &&
         !is_zero(parent);
}

}  // namespace sinyal::ingest
