#pragma once
// Everything that can be configured, with its default, its unit and its reason, in one place.
// File, then SINYAL_<SECTION>__<KEY>, then flags; all errors at once. Keys are a public contract.

#include "broker/core/secret.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sinyal {

struct http_settings {
  std::string listen = "0.0.0.0:8080";
  std::uint32_t header_bytes_max = 8192;
  std::uint32_t header_fields_max = 64;
  std::uint32_t body_bytes_max = 262144;
  std::uint32_t json_depth_max = 32;
  std::uint32_t connections_max = 8192;
  std::uint32_t inflight_max = 4096;            // requests
  std::uint64_t inflight_bytes_max = 67108864;  // bodies of those
  std::uint32_t requests_per_connection_max = 10000;
  std::uint32_t header_timeout_ms = 5000;
  std::uint32_t body_timeout_ms = 10000;  // absolute, from the header's end
  std::uint32_t idle_timeout_ms = 60000;
  std::uint32_t write_timeout_ms = 5000;
  std::uint32_t deadline_ms = 4000;  // from the body's last byte to our answer
  std::uint32_t retry_after_s = 30;
  std::uint32_t drain_delay_ms = 5000;
  std::uint32_t drain_timeout_ms = 10000;
};

struct admin_settings {
  std::string listen = "127.0.0.1:9090";
};

struct kafka_settings {
  std::string bootstrap_servers = "localhost:9092";
  std::string topic_prefix = "midtrans";
  std::string source_prefix;  // of the raw log; empty: topic_prefix
  std::int32_t partitions = 12;
  std::int32_t replication_factor = 3;
  bool create_topics = false;
  bool allow_single_copy = false;
  std::uint32_t linger_ms = 1;
  std::uint32_t queue_records_max = 100000;
  std::uint64_t queue_bytes_max = 67108864;
  std::uint32_t message_timeout_ms = 10000;
  std::uint32_t reconnect_backoff_max_ms = 500;
  std::uint32_t record_bytes_max = 1000000;
  std::uint32_t start_timeout_ms = 30000;
  std::int32_t retention_notifications_days = -1;  // -1: for ever
  std::int32_t retention_quarantine_days = 90;
  std::int32_t retention_signals_days = 30;
  /// Handed to librdkafka as they are; `env:` and `file:` values are resolved already.
  std::map<std::string, core::secret> properties;

  const std::string& raw_prefix() const {
    return source_prefix.empty() ? topic_prefix : source_prefix;
  }
  static constexpr std::uint32_t record_bytes_min = 20'000;
  /// What a subject's state may grow to, with its key and headers.
  static constexpr std::uint32_t state_record_bytes = 950'000;
  /// Quarantine writes a raw record again, with its reasons. One that left no room for them could
  /// not be put aside, and would stop its partition: it is not stored in the first place.
  static constexpr std::uint32_t reasons_bytes_max = 8192;
  std::uint32_t raw_record_bytes_max() const { return record_bytes_max - reasons_bytes_max; }
};

enum class event_format : std::uint8_t { binary, structured };

struct lifecycle_settings {
  std::string group = "sinyal-lifecycle";
  std::string instance;  // empty in the file: the host's name
  sinyal::event_format event_format = event_format::binary;
  std::vector<std::string> redact;  // more keys that events' `notification` leaves out
  std::uint32_t batch_records_max = 5000;
  std::uint64_t batch_bytes_max = 8388608;
  std::uint32_t batch_wait_ms = 5;
  std::uint32_t transaction_timeout_ms = 10000;
  std::uint32_t session_timeout_ms = 30000;
  std::uint32_t max_poll_interval_ms = 60000;
  std::uint32_t watchdog_ms = 30000;
};

/// Where an event says by which id a schema registry knows its schema.
enum class schema_ids : std::uint8_t {
  off,     // nowhere
  header,  // in a header; the value stays plain JSON
  wire,    // in five bytes before the value
};

struct schema_registry_settings {
  std::string url;  // empty: there is none
  schema_ids ids = schema_ids::off;
  std::string username;  // empty: none is asked for
  core::secret password;
  std::uint32_t timeout_ms = 5000;  // of one request
};

struct log_settings {
  std::string level = "info";  // error, warning, info, debug
};

struct merchant {
  std::string id;
  std::vector<core::secret> server_keys;
  std::vector<core::secret> recurring_tokens;
  std::vector<core::secret> api_tokens;
};

struct config {
  http_settings http;
  admin_settings admin;
  kafka_settings kafka;
  lifecycle_settings lifecycle;
  schema_registry_settings schema_registry;
  log_settings log;
  std::vector<merchant> merchants;
};

/// A `listen` taken apart; brackets around an IPv6 address are off.
struct listen_address {
  std::string host;
  std::uint16_t port = 0;
  bool operator==(const listen_address&) const = default;
};
std::optional<listen_address> parse_listen(std::string_view text);

/// Where a configuration comes from.
struct config_source {
  std::optional<std::string> file;                 // absent: what SINYAL_CONFIG names, or none
  std::map<std::string, std::string> environment;  // as `environ`; all of it
  std::vector<std::string> sets;                   // --set section.key=value
};

struct config_result {
  config value;                     // meaningful when there are no errors
  std::vector<std::string> errors;  // every problem found, each a sentence that says what to change
  std::vector<std::string> warnings;
  bool kafka_usable = true;  // no error concerns what is needed to reach the cluster
};

/// Reads the file and the secrets it names. Never throws for what a user wrote.
config_result load_config(const config_source& source);

}  // namespace sinyal
