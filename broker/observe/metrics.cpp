#include "broker/observe/metrics.hpp"

#include "broker/observe/process.hpp"
#include "broker/observe/version.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <vector>

namespace sinyal::observe {

namespace {

using counter = prometheus::Counter;
using gauge = prometheus::Gauge;
using histogram = prometheus::Histogram;
using boundaries = histogram::BucketBoundaries;
template <typename Metric>
using family = prometheus::Family<Metric>;

constexpr std::array<std::string_view, 6> endpoint_names{
    "notifications", "recurring", "payments", "invoices", "subscriptions", ""};
constexpr std::array<int, 14> codes{200, 400, 401, 404, 405, 408, 411,
                                    413, 415, 422, 431, 502, 503, 504};
constexpr std::array<std::string_view, notification_result_count> result_names{
    "accepted",         "ping",      "account",   "bad_signature", "unsigned",
    "unknown_merchant", "bad_token", "malformed", "too_large",     "timeout",
    "overloaded",       "refused",   "not_stored"};
constexpr std::array<std::string_view, 3> transaction_names{"committed", "aborted", "fatal"};
constexpr std::size_t tracked_kinds = 3;  // payment, invoice, subscription: accounts have no state

const boundaries request_seconds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                 0.1,    0.25,  0.5,    1,     2.5,  5,     10};
const boundaries restore_seconds{0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600};
// From "as it happened" to the last of Midtrans's attempts and what a person sends anew days later.
const boundaries age_seconds{0.1, 0.5, 1,    2.5,  5,     10,    30,
                             60,  300, 1800, 3600, 21600, 86400, 604800};

template <std::size_t Size>
std::size_t position(const std::array<std::string_view, Size>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? Size - 1 : static_cast<std::size_t>(found - names.begin());
}

constexpr std::size_t index_of(auto value) {
  return static_cast<std::size_t>(value);
}

family<counter>& counters(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
family<gauge>& gauges(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}
family<histogram>& histograms(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

/// A family with one value that is there from the start.
prometheus::MetricFamily single(const char* name, const char* help, prometheus::MetricType type,
                                double value) {
  prometheus::ClientMetric metric;
  metric.counter.value = value;
  metric.gauge.value = value;
  return {name, help, type, {metric}};
}

void add_process(std::vector<prometheus::MetricFamily>& out) {
  using prometheus::MetricType;
  const process_figures now = read_process_figures();
  const auto bytes = [](std::uint64_t count) { return static_cast<double>(count); };
  out.push_back(single("process_cpu_seconds_total", "User and system CPU time spent, in seconds.",
                       MetricType::Counter, now.cpu_seconds));
  out.push_back(single("process_resident_memory_bytes", "Resident memory size in bytes.",
                       MetricType::Gauge, bytes(now.resident_bytes)));
  out.push_back(single("process_virtual_memory_bytes", "Virtual memory size in bytes.",
                       MetricType::Gauge, bytes(now.virtual_bytes)));
  out.push_back(single("process_open_fds", "Number of open file descriptors.", MetricType::Gauge,
                       bytes(now.open_fds)));
  out.push_back(single("process_max_fds", "Maximum number of open file descriptors.",
                       MetricType::Gauge, bytes(now.max_fds)));
  out.push_back(single("process_start_time_seconds",
                       "Start time of the process since 1970 in seconds.", MetricType::Gauge,
                       now.start_time_seconds));
}

}  // namespace

std::string_view to_string(notification_result result) {
  return result_names[index_of(result)];
}

/// The families, and the metrics of bounded labels by index: the hot path looks nothing up but the
/// merchant.
struct metrics::families {
  prometheus::Registry registry;

  family<counter>& http_requests =
      counters(registry, "sinyal_http_requests_total", "HTTP requests answered.");
  family<histogram>& http_durations =
      histograms(registry, "sinyal_http_request_duration_seconds",
                 "Time from a request's first byte to its answer, in seconds.");
  gauge& http_connections =
      gauges(registry, "sinyal_http_connections", "Open HTTP connections.").Add({});
  gauge& http_inflight =
      gauges(registry, "sinyal_http_inflight_requests", "HTTP requests being worked on.").Add({});
  family<counter>& notifications = counters(registry, "sinyal_notifications_total",
                                            "Notifications by what became of them at the door.");
  family<counter>& keys_used =
      counters(registry, "sinyal_signature_key_used_total",
               "Signatures verified, by the key's position in server_keys.");
  histogram& raw_ack = histograms(registry, "sinyal_raw_ack_duration_seconds",
                                  "Time from append to acknowledgement by all in-sync replicas.")
                           .Add({}, request_seconds);
  family<counter>& facts = counters(registry, "sinyal_facts_total", "Facts judged, by verdict.");
  family<counter>& signals = counters(registry, "sinyal_signals_total", "Signals published.");
  family<histogram>& ages =
      histograms(registry, "sinyal_event_age_seconds",
                 "Time from what an event tells of to its publication, in seconds.");
  family<counter>& quarantines = counters(
      registry, "sinyal_quarantined_total",
      "Notifications put aside, by reason and by whether their body claims that money came.");
  family<counter>& transactions_total =
      counters(registry, "sinyal_transactions_total", "Kafka transactions, by how they ended.");
  histogram& transaction_duration =
      histograms(registry, "sinyal_transaction_duration_seconds",
                 "Time from a transaction's begin to its end, in seconds.")
          .Add({}, request_seconds);
  family<gauge>& lag_records = gauges(registry, "sinyal_consumer_lag_records",
                                      "Raw records of a partition that are not processed yet.");
  family<gauge>& lag_seconds =
      gauges(registry, "sinyal_consumer_lag_seconds",
             "Age of the last record processed, while others wait; else 0.");
  family<gauge>& subjects =
      gauges(registry, "sinyal_state_subjects", "Subjects whose state is held, by kind.");
  histogram& restore = histograms(registry, "sinyal_state_restore_duration_seconds",
                                  "Time to rebuild a partition's state, in seconds.")
                           .Add({}, restore_seconds);
  gauge& kafka_up =
      gauges(registry, "sinyal_kafka_up", "1 while a broker is connected and answers.").Add({});
  std::function<bool()> asks_kafka;
  gauge& reload_successful = gauges(registry, "sinyal_config_last_reload_successful",
                                    "1 when the configuration was last read without an error.")
                                 .Add({});
  gauge& reload_time = gauges(registry, "sinyal_config_last_reload_success_timestamp_seconds",
                              "When the configuration was last read without an error.")
                           .Add({});

  std::array<std::array<counter*, codes.size()>, endpoint_names.size()> request_by;
  std::array<histogram*, endpoint_names.size()> duration_by;
  std::array<counter*, core::verdict_count> fact_by;
  std::array<counter*, core::signal_count> signal_by;
  std::array<histogram*, core::signal_count> age_by;
  std::array<std::array<counter*, 2>, core::reason_count> quarantine_by;
  std::array<counter*, transaction_names.size()> transaction_by;
  std::array<gauge*, tracked_kinds> subjects_by;

  using results = std::array<counter*, notification_result_count>;
  static constexpr std::size_t cached_keys = 4;  // more than a rotation needs; others are looked up
  struct of_merchant {
    std::array<results, endpoint_names.size()> result_by;
    std::array<std::atomic<counter*>, cached_keys> key_by{};
  };
  mutable std::shared_mutex merchants_mutex;
  std::map<std::string, of_merchant, std::less<>> merchants;

  struct lag {
    gauge* records;
    gauge* seconds;
  };
  std::mutex lags_mutex;
  std::map<std::int32_t, lag> lags;

  explicit families(std::string_view librdkafka) {
    const versions made_of = read_versions(librdkafka);
    gauges(registry, "sinyal_build_info", "What this program is made of; always 1.")
        .Add({{"version", made_of.version},
              {"commit", made_of.commit},
              {"librdkafka", made_of.librdkafka},
              {"boost", made_of.boost}})
        .Set(1);
    prepare_http();
    prepare_lifecycle();
    add_merchant("");
  }

  void prepare_http() {
    for (std::size_t at = 0; at < endpoint_names.size(); ++at) {
      const std::string name{endpoint_names[at]};
      duration_by[at] = &http_durations.Add({{"endpoint", name}}, request_seconds);
      for (std::size_t code = 0; code < codes.size(); ++code) {
        request_by[at][code] =
            &http_requests.Add({{"endpoint", name}, {"code", std::to_string(codes[code])}});
      }
    }
  }

  void prepare_lifecycle() {
    for (std::size_t at = 0; at < core::verdict_count; ++at) {
      const std::string name{to_string(static_cast<core::verdict>(at))};
      fact_by[at] = &facts.Add({{"verdict", name}});
    }
    for (std::size_t at = 0; at < core::signal_count; ++at) {
      const std::string name{core::signal_table[at].name};
      signal_by[at] = &signals.Add({{"signal", name}});
      age_by[at] = &ages.Add({{"signal", name}}, age_seconds);
    }
    for (std::size_t at = 0; at < core::reason_count; ++at) {
      const std::string name{to_string(static_cast<core::reason>(at))};
      quarantine_by[at] = {&quarantines.Add({{"reason", name}, {"money", "no"}}),
                           &quarantines.Add({{"reason", name}, {"money", "yes"}})};
    }
    for (std::size_t at = 0; at < transaction_names.size(); ++at) {
      transaction_by[at] =
          &transactions_total.Add({{"result", std::string{transaction_names[at]}}});
    }
    for (std::size_t at = 0; at < tracked_kinds; ++at) {
      const std::string name{to_string(static_cast<core::subject_kind>(at))};
      subjects_by[at] = &subjects.Add({{"kind", name}});
    }
  }

  of_merchant& add_merchant(std::string_view id) {
    const std::unique_lock lock{merchants_mutex};
    const auto [entry, is_new] = merchants.try_emplace(std::string{id});
    if (!is_new) return entry->second;
    // a request without an endpoint has no merchant either
    const std::size_t endpoints = endpoint_names.size() - (id.empty() ? 0 : 1);
    for (std::size_t at = 0; at < endpoints; ++at) {
      for (std::size_t result = 0; result < result_names.size(); ++result) {
        entry->second.result_by[at][result] =
            &notifications.Add({{"merchant", entry->first},
                                {"endpoint", std::string{endpoint_names[at]}},
                                {"result", std::string{result_names[result]}}});
      }
    }
    if (!id.empty()) entry->second.result_by.back() = entry->second.result_by.front();
    return entry->second;
  }

  /// Entries of the map never move and never go.
  of_merchant& merchant(std::string_view id) {
    {
      const std::shared_lock lock{merchants_mutex};
      if (const auto found = merchants.find(id); found != merchants.end()) return found->second;
    }
    return add_merchant(id);
  }

  counter& key_used(std::string_view id, std::uint32_t key) {
    of_merchant& owner = merchant(id);
    if (key < cached_keys) {
      if (counter* known = owner.key_by[key].load(std::memory_order_relaxed)) return *known;
    }
    // adding what is there already returns it
    counter& found = keys_used.Add({{"merchant", std::string{id}}, {"key", std::to_string(key)}});
    if (key < cached_keys) owner.key_by[key].store(&found, std::memory_order_relaxed);
    return found;
  }
};

metrics::metrics(std::string_view librdkafka) : families_{std::make_unique<families>(librdkafka)} {}
metrics::~metrics() = default;

void metrics::http_request(std::string_view endpoint, int code, double seconds) {
  const std::size_t at = position(endpoint_names, endpoint);
  families_->duration_by[at]->Observe(seconds);
  const auto known = std::find(codes.begin(), codes.end(), code);
  if (known != codes.end()) {
    families_->request_by[at][index_of(known - codes.begin())]->Increment();
  } else {
    families_->http_requests
        .Add({{"endpoint", std::string{endpoint_names[at]}}, {"code", std::to_string(code)}})
        .Increment();
  }
}
void metrics::http_connections(int now) {
  families_->http_connections.Set(now);
}
void metrics::http_inflight(int now) {
  families_->http_inflight.Set(now);
}

void metrics::add_merchant(std::string_view merchant, std::uint32_t keys) {
  families_->merchant(merchant);
  for (std::uint32_t key = 0; key < keys; ++key) families_->key_used(merchant, key);
}

void metrics::notification(std::string_view merchant, std::string_view endpoint,
                           notification_result result) {
  const std::size_t at = position(endpoint_names, endpoint);
  families_->merchant(merchant).result_by[at][index_of(result)]->Increment();
}

void metrics::signature_key_used(std::string_view merchant, std::uint32_t key) {
  families_->key_used(merchant, key).Increment();
}

void metrics::raw_ack(double seconds) {
  families_->raw_ack.Observe(seconds);
}
void metrics::kafka_up(std::function<bool()> asked) {
  families_->asks_kafka = std::move(asked);
}

void metrics::fact(core::verdict verdict) {
  families_->fact_by[index_of(verdict)]->Increment();
}

void metrics::signal(core::signal signal, double seconds) {
  families_->signal_by[index_of(signal)]->Increment();
  // A body may tell of any time, and our clock may be behind: a sum that sinks is no counter.
  families_->age_by[index_of(signal)]->Observe(std::max(seconds, 0.0));
}

void metrics::quarantined(core::reason reason, bool money) {
  families_->quarantine_by[index_of(reason)][money ? 1 : 0]->Increment();
}

void metrics::transaction(transaction_result result, double seconds) {
  families_->transaction_by[index_of(result)]->Increment();
  families_->transaction_duration.Observe(seconds);
}

void metrics::consumer_lag(std::int32_t partition, std::int64_t records, double seconds) {
  const std::lock_guard lock{families_->lags_mutex};
  auto found = families_->lags.find(partition);
  if (found == families_->lags.end()) {
    const prometheus::Labels labels{{"partition", std::to_string(partition)}};
    const families::lag fresh{&families_->lag_records.Add(labels),
                              &families_->lag_seconds.Add(labels)};
    found = families_->lags.emplace(partition, fresh).first;
  }
  found->second.records->Set(static_cast<double>(records));
  found->second.seconds->Set(seconds);
}

void metrics::consumer_lag_gone(std::int32_t partition) {
  const std::lock_guard lock{families_->lags_mutex};
  const auto found = families_->lags.find(partition);
  if (found == families_->lags.end()) return;
  families_->lag_records.Remove(found->second.records);
  families_->lag_seconds.Remove(found->second.seconds);
  families_->lags.erase(found);
}

void metrics::state_subjects(core::subject_kind kind, std::int64_t now) {
  if (index_of(kind) < tracked_kinds) {
    families_->subjects_by[index_of(kind)]->Set(static_cast<double>(now));
  }
}

void metrics::state_restored(double seconds) {
  families_->restore.Observe(seconds);
}

void metrics::config_reloaded(bool successful, double at_unix_seconds) {
  families_->reload_successful.Set(successful ? 1 : 0);
  if (successful) families_->reload_time.Set(at_unix_seconds);
}

std::string metrics::expose() const {
  if (families_->asks_kafka) families_->kafka_up.Set(families_->asks_kafka() ? 1 : 0);
  std::vector<prometheus::MetricFamily> all = families_->registry.Collect();
  add_process(all);
  return prometheus::TextSerializer{}.Serialize(all);
}

}  // namespace sinyal::observe
