#pragma once
// The loop on the strict fake, with a transformer that is easily checked: what it writes shows
// whether state was lost, doubled or taken from an aborted batch.

#include "broker/core/subject.hpp"
#include "broker/lifecycle/processor.hpp"
#include "tests/support/fake_lifecycle_log.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace sinyal::test {

using namespace std::chrono_literals;

/// One signal per record, numbered per subject; the number is all of the state.
inline lifecycle::transformed count_up(const codec::record_view& raw,
                                       std::optional<std::string_view> state) {
  lifecycle::transformed made;
  const std::string number = std::to_string(state ? std::stoi(std::string{*state}) + 1 : 1);
  codec::outgoing_record signal;
  signal.to = codec::destination::signal;
  signal.key = raw.key;
  signal.value = number;
  signal.headers.add("sinyal_cause",
                     std::to_string(raw.partition) + ":" + std::to_string(raw.offset));
  codec::outgoing_record kept;
  kept.to = codec::destination::state;
  kept.key = raw.key;
  kept.value = number;
  made.records = {signal, kept};
  made.verdict = core::verdict::advance;
  made.emissions.emplace_back().signal = core::signal::payment_settled;
  return made;
}

inline lifecycle::transformer make_transformer() {
  lifecycle::transformer made;
  made.apply =
      [](const codec::record_view& raw,
         std::optional<std::string_view> state) -> boost::system::result<lifecycle::transformed> {
    if (raw.value == "throw") throw std::runtime_error{"cannot"};
    if (raw.value == "unreadable") {
      return boost::system::errc::make_error_code(boost::system::errc::bad_message);
    }
    auto out = count_up(raw, state);
    if (raw.value == "huge") out.records[0].headers.add("huge", "yes");
    return out;
  };
  made.give_up = [](const codec::record_view& raw, std::optional<std::string_view>,
                    const std::string& message) {
    lifecycle::transformed out;
    codec::outgoing_record quarantined;
    quarantined.to = codec::destination::quarantine;
    quarantined.key = raw.key;
    quarantined.value = message;
    out.records = {quarantined};
    return out;
  };
  return made;
}

/// What was logged, in memory.
struct log_text {
  log_text() : file{::open_memstream(&text, &size)} {}
  ~log_text() {
    std::fclose(file);
    std::free(text);
  }
  log_text(const log_text&) = delete;
  log_text& operator=(const log_text&) = delete;
  bool says(std::string_view what) const {
    std::fflush(file);
    return std::string_view{text, size}.find(what) != std::string_view::npos;
  }

  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* file;
};

constexpr std::int32_t partitions = 2;

/// A key that belongs to a partition, the nth of them.
inline std::string key_in(std::int32_t partition, int nth) {
  for (int i = 0;; ++i) {
    std::string key = "M:payment:" + std::to_string(i);
    if (core::partition_of(key, partitions) == partition && nth-- == 0) return key;
  }
}

struct bench {
  fake_lifecycle_log log;
  observe::metrics metrics;
  log_text told;
  observe::logger logger{{.level = observe::log_level::error, .out = told.file}};
  lifecycle::processor_settings settings = make_settings();
  std::unique_ptr<lifecycle::processor> subject;
  bool ready_at_end = false;

  static lifecycle::processor_settings make_settings() {
    lifecycle::processor_settings made;
    made.partitions = partitions;
    made.lifecycle.transaction_timeout_ms = 10000;  // a busy machine takes its time
    made.waits.fenced_watch = 0ms;
    made.waits.restart_backoff = 1ms;
    made.waits.abort_backoff = 1ms;
    made.waits.abort_backoff_max = 2ms;
    made.waits.call_again = 1ms;
    made.waits.idle_poll = 1ms;
    made.waits.restore_slice = 5ms;
    return made;
  }

  /// Three subjects in two partitions, so many records each.
  void fill(int records) {
    for (int i = 0; i < records; ++i) {
      log.raws[i % 2].push_back({key_in(i % 2, i % 3), std::to_string(i)});
    }
  }
  /// Until there has been nothing to do for a while.
  lifecycle::processor::outcome run() {
    subject =
        std::make_unique<lifecycle::processor>(settings, make_transformer(), log, metrics, logger);
    if (!log.on_idle) {
      log.on_idle = [this, since = 0](int idle) mutable {
        if (since == 0) since = idle;
        if (idle - since < 30) return;
        ready_at_end = subject->ready();
        subject->request_stop();
      };
    }
    return subject->run();
  }
};

/// Each record's signal once, and each subject's numbers 1, 2, 3 …
inline void check_whole(const bench& at, std::size_t missing = 0) {
  std::set<std::string> causes;
  std::map<std::string, int> numbers;
  for (const written& each : at.log.outputs) {
    if (each.record.to != codec::destination::signal) continue;
    const bool is_new =
        causes.insert(std::string{*each.record.headers.find("sinyal_cause")}).second;
    CHECK_MESSAGE(is_new, "a signal twice");
    CHECK(std::stoi(*each.record.value) == ++numbers[each.record.key]);
  }
  std::size_t raws = 0;
  for (const auto& [partition, records] : at.log.raws) raws += records.size();
  CHECK(causes.size() + missing == raws);
}

inline log_failure failure(failure_class what, std::string reason = "INJECTED") {
  return {what, std::move(reason), "injected", {}};
}

}  // namespace sinyal::test
