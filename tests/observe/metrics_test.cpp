#include "broker/observe/metrics.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

using namespace sinyal::observe;
namespace core = sinyal::core;

namespace {

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

/// A sample line, whatever the order of its labels: the name, every label, and the value.
bool has_sample(const std::string& text, const std::string& name,
                const std::vector<std::string>& labels, const std::string& value) {
  std::size_t begin = 0;
  while (begin < text.size()) {
    const auto end = text.find('\n', begin);
    const std::string line = text.substr(begin, end - begin);
    bool fits =
        line.starts_with(name + (labels.empty() ? " " : "{")) && line.ends_with(" " + value);
    for (const std::string& label : labels) fits = fits && line.find(label) != line.npos;
    if (fits) return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace

TEST_CASE("every metric of the contract is there before anything has happened") {
  const std::string text = metrics{}.expose();
  struct row {
    const char* name;
    const char* type;
  };
  for (const row& one : {
           row{"sinyal_build_info", "gauge"},
           row{"sinyal_http_requests_total", "counter"},
           row{"sinyal_http_request_duration_seconds", "histogram"},
           row{"sinyal_http_connections", "gauge"},
           row{"sinyal_http_inflight_requests", "gauge"},
           row{"sinyal_notifications_total", "counter"},
           row{"sinyal_raw_ack_duration_seconds", "histogram"},
           row{"sinyal_facts_total", "counter"},
           row{"sinyal_signals_total", "counter"},
           row{"sinyal_quarantined_total", "counter"},
           row{"sinyal_transactions_total", "counter"},
           row{"sinyal_transaction_duration_seconds", "histogram"},
           row{"sinyal_event_age_seconds", "histogram"},
           row{"sinyal_state_subjects", "gauge"},
           row{"sinyal_state_restore_duration_seconds", "histogram"},
           row{"sinyal_kafka_up", "gauge"},
           row{"sinyal_config_last_reload_successful", "gauge"},
           row{"sinyal_config_last_reload_success_timestamp_seconds", "gauge"},
           row{"process_cpu_seconds_total", "counter"},
           row{"process_resident_memory_bytes", "gauge"},
           row{"process_virtual_memory_bytes", "gauge"},
           row{"process_open_fds", "gauge"},
           row{"process_max_fds", "gauge"},
           row{"process_start_time_seconds", "gauge"},
       }) {
    CAPTURE(one.name);
    CHECK(has_line(text, std::string{"# TYPE "} + one.name + ' ' + one.type));
  }
}

TEST_CASE("all label values that are known appear with 0 from the start") {
  metrics counted;
  counted.add_merchant("G1", 2);
  const std::string text = counted.expose();
  for (const core::signal_info& one : core::signal_table) {
    const std::string label = "signal=\"" + std::string{one.name} + "\"";
    CAPTURE(label);
    CHECK(has_sample(text, "sinyal_signals_total", {label}, "0"));
    CHECK(has_sample(text, "sinyal_event_age_seconds_count", {label}, "0"));
  }
  for (const char* verdict : {"advance", "repeat", "late", "conflict"}) {
    CAPTURE(verdict);
    CHECK(has_sample(text, "sinyal_facts_total", {std::string{"verdict=\""} + verdict + '"'}, "0"));
  }
  for (std::size_t i = 0; i < core::reason_count; ++i) {
    const std::string reason{to_string(static_cast<core::reason>(i))};
    CAPTURE(reason);
    for (const char* money : {"money=\"yes\"", "money=\"no\""}) {
      CHECK(has_sample(text, "sinyal_quarantined_total", {"reason=\"" + reason + '"', money}, "0"));
    }
  }
  for (const char* result : {"committed", "aborted", "fatal"}) {
    const std::string label = std::string{"result=\""} + result + '"';
    CHECK(has_sample(text, "sinyal_transactions_total", {label}, "0"));
  }
  for (std::size_t i = 0; i < notification_result_count; ++i) {
    const std::string result{to_string(static_cast<notification_result>(i))};
    CAPTURE(result);
    for (const char* merchant : {"merchant=\"\"", "merchant=\"G1\""}) {
      CHECK(has_sample(text, "sinyal_notifications_total",
                       {merchant, "endpoint=\"recurring\"", "result=\"" + result + '"'}, "0"));
    }
  }
  for (const char* key : {"key=\"0\"", "key=\"1\""}) {
    CHECK(has_sample(text, "sinyal_signature_key_used_total", {"merchant=\"G1\"", key}, "0"));
  }
  CHECK(has_sample(text, "sinyal_http_requests_total", {"endpoint=\"payments\"", "code=\"422\""},
                   "0"));
}

TEST_CASE("what happens is counted under its labels") {
  metrics counted;
  counted.http_request("notifications", 200, 0.002);
  counted.http_request("no such endpoint", 404, 0.001);
  counted.http_request("payments", 418, 0.001);
  counted.notification("G1", "notifications", notification_result::is_unsigned);
  counted.notification("", "notifications", notification_result::unknown_merchant);
  for (int i = 0; i < 3; ++i) counted.signature_key_used("G1", 1);
  counted.signature_key_used("G1", 9);
  counted.fact(core::verdict::late);
  counted.signal(core::signal::payment_settled, 90'000);
  counted.quarantined(core::reason::amount_mismatch, true);
  counted.transaction(transaction_result::aborted, 0.04);
  counted.state_subjects(core::subject_kind::invoice, 12);
  counted.kafka_up([] { return true; });
  const std::string text = counted.expose();
  struct row {
    const char* name;
    std::vector<std::string> labels;
    const char* value;
  };
  for (const row& one : std::vector<row>{
           {"sinyal_http_requests_total", {"endpoint=\"notifications\"", "code=\"200\""}, "1"},
           {"sinyal_http_request_duration_seconds_count", {"endpoint=\"notifications\""}, "1"},
           {"sinyal_http_requests_total", {"endpoint=\"\"", "code=\"404\""}, "1"},
           {"sinyal_http_requests_total", {"endpoint=\"payments\"", "code=\"418\""}, "1"},
           {"sinyal_notifications_total", {"merchant=\"G1\"", "result=\"unsigned\""}, "1"},
           {"sinyal_notifications_total", {"merchant=\"\"", "result=\"unknown_merchant\""}, "1"},
           {"sinyal_signature_key_used_total", {"merchant=\"G1\"", "key=\"1\""}, "3"},
           {"sinyal_signature_key_used_total", {"merchant=\"G1\"", "key=\"9\""}, "1"},
           {"sinyal_facts_total", {"verdict=\"late\""}, "1"},
           {"sinyal_signals_total", {"signal=\"payment_settled\""}, "1"},
           {"sinyal_event_age_seconds_bucket", {"payment_settled", "le=\"21600\""}, "0"},
           {"sinyal_event_age_seconds_bucket", {"payment_settled", "le=\"604800\""}, "1"},
           {"sinyal_quarantined_total", {"reason=\"amount_mismatch\"", "money=\"yes\""}, "1"},
           {"sinyal_transactions_total", {"result=\"aborted\""}, "1"},
           {"sinyal_state_subjects", {"kind=\"invoice\""}, "12"},
           {"sinyal_kafka_up", {}, "1"},
       }) {
    CAPTURE(one.name);
    CAPTURE(one.labels);
    CHECK(has_sample(text, one.name, one.labels, one.value));
  }
}

TEST_CASE("an event that tells of the future has no age, and takes none from the others") {
  metrics counted{"2.0.2"};
  counted.signal(core::signal::payment_settled, 2);
  counted.signal(core::signal::payment_settled, -250'000'000'000.0);  // as of the year 9999
  const std::vector<std::string> label{"payment_settled"};
  CHECK(has_sample(counted.expose(), "sinyal_event_age_seconds_sum", label, "2"));
  CHECK(has_sample(counted.expose(), "sinyal_event_age_seconds_count", label, "2"));
}

TEST_CASE("a partition that went to another process leaves no lag behind") {
  metrics counted;
  counted.consumer_lag(3, 17, 2.5);
  CHECK(has_line(counted.expose(), "sinyal_consumer_lag_records{partition=\"3\"} 17"));
  CHECK(has_line(counted.expose(), "sinyal_consumer_lag_seconds{partition=\"3\"} 2.5"));
  counted.consumer_lag_gone(3);
  counted.consumer_lag_gone(4);
  CHECK(counted.expose().find("partition=\"3\"") == std::string::npos);
  counted.consumer_lag(3, 1, 0.5);
  CHECK(has_line(counted.expose(), "sinyal_consumer_lag_records{partition=\"3\"} 1"));
}

TEST_CASE("a reload that failed keeps the time of the last good one") {
  metrics counted;
  counted.config_reloaded(true, 1795400134);
  counted.config_reloaded(false, 1795400999);
  const std::string text = counted.expose();
  CHECK(has_line(text, "sinyal_config_last_reload_successful 0"));
  CHECK(has_line(text, "sinyal_config_last_reload_success_timestamp_seconds 1795400134"));
}

TEST_CASE("counting from several threads loses nothing") {
  metrics counted;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 1000; ++i) {
          counted.notification("G" + std::to_string(i % 7), "notifications",
                               notification_result::accepted);
          counted.signature_key_used("G0", 0);
          counted.consumer_lag(t, i, 0);
        }
      });
    }
  }
  const std::string text = counted.expose();
  CHECK(has_sample(text, "sinyal_signature_key_used_total", {"key=\"0\""}, "4000"));
  CHECK(has_sample(text, "sinyal_notifications_total",
                   {"merchant=\"G6\"", "endpoint=\"notifications\"", "result=\"accepted\""},
                   "568"));
}

TEST_CASE("the process tells of itself") {
  const std::string text = metrics{}.expose();
  for (const char* name : {"process_resident_memory_bytes", "process_virtual_memory_bytes",
                           "process_open_fds", "process_max_fds", "process_start_time_seconds"}) {
    CAPTURE(name);
    CHECK(text.find(std::string{"\n"} + name + ' ') != std::string::npos);
    CHECK_FALSE(has_line(text, std::string{name} + " 0"));
  }
}

TEST_CASE("promtool finds nothing to improve, where it is installed") {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) return;
  metrics counted;
  counted.add_merchant("G1", 1);
  counted.consumer_lag(0, 1, 1);
  std::FILE* const tool = ::popen("promtool check metrics >/dev/null 2>&1", "w");
  REQUIRE(tool != nullptr);
  const std::string text = counted.expose();
  std::fwrite(text.data(), 1, text.size(), tool);
  CHECK(::pclose(tool) == 0);
}
