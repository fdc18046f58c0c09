#include "broker/cli/command.hpp"
#include "broker/cli/configuration.hpp"
#include "broker/cli/exit_status.hpp"
#include "broker/cli/lifecycle_role.hpp"
#include "broker/cli/progress_line.hpp"
#include "broker/cli/schema_registry.hpp"
#include "broker/cli/signals.hpp"
#include "broker/cli/unfit_topics.hpp"
#include "broker/cli/verify.hpp"
#include "broker/kafka/group_consumer.hpp"
#include "broker/kafka/names.hpp"
#include "broker/kafka/stretch_reader.hpp"
#include "broker/lifecycle/restore.hpp"
#include "broker/observe/clock.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iostream>
#include <numeric>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace sinyal::cli {

namespace {

using namespace std::chrono_literals;

struct verify_options {
  configuration_options configuration;
  bool json = false;
};

int verify_failed(const std::string& why) {
  std::cerr << "sinyal verify: " << why << '\n';
  return exit_failed;
}

/// One audit of all partitions. What it calls blocks; a request to stop is seen between the calls.
class verification {
 public:
  verification(const config& all, codec::schema_marks marks, const verify_options& options,
               const std::atomic<bool>& stop)
      : all_{all},
        transform_{transform_settings_of(all, std::move(marks))},
        style_{all.kafka.topic_prefix, options.json, !options.json && ::isatty(STDOUT_FILENO) == 1},
        stop_{stop} {
    outputs_.push_back({codec::destination::state});
    outputs_.push_back({codec::destination::quarantine});
    for (std::size_t i = 0; i < core::signal_count; ++i) {
      outputs_.push_back({codec::destination::signal, static_cast<core::signal>(i)});
    }
  }

  /// Whether all is the same, or why that cannot be told.
  log_result<bool> run() {
    auto reader = kafka::stretch_reader::make(all_.kafka, logger_);
    if (!reader) return reader.error();
    reader_ = std::move(*reader);
    // In this order: what the positions cover is within the ends that are asked for after them.
    const auto positions = processed();
    if (!positions) return positions.error();
    if (stop_) return interrupted();
    const auto raw = raw_ranges();
    if (!raw) return raw.error();
    const auto scopes = scopes_of(*positions, *raw);
    if (!scopes) return scopes.error();
    for (const lifecycle::audit_scope& each : *scopes) {
      if (auto done = one(each); !done) return done.error();
      if (stop_) return interrupted();
    }
    conclude(*raw, *scopes);
    return verified_.totals.different() == 0;
  }

  void clear_line() { line_.clear(); }

 private:
  template <class Call>
  auto answered(Call&& call) -> decltype(call()) {
    const auto until = std::chrono::steady_clock::now() + patience();
    while (true) {
      auto answer = call();
      if (answer || answer.error().what != failure_class::retriable) return answer;
      if (stop_) return interrupted();
      if (std::chrono::steady_clock::now() >= until) return answer;
      std::this_thread::sleep_for(200ms);
    }
  }
  std::chrono::milliseconds patience() const {
    return std::chrono::milliseconds{all_.kafka.start_timeout_ms};
  }
  static log_failure interrupted() {
    return {failure_class::fatal, "interrupted", "interrupted: not all was compared"};
  }

  log_result<std::vector<std::optional<std::int64_t>>> committed() {
    // It never subscribes: it asks as a client of the group's name, and is no member.
    const auto consumer = kafka::group_consumer::make(all_.kafka, all_.lifecycle, false, logger_);
    if (!consumer) return consumer.error();
    std::vector<std::int32_t> numbers(static_cast<std::size_t>(all_.kafka.partitions));
    std::iota(numbers.begin(), numbers.end(), 0);
    auto positions = answered([&] { return (*consumer)->committed(numbers); });
    if (positions || stop_) return positions;
    log_failure why = positions.error();  // librdkafka keeps it to itself that a right is missing
    why.message = "the positions of the group " + group() + " cannot be read: " + why.message +
                  ". Hint: it takes rights on the group (Describe), and no transaction that hangs";
    return why;
  }

  /// What each partition is processed up to: committed, or what its state stands behind, which
  /// wins, as for lifecycle itself, where the group's offset has expired or was moved back.
  log_result<std::vector<std::optional<std::int64_t>>> processed() {
    auto positions = committed();
    if (!positions) return positions;
    for (std::size_t i = 0; i < positions->size() && !stop_; ++i) {
      const auto told = position_record(static_cast<std::int32_t>(i));
      if (!told) return told.error();
      (*positions)[i] = std::max((*positions)[i], *told);  // none is the least
    }
    return positions;
  }

