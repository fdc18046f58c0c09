#include "broker/config/keys.hpp"

#include "broker/config/http_url.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>

namespace sinyal {

namespace {

template <auto Section, auto Member>
constexpr auto at = +[](config& of) { return &(of.*Section.*Member); };

template <auto Member>
constexpr auto http = at<&config::http, Member>;
template <auto Member>
constexpr auto kafka = at<&config::kafka, Member>;
template <auto Member>
constexpr auto lifecycle = at<&config::lifecycle, Member>;
template <auto Member>
constexpr auto registry = at<&config::schema_registry, Member>;

constexpr std::int64_t one_hour_ms = 3'600'000;
constexpr std::int64_t one_gibibyte = 1'073'741'824;

bool is_port(std::string_view text, unsigned lowest) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port >= lowest &&
         port <= 65535;
}

bool is_listen_address(std::string_view text) {
  const auto listen = parse_listen(text);
  if (!listen) return false;
  in6_addr unused{};
  return ::inet_pton(AF_INET, listen->host.c_str(), &unused) == 1 ||
         ::inet_pton(AF_INET6, listen->host.c_str(), &unused) == 1;
}

bool is_server_list(std::string_view text) {
  for (bool more = true; more;) {
    const auto comma = text.find(',');
    const std::string_view server = text.substr(0, comma);
    const auto colon = server.rfind(':');
    const bool plain = std::all_of(server.begin(), server.end(),
                                   [](char c) { return c > ' ' && c != '/' && c != 0x7f; });
    if (colon == 0 || server.empty() || !plain) return false;
    if (colon != server.npos && !is_port(server.substr(colon + 1), 1)) return false;
    more = comma != text.npos;
    if (more) text.remove_prefix(comma + 1);
  }
  return true;
}

bool is_kafka_name(std::string_view text) {
  constexpr std::string_view others = "._-";
  return !text.empty() && text.size() <= 200 && text != "." && text != ".." &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  others.find(c) != others.npos;
         });
}
bool is_kafka_name_or_empty(std::string_view text) {
  return text.empty() || is_kafka_name(text);
}

bool is_log_level(std::string_view text) {
  return text == "error" || text == "warning" || text == "info" || text == "debug";
}

bool is_http_url_or_empty(std::string_view text) {
  return text.empty() || parse_http_url(text);
}

/// HTTP's Basic scheme ends a name at its first colon (RFC 7617 2).
bool is_username(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f && c != ':';
  });
}

constexpr text_form listen_form{is_listen_address,
                                "an IP address and a port, as in 0.0.0.0:8080 or [::]:8080"};
constexpr text_form servers_form{is_server_list,
                                 "hosts with a port, separated by commas, as in kafka-1:9092"};
constexpr text_form name_form{is_kafka_name,
                              "1 to 200 letters, digits, dots, hyphens or underscores"};
constexpr text_form name_or_empty_form{
    is_kafka_name_or_empty, "empty, or up to 200 letters, digits, dots, hyphens or underscores"};
constexpr text_form url_form{
    is_http_url_or_empty,
    "empty, or an http or https address without user and password, as in https://registry:8081",
    true};
constexpr text_form username_form{is_username, "a name without a colon or control characters",
                                  true};
constexpr text_form level_form{is_log_level, "error, warning, info or debug"};

using h = http_settings;
using k = kafka_settings;
using l = lifecycle_settings;
using r = schema_registry_settings;

