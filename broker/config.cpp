#include "broker/config.hpp"

#include "broker/config/keys.hpp"
#include "broker/config/layers.hpp"
#include "broker/config/merchants.hpp"
#include "broker/config/properties.hpp"
#include "broker/config/secrets.hpp"

#include <variant>

namespace sinyal {

namespace {

struct shown {
  std::string operator()(std::monostate) const { return "a date or time"; }
  std::string operator()(const std::string& text) const { return '"' + text + '"'; }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const { return std::to_string(number); }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(const config_node::list&) const { return "a list"; }
  std::string operator()(const config_node::table&) const { return "a table"; }
};

void read_secret(const config_key& key, const config_node& node,
                 const std::map<std::string, std::string>& environment, config_result& out) {
  const std::string named = node.origin + ": " + key.full_name();
  if (node.text() == nullptr) {
    out.errors.push_back(named + " must be a text: env:NAME or file:PATH.");
    return;
  }
  if (node.text()->empty()) return;  // as if it were not given
  secret_result resolved = resolve_secret(*node.text(), environment);
  if (!resolved.value) {
    out.errors.push_back(named + " is a secret, and " + resolved.error + '.');
    return;
  }
  *std::get<core::secret* (*)(config&)>(key.target)(out.value) = std::move(*resolved.value);
}

/// `fits`: no key of the section has an error of its own already.
void check_registry(const config& all, bool fits, config_result& out) {
  const schema_registry_settings& registry = all.schema_registry;
  if (!fits) return;
  if (registry.ids != schema_ids::off && registry.url.empty()) {
    out.errors.emplace_back(
        "schema_registry.ids needs a registry to ask for them: set schema_registry.url, or leave "
        "ids off.");
  }
  if (registry.ids != schema_ids::off && all.lifecycle.event_format != event_format::binary) {
    out.errors.emplace_back(
        "schema_registry.ids needs lifecycle.event_format to be binary: the schemas are of an "
        "event's value, and a structured event wraps it.");
  }
  if (registry.username.empty() != registry.password.reveal().empty()) {
    out.errors.emplace_back(
        "schema_registry.username and schema_registry.password go together: set both or neither.");
  }
  if (!registry.password.reveal().empty() && registry.url.starts_with("http:")) {
    out.warnings.emplace_back(
        "schema_registry.url is plain http: schema_registry.password goes there in the open.");
  }
}

// transaction.abort.timed.out.transaction.cleanup.interval.ms, by default
constexpr std::uint32_t broker_scan_ms = 10000;

/// What one key alone cannot tell.
void check_together(const config& all, config_result& out) {
  const auto text = [](std::uint64_t number) { return std::to_string(number); };
  const kafka_settings& kafka = all.kafka;
  const lifecycle_settings& lifecycle = all.lifecycle;
  const auto http_listen = parse_listen(all.http.listen);
  const auto admin_listen = parse_listen(all.admin.listen);
  if (http_listen && http_listen == admin_listen && http_listen->port != 0) {
    out.errors.push_back("http.listen and admin.listen are both " + all.http.listen +
                         ": give one of them another port.");
  }
  if (kafka.message_timeout_ms > lifecycle.transaction_timeout_ms) {
    out.errors.push_back("kafka.message_timeout_ms (" + text(kafka.message_timeout_ms) +
                         ") must not be above lifecycle.transaction_timeout_ms (" +
                         text(lifecycle.transaction_timeout_ms) +
                         "): a record may not outlive its transaction.");
  }
  if (kafka.linger_ms >= kafka.message_timeout_ms) {
    out.errors.push_back("kafka.linger_ms (" + text(kafka.linger_ms) +
                         ") must be below kafka.message_timeout_ms (" +
                         text(kafka.message_timeout_ms) + ").");
  }
  if (lifecycle.session_timeout_ms > lifecycle.max_poll_interval_ms) {
    out.errors.push_back("lifecycle.session_timeout_ms (" + text(lifecycle.session_timeout_ms) +
                         ") must not be above lifecycle.max_poll_interval_ms (" +
                         text(lifecycle.max_poll_interval_ms) + ").");
  }
  // What a frozen instance left open must have ended when another one reads on.
  if (lifecycle.session_timeout_ms < lifecycle.transaction_timeout_ms + broker_scan_ms) {
    out.warnings.push_back("lifecycle.session_timeout_ms (" + text(lifecycle.session_timeout_ms) +
                           ") is less than " + text(broker_scan_ms) +
                           " above lifecycle.transaction_timeout_ms (" +
                           text(lifecycle.transaction_timeout_ms) +
                           "): Kafka needs that long to end what a frozen process left open.");
  }
  if (all.http.body_bytes_max > kafka.raw_record_bytes_max()) {
    out.warnings.push_back("http.body_bytes_max (" + text(all.http.body_bytes_max) +
                           ") leaves less than " + text(kafka_settings::reasons_bytes_max) +
                           " bytes of kafka.record_bytes_max (" + text(kafka.record_bytes_max) +
                           ") for what stands beside a body: bodies that large are taken in but "
                           "cannot be stored.");
  }
  if (kafka.record_bytes_max < kafka_settings::state_record_bytes) {
    out.warnings.push_back("kafka.record_bytes_max (" + text(kafka.record_bytes_max) +
                           ") is below " + text(kafka_settings::state_record_bytes) +
                           ", to which the state of a subject may grow: what is told of a larger "
                           "one goes to quarantine.");
  }
  if (kafka.allow_single_copy) {
    out.warnings.push_back(
        "kafka.allow_single_copy is true: one broker's loss can lose what was acknowledged.");
  }
}

}  // namespace

std::string show(const config_node& node) {
  return std::visit(shown{}, node.value);
}

config_result load_config(const config_source& source) {
  config_result out;
  const config_layers given = read_layers(source, out.errors);
  out.kafka_usable = out.errors.empty();  // what could not be read may have been Kafka's
  bool registry_fits = out.errors.empty();
  const auto keys = config_keys();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!given.of_key[i]) continue;
    const config_node& node = *given.of_key[i];
    const std::size_t errors_before = out.errors.size();
    if (keys[i].is_properties()) {
      out.value.kafka.properties = read_properties(node, source.environment, out.errors);
    } else if (keys[i].is_secret()) {
      read_secret(keys[i], node, source.environment, out);
    } else if (const auto wrong = assign(keys[i], node, out.value)) {
      out.errors.push_back(node.origin + ": " + *wrong);
    }
    const bool wrong_here = out.errors.size() > errors_before;
    if (keys[i].section == "kafka" && wrong_here) out.kafka_usable = false;
    if (keys[i].section == "schema_registry" && wrong_here) registry_fits = false;
  }
  if (given.merchants) {
    out.value.merchants = read_merchants(*given.merchants, source.environment, out.errors);
  }
  check_together(out.value, out);
  check_registry(out.value, registry_fits, out);
  return out;
}

}  // namespace sinyal