  log_result<std::optional<std::int64_t>> position_record(std::int32_t partition) {
    const kafka::topic_partition state{kafka::state_topic(all_.kafka.topic_prefix), partition};
    const auto ranges = answered([&] {
      return kafka::ask_ranges(all_.kafka, {&state, 1}, logger_);
    });
    if (!ranges) return ranges.error();
    const kafka::stretch whole{state, ranges->front()};
    std::optional<std::int64_t> position;
    const auto done = reader_->read(
        {&whole, 1},
        [&](std::size_t, const codec::record_view& record) {
          if (record.key == lifecycle::position_key) {
            position = lifecycle::decode_position(record.value.value_or(std::string_view{}));
          }
          return true;
        },
        stop_);
    if (!done) return done.error();
    return position;
  }

  std::string group() const { return kafka::group_id(all_.kafka, all_.lifecycle); }

  std::vector<kafka::topic_partition> partitions_of(const std::string& topic) const {
    std::vector<kafka::topic_partition> all;
    for (std::int32_t i = 0; i < all_.kafka.partitions; ++i) all.push_back({topic, i});
    return all;
  }
  log_result<std::vector<offset_range>> raw_ranges() {
    const auto asked = partitions_of(transform_.raw_topic);
    return answered([&] { return kafka::ask_ranges(all_.kafka, asked, logger_); });
  }

  /// What of each partition was processed and is kept.
  log_result<std::vector<lifecycle::audit_scope>> scopes_of(
      const std::vector<std::optional<std::int64_t>>& positions,
      const std::vector<offset_range>& raw) const {
    std::vector<lifecycle::audit_scope> scopes;
    bool any = false;
    for (std::size_t i = 0; i < raw.size(); ++i) {
      const auto number = static_cast<std::int32_t>(i);
      const std::int64_t to = positions[i].value_or(raw[i].start);
      any = any || positions[i];
      if (to > raw[i].end) {
        return position_failure(to, number,
                                "ends at " + std::to_string(raw[i].end) +
                                    ": the raw topic was made anew. Hint: restore the "
                                    "topic");
      }
      if (to < raw[i].start) {
        return position_failure(to, number,
                                "starts at " + std::to_string(raw[i].start) +
                                    ": notifications were deleted before they were "
                                    "read, and nothing was published of them. Hint: "
                                    "raise retention_notifications_days");
      }
      scopes.push_back({number, {raw[i].start, to}});
    }
    if (any) return scopes;
    return log_failure{failure_class::fatal, "position",
                       "the group " + group() +
                           " has committed no position, and the state tells of none, so that it is "
                           "not known what should have been published. Hint: start lifecycle"};
  }
  log_failure position_failure(std::int64_t processed, std::int32_t partition,
                               const std::string& but) const {
    return {failure_class::fatal, "position",
            "lifecycle has processed partition " + std::to_string(partition) +
                " up to raw offset " + std::to_string(processed) + ", but " + transform_.raw_topic +
                " " + but};
  }

  std::string topic_of(const lifecycle::output& of) const {
    return lifecycle_topic(all_.kafka.topic_prefix, of);
  }

  /// Where the log begins and ends by now.
  log_result<offset_range> raw_range(std::int32_t partition) {
    const kafka::topic_partition raw{transform_.raw_topic, partition};
    const auto now = answered([&] { return kafka::ask_ranges(all_.kafka, {&raw, 1}, logger_); });
    if (!now) return now.error();
    return now->front();
  }

  log_result<void> one(lifecycle::audit_scope scope) {
    const auto before = raw_range(scope.partition);
    if (!before) return before.error();
    auto& [from, to] = scope.processed;
    from = std::clamp(before->start, from, to);  // retention goes on while others are compared
    lifecycle::audit audit{scope, lifecycle::make_transformer(transform_),
                           [this](const lifecycle::finding& found) {
                             line_.clear();
                             show_difference(std::cout, found, style_);
                           }};
    if (auto done = read_outputs(scope.partition, audit); !done) return done.error();
    const auto after = raw_range(scope.partition);
    if (!after) return after.error();
    if (auto done = read_raw(scope, audit); !done) return done.error();
    if (!stop_) verified_.totals += audit.conclude(after->end);
    return {};
  }

