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

/// Reads the headers of one record; remembers the first thing amiss.
class reader {
 public:
  explicit reader(const record_view& record) : record_{record} {}

  /// Empty where it is absent.
  std::string_view optional(std::string_view name) {
    const header_view* found = nullptr;
    for (const header_view& each : record_.headers) {
      if (each.name != name) continue;
      if (found != nullptr) complain("header ", name, " is there more than once");
      found = &each;
    }
    return found == nullptr ? std::string_view{} : found->value;
  }
  std::string_view required(std::string_view name) {
    const std::string_view value = optional(name);
    if (value.empty()) complain("header ", name, " is missing");
    return value;
  }
  template <class Parse>
  auto parsed(std::string_view name, std::string_view text, Parse parse) -> decltype(parse(text)) {
    auto value = parse(text);
    if (!value) complain("header ", name, " cannot be read", text);
    return value;
  }
  void complain(std::string_view a, std::string_view b, std::string_view c,
                std::string_view value = {}) {
    if (why_) return;
    why_ = std::string{a}.append(b).append(c);
    if (!value.empty()) why_->append(": ").append(value);
  }
  const std::optional<std::string>& why() const { return why_; }

 private:
  const record_view& record_;
  std::optional<std::string> why_;
};

void read_texts(reader& from, raw_headers& into) {
  into.id = from.required("sinyal_id");
  into.connector = from.required("sinyal_connector");
  into.merchant = from.required("sinyal_merchant");
  into.subject = from.required("sinyal_subject");
  into.peer = from.optional("sinyal_peer");
  into.traceparent = from.optional("traceparent");
  into.content_type = from.optional("content-type");
  into.subjects = from.optional("sinyal_subjects");
  into.retry_of = from.optional("sinyal_retry_of");
}

void read_values(reader& from, raw_headers& into) {
  constexpr auto read_time = [](std::string_view text) { return core::parse_time(text, 0); };
  if (const auto text = from.required("sinyal_endpoint"); !text.empty()) {
    into.endpoint = from.parsed("sinyal_endpoint", text, parse_endpoint).value_or(into.endpoint);
  }
  if (const auto text = from.required("sinyal_kind"); !text.empty()) {
    into.kind = from.parsed("sinyal_kind", text, core::parse_subject_kind).value_or(into.kind);
  }
  if (const auto text = from.required("sinyal_received_at"); !text.empty()) {
    into.received_at = from.parsed("sinyal_received_at", text, read_time).value_or(core::instant{});
  }
  if (const auto text = from.optional("sinyal_key"); !text.empty()) {
    into.key_index = from.parsed("sinyal_key", text, parse_count);
  }
  if (const auto text = from.optional("sinyal_retries"); !text.empty()) {
    into.retries = from.parsed("sinyal_retries", text, parse_count).value_or(0);
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
  constexpr std::size_t headers_most = 15;
  constexpr std::size_t header_bytes_usual = 512;
  header_list list;
  list.reserve(headers_most, header_bytes_usual);
  list.add("sinyal_version", raw_version);
  list.add("sinyal_id", headers.id);
  list.add("sinyal_connector", headers.connector);
  list.add("sinyal_endpoint", to_string(headers.endpoint));
  list.add("sinyal_merchant", headers.merchant);
  list.add("sinyal_kind", core::to_string(headers.kind));
  list.add("sinyal_subject", headers.subject);
  list.add("sinyal_received_at", core::time_text{headers.received_at});
  if (headers.key_index) list.add("sinyal_key", std::to_string(*headers.key_index));
  add_if(list, "sinyal_peer", headers.peer);
  add_if(list, "traceparent", headers.traceparent);
  add_if(list, "content-type", headers.content_type);
  add_if(list, "sinyal_subjects", headers.subjects);
  if (!headers.retry_of.empty()) {
    list.add("sinyal_retry_of", headers.retry_of);
    list.add("sinyal_retries", std::to_string(headers.retries));
  }
  return list;
}

decoded_raw decode_raw(const record_view& record) {
  const auto refused = [](std::string why) {
    return decoded_raw{std::nullopt,
                       core::rejection{core::reason::unsupported_record, std::move(why)}};
  };
  reader from{record};
  const std::string_view version = from.required("sinyal_version");
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
