#pragma once
// Every metric of the contract, counted from any thread. Labels are bounded: merchants are those of
// the configuration, all others are "". The prometheus library stays behind this header.

#include "broker/core/decide.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sinyal::observe {

/// Label `result` of sinyal_notifications_total.
enum class notification_result : std::uint8_t {
  accepted,
  ping,
  account,
  bad_signature,
  is_unsigned,  // shown as "unsigned"
  unknown_merchant,
  bad_token,
  malformed,
  too_large,
  timeout,
  overloaded,
  refused,
  not_stored,
};
inline constexpr std::size_t notification_result_count = 13;
std::string_view to_string(notification_result result);

/// Label `result` of sinyal_transactions_total.
enum class transaction_result : std::uint8_t { committed, aborted, fatal };

class metrics {
 public:
  /// The client library's version is shown by sinyal_build_info.
  explicit metrics(std::string_view librdkafka = {});
  ~metrics();
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;

  // ingest. `endpoint` is one of codec::endpoint's names, or "" for a path that is none.
  void http_request(std::string_view endpoint, int code, double seconds);
  void http_connections(int now);
  void http_inflight(int now);
  void notification(std::string_view merchant, std::string_view endpoint,
                    notification_result result);
  /// A merchant of the configuration and how many server keys it has: its series are there from 0.
  void add_merchant(std::string_view merchant, std::uint32_t keys);
  void signature_key_used(std::string_view merchant, std::uint32_t key);
  void raw_ack(double seconds);

  // lifecycle
  void fact(core::verdict verdict);
  /// Published; `age_seconds` since what it tells of happened.
  void signal(core::signal signal, double age_seconds);
  void quarantined(core::reason reason, bool money);
  void transaction(transaction_result result, double seconds);
  void consumer_lag(std::int32_t partition, std::int64_t records, double seconds);
  void consumer_lag_gone(std::int32_t partition);  // the partition is another's now
  void state_subjects(core::subject_kind kind, std::int64_t now);
  void state_restored(double seconds);

  /// Asked whenever the text is made, on the thread that wants it.
  void kafka_up(std::function<bool()> asked);

  // configuration
  void config_reloaded(bool successful, double at_unix_seconds);

  /// Text exposition format 0.0.4, process_* included.
  std::string expose() const;

 private:
  struct families;
  std::unique_ptr<families> families_;
};

}  // namespace sinyal::observe
