#include "broker/codec/raw_record.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace sinyal::codec {
namespace {

constexpr std::array<std::string_view, endpoint_count> endpoint_names{
    "notifications", "recurring", "payments", "invoices", "subscriptions"};

std::optional<std::uint32_t> parse_count(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// In the order in which they are written.
enum class header : std::uint8_t {
  version,
  id,
  connector,
  endpoint,
  merchant,
  kind,
  subject,
  received_at,
  key,
  peer,
  traceparent,
  content_type,
  subjects,
  retry_of,
  retries,
};
constexpr std::size_t header_count = 15;
constexpr std::array<std::string_view, header_count> header_names{
    "sinyal_version", "sinyal_id",      "sinyal_connector",   "sinyal_endpoint", "sinyal_merchant",
    "sinyal_kind",    "sinyal_subject", "sinyal_received_at", "sinyal_key",      "sinyal_peer",
    "traceparent",    "content-type",   "sinyal_subjects",    "sinyal_retry_of", "sinyal_retries"};

constexpr std::string_view name_of(header header) {
  return header_names[static_cast<std::size_t>(header)];
}

/// Reads the headers of one record; remembers the first thing amiss.
class reader {
 public:
  explicit reader(const record_view& record) {
    auto expected = header_names.begin();
    for (const header_view& each : record.headers) {
      // most stand where we wrote them: only the others are searched for
      auto name = expected;
      if (name == header_names.end() || *name != each.name) {
        name = std::find(header_names.begin(), header_names.end(), each.name);
        if (name == header_names.end()) continue;
      }
      expected = name + 1;
      found& place = found_[static_cast<std::size_t>(name - header_names.begin())];
      place = {each.value, place.times + 1};
    }
  }

  /// Empty where it is absent.
  std::string_view optional(header header) {
    const found& place = found_[static_cast<std::size_t>(header)];
    if (place.times > 1) complain("header ", name_of(header), " is there more than once");
    return place.value;
  }
  std::string_view required(header header) {
    const std::string_view value = optional(header);
    if (value.empty()) complain("header ", name_of(header), " is missing");
    return value;
  }
  template <class Parse>
  auto parsed(header header, std::string_view text, Parse parse) -> decltype(parse(text)) {
    auto value = parse(text);
    if (!value) complain("header ", name_of(header), " cannot be read", text);
    return value;
  }
  const std::optional<std::string>& why() const { return why_; }

 private:
  struct found {
    std::string_view value;  // of the last of that name
    std::size_t times = 0;
  };
  void complain(std::string_view a, std::string_view b, std::string_view c,
                std::string_view value = {}) {
    if (why_) return;
    why_ = std::string{a}.append(b).append(c);
    if (!value.empty()) why_->append(": ").append(value);
  }
  std::array<found, header_count> found_;
  std::optional<std::string> why_;
};

void read_texts(reader& from, raw_headers& into) {
  into.id = from.required(header::id);
  into.connector = from.required(header::connector);
  into.merchant = from.required(header::merchant);
  into.subject = from.required(header::subject);
  into.peer = from.optional(header::peer);
  into.traceparent = from.optional(header::traceparent);
  into.content_type = from.optional(header::content_type);
  into.subjects = from.optional(header::subjects);
  into.retry_of = from.optional(header::retry_of);
}

void read_values(reader& from, raw_headers& into) {
  constexpr auto read_time = [](std::string_view text) { return core::parse_time(text, 0); };
  if (const auto text = from.required(header::endpoint); !text.empty()) {
    into.endpoint = from.parsed(header::endpoint, text, parse_endpoint).value_or(into.endpoint);
  }
  if (const auto text = from.required(header::kind); !text.empty()) {
    into.kind = from.parsed(header::kind, text, core::parse_subject_kind).value_or(into.kind);
  }
  if (const auto text = from.required(header::received_at); !text.empty()) {
    into.received_at = from.parsed(header::received_at, text, read_time).value_or(core::instant{});
  }
  if (const auto text = from.optional(header::key); !text.empty()) {
    into.key_index = from.parsed(header::key, text, parse_count);
  }
  if (const auto text = from.optional(header::retries); !text.empty()) {
    into.retries = from.parsed(header::retries, text, parse_count).value_or(0);
  }
}

bool key_matches(std::string_view key, const raw_headers& headers) {
  const auto take = [&key](std::string_view part) {
    if (!key.starts_with(part)) return false;
    key.remove_prefix(part.size());
    return true;
  };
  return take(headers.merchant) && take(":") && take(core::to_string(headers.kind)) && take(":") &&
         key == headers.subject;
}

void add_if(header_list& to, std::string_view name, std::string_view value) {
  if (!value.empty()) to.add(name, value);
}

}  // namespace

std::string_view to_string(endpoint endpoint) {
  return endpoint_names[static_cast<std::size_t>(endpoint)];
}

std::optional<endpoint> parse_endpoint(std::string_view text) {
  const auto found = std::find(endpoint_names.begin(), endpoint_names.end(), text);
  if (found == endpoint_names.end()) return std::nullopt;
  return static_cast<endpoint>(found - endpoint_names.begin());
}

header_list encode_raw_headers(const raw_headers& headers) {
  constexpr std::size_t header_bytes_usual = 512;
  header_list list;
  list.reserve(header_count, header_bytes_usual);
  list.add(name_of(header::version), raw_version);
  list.add(name_of(header::id), headers.id);
  list.add(name_of(header::connector), headers.connector);
  list.add(name_of(header::endpoint), to_string(headers.endpoint));
  list.add(name_of(header::merchant), headers.merchant);
  list.add(name_of(header::kind), core::to_string(headers.kind));
  list.add(name_of(header::subject), headers.subject);
  list.add(name_of(header::received_at), core::time_text{headers.received_at});
  if (headers.key_index) list.add(name_of(header::key), *headers.key_index);
  add_if(list, name_of(header::peer), headers.peer);
  add_if(list, name_of(header::traceparent), headers.traceparent);
  add_if(list, name_of(header::content_type), headers.content_type);
  add_if(list, name_of(header::subjects), headers.subjects);
  if (!headers.retry_of.empty()) {
    list.add(name_of(header::retry_of), headers.retry_of);
    list.add(name_of(header::retries), headers.retries);
  }
  return list;
}

std::string subjects_of(std::span<const std::string> keys) {
  std::string all;
  if (keys.size() < 2) return all;
  for (const std::string& key : keys) all.append(all.empty() ? "" : " ").append(key);
  return all;
}

decoded_raw decode_raw(const record_view& record) {
  const auto refused = [](std::string why) {
    return decoded_raw{std::nullopt,
                       core::rejection{core::reason::unsupported_record, std::move(why)}};
  };
  reader from{record};
  const std::string_view version = from.required(header::version);
  if (!version.empty() && version != raw_version) {
    return refused("sinyal_version is " + std::string{version} + ", and this program reads " +
                   std::string{raw_version});
  }
  raw_headers headers;
  read_texts(from, headers);
  read_values(from, headers);
  if (from.why()) return refused(*from.why());
  if (!core::is_merchant_id(headers.merchant)) {
    return refused("sinyal_merchant is no merchant id: " + std::string{headers.merchant});
  }
  if (!key_matches(record.key, headers)) {
    return refused(
        "the key is " + std::string{record.key} + ", and the headers say " +
        core::format_key(headers.merchant, {headers.kind, std::string{headers.subject}}));
  }
  return {headers, std::nullopt};
}

}  // namespace sinyal::codec