  log_result<void> read_outputs(std::int32_t partition, lifecycle::audit& audit) {
    std::vector<kafka::topic_partition> asked;
    for (const lifecycle::output& each : outputs_) asked.push_back({topic_of(each), partition});
    const auto ranges = answered([&] { return kafka::ask_ranges(all_.kafka, asked, logger_); });
    if (!ranges) return ranges.error();
    std::vector<kafka::stretch> stretches;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      stretches.push_back({asked[i], (*ranges)[i]});
      if ((*ranges)[i].start > 0) audit.trimmed(outputs_[i]);
    }
    return reader_->read(
        stretches,
        [&](std::size_t index, const codec::record_view& record) {
          audit.add(outputs_[index], record);
          return true;
        },
        stop_);
  }

  log_result<void> read_raw(const lifecycle::audit_scope& scope, lifecycle::audit& audit) {
    const auto& [from, to] = scope.processed;
    const kafka::stretch processed{{transform_.raw_topic, scope.partition}, scope.processed};
    log_result<void> judged;
    const auto done = reader_->read(
        {&processed, 1},
        [&, from = from, to = to](std::size_t, const codec::record_view& raw) {
          line_.show(scope.partition, raw.offset - from, to - from);
          torn_.add(raw);
          judged = audit.judge(raw);
          return judged.has_value();
        },
        stop_);
    return done ? judged : done;
  }

  void conclude(const std::vector<offset_range>& raw,
                const std::vector<lifecycle::audit_scope>& scopes) {
    bool whole = true;  // the log was read to its end
    for (std::size_t i = 0; i < raw.size(); ++i) {
      whole = whole && scopes[i].processed.end == raw[i].end;
    }
    constexpr std::int64_t appending_ms = 60'000;  // no append takes longer
    const auto torn = torn_.received_before({observe::now().ms_since_epoch - appending_ms});
    verified_.partitions = all_.kafka.partitions;
    if (whole) verified_.torn = torn;
    line_.clear();
    show_verified(std::cout, verified_, style_);
  }

  const config& all_;
  lifecycle::transform_settings transform_;
  verify_style style_;
  const std::atomic<bool>& stop_;
  observe::logger logger_{{observe::log_level::error}};
  std::vector<lifecycle::output> outputs_;
  std::unique_ptr<kafka::stretch_reader> reader_;
  progress_line line_;
  lifecycle::torn_notifications torn_;
  verified verified_;
};

int run_verify(const verify_options& options) {
  const auto all = load(options.configuration, std::cerr);
  if (!all) return exit_configuration;
  const auto unfit = unfit_topics(*all, kafka::topics_of::lifecycle);
  if (!unfit) return verify_failed(unfit.error().message);
  for (const std::string& each : *unfit) verify_failed(each);
  if (!unfit->empty()) return exit_failed;
  std::atomic<bool> stop{false};
  const signal_watch signals{[&](int) { stop = true; }};
  auto marks = schema_marks_of(*all, role::lifecycle);
  if (!marks) return verify_failed("ids of schemas cannot be told: " + marks.error().message);
  verification verification{*all, *std::move(marks), options, stop};
  const auto same = verification.run();
  if (same) return *same ? exit_done : exit_failed;
  verification.clear_line();
  return verify_failed(same.error().message);
}

constexpr auto verify_ending = R"(Example, beside a lifecycle that runs or not:
  sinyal verify --config sinyal.toml

Judges the raw log anew, from its start up to what lifecycle has committed, and compares every
event, quarantined notification and state that it causes with what is on the topics, byte for byte:
key, value, headers, timestamp, partition and order. Joins no group and writes nothing. It needs the
configuration that lifecycle ran with (lifecycle.event_format, lifecycle.redact, schema_registry),
and memory for the state and a part of each event of one partition.

Differences: missing (the log causes it, and it is not there), unexpected (it is there, and the log
does not cause it), doubled, different, out_of_order. What the topics do not keep any more cannot be
concluded, and is counted.

Exit status: 0 no difference; 1 a difference, or Kafka cannot be read, or interrupted; 78 wrong
configuration.)";

}  // namespace

void add_verify(CLI::App& app, chosen& out) {
  CLI::App& command = add_command(
      app, "verify", "Prove that what is published is what the log gives.", verify_ending);
  auto options = std::make_shared<verify_options>();
  add_format(command, options->json);
  add_configuration(command, options->configuration);
  command.callback(when_chosen(out, options, run_verify));
}

}  // namespace sinyal::cli