const std::array keys{
    config_key{"http", "listen", http<&h::listen>, listen_form, "",
               "where notifications are taken; port 0 is any free one"},
    config_key{"http", "header_bytes_max", http<&h::header_bytes_max>, whole_number{256, 1'048'576},
               "bytes", "of a request's line and header fields; more is 431"},
    config_key{"http", "header_fields_max", http<&h::header_fields_max>, whole_number{1, 10'000},
               "fields", "of a request; more is 431"},
    config_key{"http", "body_bytes_max", http<&h::body_bytes_max>, whole_number{1, 67'108'864},
               "bytes", "of a request's body; more is 413"},
    config_key{"http", "json_depth_max", http<&h::json_depth_max>, whole_number{1, 1024}, "levels",
               "of nesting in a body; more is 400"},
    config_key{"http", "connections_max", http<&h::connections_max>, whole_number{1, 1'000'000},
               "connections", "open at the same time; more is 503"},
    config_key{"http", "inflight_max", http<&h::inflight_max>, whole_number{1, 1'000'000},
               "requests", "being worked on at the same time; more is 503"},
    config_key{"http", "inflight_bytes_max", http<&h::inflight_bytes_max>,
               whole_number{1024, 64 * one_gibibyte}, "bytes",
               "of those requests' bodies; more is 503"},
    config_key{"http", "requests_per_connection_max", http<&h::requests_per_connection_max>,
               whole_number{1, 1'000'000'000}, "requests", "then the connection is closed"},
    config_key{"http", "header_timeout_ms", http<&h::header_timeout_ms>,
               whole_number{1, one_hour_ms}, "milliseconds", "for a whole header; slower is 408"},
    config_key{"http", "body_timeout_ms", http<&h::body_timeout_ms>, whole_number{1, one_hour_ms},
               "milliseconds", "for a whole body, from the header's end; slower is 408"},
    config_key{"http", "idle_timeout_ms", http<&h::idle_timeout_ms>, whole_number{1, one_hour_ms},
               "milliseconds", "between two requests of a connection"},
    config_key{"http", "write_timeout_ms", http<&h::write_timeout_ms>, whole_number{1, one_hour_ms},
               "milliseconds", "for the client to take an answer"},
    config_key{"http", "deadline_ms", http<&h::deadline_ms>, whole_number{1, one_hour_ms},
               "milliseconds", "from a body's last byte to our answer; Kafka slower is 504"},
    config_key{"http", "retry_after_s", http<&h::retry_after_s>, whole_number{0, 86'400}, "seconds",
               "said by a 503"},
    config_key{"http", "drain_delay_ms", http<&h::drain_delay_ms>, whole_number{0, one_hour_ms},
               "milliseconds", "to go on serving after SIGTERM, while balancers take note"},
    config_key{"http", "drain_timeout_ms", http<&h::drain_timeout_ms>, whole_number{0, one_hour_ms},
               "milliseconds", "to finish requests after that"},
    config_key{"admin", "listen", at<&config::admin, &admin_settings::listen>, listen_form, "",
               "where probes and metrics are; not for strangers"},
    config_key{"kafka", "bootstrap_servers", kafka<&k::bootstrap_servers>, servers_form, "",
               "brokers to ask for the cluster's others"},
    config_key{"kafka", "topic_prefix", kafka<&k::topic_prefix>, name_form, "",
               "of every topic: midtrans.payment.settled"},
    config_key{"kafka", "source_prefix", kafka<&k::source_prefix>, name_or_empty_form, "",
               "of the raw log that is read; empty: topic_prefix"},
    config_key{"kafka", "partitions", kafka<&k::partitions>, whole_number{1, 100'000}, "partitions",
               "of every topic; never changed later"},
    config_key{"kafka", "replication_factor", kafka<&k::replication_factor>, whole_number{1, 100},
               "copies", "of topics that are created"},
    config_key{"kafka",
               "create_topics",
               kafka<&k::create_topics>,
               {},
               "",
               "whether serve creates the topics that are missing"},
    config_key{"kafka",
               "allow_single_copy",
               kafka<&k::allow_single_copy>,
               {},
               "",
               "accept topics that can lose what was acknowledged: for a laptop"},
    config_key{"kafka", "linger_ms", kafka<&k::linger_ms>, whole_number{0, 900'000}, "milliseconds",
               "to wait for more records to send along"},
    config_key{"kafka", "queue_records_max", kafka<&k::queue_records_max>,
               whole_number{1, 10'000'000}, "records", "waiting to be sent; more is 503"},
    config_key{"kafka", "queue_bytes_max", kafka<&k::queue_bytes_max>,
               whole_number{1024, 64 * one_gibibyte}, "bytes", "of those records; more is 503"},
    config_key{"kafka", "message_timeout_ms", kafka<&k::message_timeout_ms>,
               whole_number{1, one_hour_ms}, "milliseconds",
               "to have a record acknowledged, retrying; at most lifecycle.transaction_timeout_ms"},
    config_key{"kafka", "reconnect_backoff_max_ms", kafka<&k::reconnect_backoff_max_ms>,
               whole_number{0, one_hour_ms}, "milliseconds", "between two attempts to connect"},
    config_key{"kafka", "record_bytes_max", kafka<&k::record_bytes_max>,
               whole_number{kafka_settings::record_bytes_min, 1'000'000'000}, "bytes",
               "of one record, as the brokers' message.max.bytes"},
    config_key{"kafka", "start_timeout_ms", kafka<&k::start_timeout_ms>,
               whole_number{1, one_hour_ms}, "milliseconds",
               "to reach the cluster at the start, else exit 1"},
    config_key{"kafka", "retention_notifications_days", kafka<&k::retention_notifications_days>,
               whole_number{1, 36'500, true}, "days", "of the raw log; -1: for ever"},
    config_key{"kafka", "retention_quarantine_days", kafka<&k::retention_quarantine_days>,
               whole_number{1, 36'500, true}, "days", "of quarantine; -1: for ever"},
    config_key{"kafka", "retention_signals_days", kafka<&k::retention_signals_days>,
               whole_number{1, 36'500, true}, "days", "of signals; -1: for ever"},
    config_key{"kafka",
               "properties",
               kafka<&k::properties>,
               {},
               "",
               "handed to librdkafka as they are; secrets as env:NAME or file:PATH"},
    config_key{"lifecycle", "group", lifecycle<&l::group>, name_form, "",
               "consumer group, after the topic prefix and a hyphen: midtrans-sinyal-lifecycle"},
    config_key{"lifecycle", "instance", lifecycle<&l::instance>, name_or_empty_form, "",
               "this process's lasting name, unlike any other's; empty: the host's name"},
    config_key{"lifecycle",
               "event_format",
               lifecycle<&l::event_format>,
               {},
               "",
               "of CloudEvents: binary (in headers) or structured (in the value)"},
    config_key{"lifecycle",
               "redact",
               lifecycle<&l::redact>,
               {},
               "",
               "more keys that an event's notification leaves out"},
    config_key{"lifecycle", "batch_records_max", lifecycle<&l::batch_records_max>,
               whole_number{1, 1'000'000}, "records", "in one transaction"},
    config_key{"lifecycle", "batch_bytes_max", lifecycle<&l::batch_bytes_max>,
               whole_number{1024, one_gibibyte}, "bytes", "of those records"},
    config_key{"lifecycle", "batch_wait_ms", lifecycle<&l::batch_wait_ms>, whole_number{0, 60'000},
               "milliseconds", "for more records to join a transaction"},
    config_key{"lifecycle", "transaction_timeout_ms", lifecycle<&l::transaction_timeout_ms>,
               whole_number{1000, 900'000}, "milliseconds",
               "then the cluster aborts a transaction that nobody ends"},
    config_key{
        "lifecycle", "session_timeout_ms", lifecycle<&l::session_timeout_ms>,
        whole_number{1000, one_hour_ms}, "milliseconds",
        "without a heartbeat, then the partitions are another's; at most max_poll_interval_ms"},
    config_key{"lifecycle", "max_poll_interval_ms", lifecycle<&l::max_poll_interval_ms>,
               whole_number{1000, 86'400'000}, "milliseconds",
               "without a poll, with the same consequence"},
    config_key{"lifecycle", "watchdog_ms", lifecycle<&l::watchdog_ms>,
               whole_number{1000, one_hour_ms}, "milliseconds", "without progress, then exit 1"},
    config_key{"schema_registry", "url", registry<&r::url>, url_form, "",
               "of a Confluent-compatible API that knows the events' schemas; empty: none"},
    config_key{
        "schema_registry",
        "ids",
        registry<&r::ids>,
        {},
        "",
        "of schemas in events: off, header (the value stays JSON) or wire (before the value)"},
    config_key{"schema_registry", "username", registry<&r::username>, username_form, "",
               "empty: the registry asks for none"},
    config_key{"schema_registry",
               "password",
               registry<&r::password>,
               {},
               "",
               "of that user, as env:NAME or file:PATH"},
    config_key{"schema_registry", "timeout_ms", registry<&r::timeout_ms>,
               whole_number{1, one_hour_ms}, "milliseconds", "for an answer of the registry"},
    config_key{"log", "level", at<&config::log, &log_settings::level>, level_form, "",
               "error, warning, info or debug"},
};

constexpr std::array<std::pair<schema_ids, std::string_view>, 3> schema_ids_names{
    {{schema_ids::off, "off"}, {schema_ids::header, "header"}, {schema_ids::wire, "wire"}}};

struct assigner {
  const config_key& key;
  const config_node& node;
  config& to;

  std::string wrong(std::string_view must_be) const {
    return key.full_name() + " must be " + std::string{must_be} + "; it is " + show(node) + '.';
  }

  template <typename Integer>
  requires std::is_integral_v<Integer> std::optional<std::string>
  operator()(Integer* (*target)(config&)) const {
    const whole_number& form = std::get<whole_number>(key.form);
    const auto* number = std::get_if<std::int64_t>(&node.value);
    const bool fits = number != nullptr && ((*number >= form.min && *number <= form.max) ||
                                            (form.or_minus_one && *number == -1));
    if (!fits) {
      return wrong("a whole number from " + std::to_string(form.min) + " to " +
                   std::to_string(form.max) + " (" + std::string{key.unit} + ')' +
                   (form.or_minus_one ? ", or -1" : ""));
    }
    *target(to) = static_cast<Integer>(*number);
    return std::nullopt;
  }

  std::optional<std::string> operator()(bool* (*target)(config&)) const {
    const auto* flag = std::get_if<bool>(&node.value);
    if (flag == nullptr) return wrong("true or false");
    *target(to) = *flag;
    return std::nullopt;
  }

  std::optional<std::string> operator()(std::string* (*target)(config&)) const {
    const text_form& form = std::get<text_form>(key.form);
    if (node.text() == nullptr || !form.fits(*node.text())) {
      if (form.may_hold_secret)
        return key.full_name() + " must be " + std::string{form.must_be} + '.';
      return wrong(form.must_be);
    }
    *target(to) = *node.text();
    return std::nullopt;
  }

  std::optional<std::string> operator()(event_format* (*target)(config&)) const {
    const bool structured = node.text() != nullptr && *node.text() == "structured";
    if (!structured && (node.text() == nullptr || *node.text() != "binary")) {
      return wrong("binary or structured");
    }
    *target(to) = structured ? event_format::structured : event_format::binary;
    return std::nullopt;
  }

  std::optional<std::string> operator()(schema_ids* (*target)(config&)) const {
    for (const auto& [ids, name] : schema_ids_names) {
      if (node.text() == nullptr || *node.text() != name) continue;
      *target(to) = ids;
      return std::nullopt;
    }
    return wrong("off, header or wire");
  }

  std::optional<std::string> operator()(std::vector<std::string>* (*target)(config&)) const {
    const config_node::list* items = node.items();
    std::vector<std::string> texts;
    for (const config_node& item : items == nullptr ? config_node::list{} : *items) {
      if (item.text() != nullptr && !item.text()->empty()) texts.push_back(*item.text());
    }
    if (items == nullptr || texts.size() != items->size()) {
      return wrong("a list of texts, as in [\"name\", \"phone\"]");
    }
    *target(to) = std::move(texts);
    return std::nullopt;
  }

  std::optional<std::string> operator()(core::secret* (*)(config&)) const { return std::nullopt; }
  std::optional<std::string> operator()(std::map<std::string, core::secret>* (*)(config&)) const {
    return std::nullopt;
  }
};

struct shower {
  config& of;
  std::string operator()(bool* (*target)(config&)) const { return *target(of) ? "true" : "false"; }
  std::string operator()(auto* (*target)(
      config&)) const requires std::is_integral_v<std::remove_pointer_t<decltype(target(of))>> {
    return std::to_string(*target(of));
  }
  std::string operator()(std::string* (*target)(config&)) const { return '"' + *target(of) + '"'; }
  std::string operator()(event_format* (*target)(config&)) const {
    return *target(of) == event_format::binary ? "\"binary\"" : "\"structured\"";
  }
  std::string operator()(schema_ids* (*target)(config&)) const {
    const auto same = [&](const auto& one) { return one.first == *target(of); };
    const auto* found = std::find_if(schema_ids_names.begin(), schema_ids_names.end(), same);
    return '"' + std::string{found->second} + '"';
  }
  std::string operator()(core::secret* (*target)(config&)) const {
    return target(of)->reveal().empty() ? "\"\"" : "\"…\"";
  }
  std::string operator()(std::vector<std::string>* (*target)(config&)) const {
    std::string out;
    for (const std::string& text : *target(of)) out += (out.empty() ? "\"" : ", \"") + text + '"';
    return '[' + out + ']';
  }
  /// Values may be secrets: names alone.
  std::string operator()(std::map<std::string, core::secret>* (*target)(config&)) const {
    std::string out;
    for (const auto& [name, value] : *target(of)) {
      out += (out.empty() ? " \"" : ", \"") + name + "\" = \"…\"";
    }
    return out.empty() ? "{}" : '{' + out + " }";
  }
};

}  // namespace

std::span<const config_key> config_keys() {
  return keys;
}

std::optional<std::string> assign(const config_key& key, const config_node& node, config& to) {
  return std::visit(assigner{key, node, to}, key.target);
}

std::string show_value(const config_key& key, const config& of) {
  config copy = of;  // targets point into a config that could be written to
  return std::visit(shower{copy}, key.target);
}

std::optional<listen_address> parse_listen(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos || !is_port(text.substr(colon + 1), 0)) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  // Without brackets, the end of an IPv6 address would be taken for the port.
  if (host.empty() || bracketed != (host.find(':') != host.npos)) return std::nullopt;
  listen_address out{std::string{host}, 0};
  std::from_chars(text.data() + colon + 1, text.data() + text.size(), out.port);
  return out;
}

}  // namespace sinyal
