#include "broker/cli/serve.hpp"

#include "broker/cli/exit_status.hpp"
#include "broker/cli/happenings.hpp"
#include "broker/cli/ingest_role.hpp"
#include "broker/cli/kafka_role.hpp"
#include "broker/cli/lifecycle_role.hpp"
#include "broker/cli/schema_registry.hpp"
#include "broker/cli/signals.hpp"
#include "broker/config/keys.hpp"
#include "broker/kafka/embedded.hpp"
#include "broker/kafka/library.hpp"
#include "broker/observe/admin.hpp"
#include "broker/observe/clock.hpp"
#include "broker/observe/log.hpp"
#include "broker/observe/metrics.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace sinyal::cli {

namespace {

using clock = std::chrono::steady_clock;

/// After a second signal, for what is on its way to end by itself.
constexpr std::chrono::seconds hurry{3};
constexpr rlim_t other_descriptors = 256;  // librdkafka's, the admin port's, the log's

double unix_seconds() {
  return static_cast<double>(observe::now().ms_since_epoch) / 1000.0;
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

/// Defaults that depend on where and how we run.
void complete(config& all, const serve_options& options) {
  if (all.lifecycle.instance.empty()) all.lifecycle.instance = host_name();
  if (!options.embedded) return;
  if (all.merchants.empty()) all.merchants.push_back(demo_merchant());
  all.kafka.allow_single_copy = true;
  all.kafka.replication_factor = 1;
}

/// Read, completed and right for the role; or with errors.
config_result read(const serve_options& options) {
  config_result result = read_configuration(options.configuration);
  complete(result.value, options);
  if (result.errors.empty()) result.errors = role_errors(result.value, options.role);
  return result;
}

class service {
 public:
  service(const serve_options& options, config all)
      : options_{options},
        all_{std::move(all)},
        logger_{{observe::parse_log_level(all_.log.level).value_or(observe::log_level::info)}},
        metrics_{kafka::library_version()},
        signals_{[this](int signal) { signalled(signal); }} {}

  void warn(const std::string& what) { logger_.warning("configuration", {{"why", what}}); }

  int run() {
    count_merchants();
    metrics_.kafka_up([this] { return kafka_up(); });
    metrics_.config_reloaded(true, unix_seconds());
    allow_descriptors();
    const bool started =
        start_admin() && start_embedded() && topics_fit() && schemas_known() && start_roles();
    if (!started) return exit_failed;
    running_ = true;
    logger_.info("listening", {{"http", ingest_ ? ingest_->address() : std::string{}},
                               {"admin", admin_->address()},
                               {"role", role_name()}});
    return wait();
  }

 private:
  bool has_ingest() const { return options_.role != role::lifecycle; }
  bool has_lifecycle() const { return options_.role != role::ingest; }
  const char* role_name() const {
    return options_.role == role::all ? "all" : has_ingest() ? "ingest" : "lifecycle";
  }

  /// On the signals' thread.
  void signalled(int signal) {
    if (signal == SIGHUP) return events_.add(happening::reload_wanted);
    if (!running_) {
      // Waiting for Kafka, most likely. Nothing was promised to anybody yet.
      logger_.info("stopped while starting");
      std::_Exit(exit_done);
    }
    events_.add(happening::stop_wanted);
  }

  /// Each one's series are there before its first notification.
  void count_merchants() {
    for (const merchant& one : all_.merchants) {
      metrics_.add_merchant(one.id, static_cast<std::uint32_t>(one.server_keys.size()));
    }
  }

  /// connections_max sockets need as many descriptors.
  void allow_descriptors() {
    rlimit limit{};
    if (!has_ingest() || ::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < all_.http.connections_max + other_descriptors) {
      logger_.warning("http.connections_max is above what the limit of open files allows",
                      {{"connections_max", all_.http.connections_max},
                       {"open_files_max", static_cast<std::int64_t>(limit.rlim_max)}});
    }
  }

  bool start_admin() {
    const auto listen = parse_listen(all_.admin.listen);
    observe::admin_options options{listen->host, listen->port, checks(), kafka::library_version()};
    admin_.emplace(std::move(options), metrics_, logger_);
    const auto started = admin_->start();
    if (started) return true;
    logger_.error("admin.listen cannot be listened on",
                  {{"listen", all_.admin.listen}, {"error", started.error().message()}});
    return false;
  }

  /// Asked on the admin thread, for as long as the admin port is open: before roles are there and
  /// after they are gone.
  std::vector<observe::check> checks() {
    using observe::probe;
    using problem = std::optional<std::string>;
    const auto unless = [](bool fine, const char* text) {
      return fine ? problem{} : problem{text};
    };
    const auto started = [=, this] { return unless(running_, "starting"); };
    const auto draining = [=, this] { return unless(!draining_, "a signal asked to stop"); };
    std::vector<observe::check> out{{probe::startup, "started", started},
                                    {probe::ready, "started", started},
                                    {probe::ready, "draining", draining}};
    if (has_ingest()) {
      const auto responsive = [=, this] {
        return unless(asked(ingest_, &ingest_role::responsive, true), "stuck for 10 s");
      };
      const auto metadata = [=, this] {
        return unless(asked(ingest_, &ingest_role::has_metadata, false), "none from Kafka yet");
      };
      out.push_back({probe::live, "ingest", responsive});
      out.push_back({probe::ready, "metadata", metadata});
    }
    if (has_lifecycle()) {
      const auto ready = [=, this] {
        return unless(asked(lifecycle_, &lifecycle_role::ready, false),
                      "its group is not joined, or partitions are stopped or not restored yet");
      };
      out.push_back({probe::ready, "lifecycle", ready});
    }
    const auto kafka = [=, this] { return unless(kafka_up(), "no broker answers"); };
    out.push_back({probe::ready, "kafka", kafka, false});
    return out;
  }

  /// As the clients of every role here see it.
  bool kafka_up() {
    return asked(ingest_, &ingest_role::kafka_up, !has_ingest()) &&
           asked(lifecycle_, &lifecycle_role::kafka_up, !has_lifecycle());
  }

  /// What a role says, or `otherwise` where there is none.
  template <typename Role>
  bool asked(const std::unique_ptr<Role>& role, bool (Role::*question)() const, bool otherwise) {
    const std::lock_guard lock{roles_mutex_};
    return role ? (role.get()->*question)() : otherwise;
  }

  bool start_embedded() {
    if (!options_.embedded) return true;
    auto cluster = kafka::embedded_cluster::start(all_.kafka, logger_);
    if (!cluster) return failed("the embedded broker does not start", cluster.error().message);
    cluster_ = std::move(*cluster);
    all_.kafka.bootstrap_servers = cluster_->bootstrap_servers();
    std::cout << "bootstrap_servers=" << all_.kafka.bootstrap_servers << '\n';
    if (is_demo()) {
      const merchant demo = demo_merchant();
      std::cout << "merchant=" << demo.id << "\nserver_key=" << demo.server_keys[0].reveal()
                << "\nrecurring_token=" << demo.recurring_tokens[0].reveal()
                << "\napi_token=" << demo.api_tokens[0].reveal() << '\n';
    }
    std::cout << std::flush;
    logger_.warning(
        "embedded broker: for a first look; it keeps all in memory and promises nothing");
    return true;
  }

  /// Nobody else was configured.
  bool is_demo() const {
    const merchant demo = demo_merchant();
    return all_.merchants.size() == 1 && all_.merchants[0].id == demo.id &&
           all_.merchants[0].server_keys[0].reveal() == demo.server_keys[0].reveal();
  }

  bool topics_fit() {
    if (options_.embedded) return true;
    const kafka::topics_of which = topics_of(options_.role);
    if (all_.kafka.create_topics) {
      const auto created = kafka::create_topics(all_.kafka, which, logger_);
      if (!created) return failed("topics cannot be created", created.error().message);
      for (const std::string& topic : *created) logger_.info("topic created", {{"topic", topic}});
    }
    const auto differences = kafka::plan_topics(all_.kafka, which, logger_);
    if (!differences) return failed("topics cannot be compared", differences.error().message);
    // in one line each: many of one message would be held back
    if (const auto wrong = at_least(kafka::severity::breaks, *differences); !wrong.empty()) {
      return failed("topics are not as they must be", sentence_of(wrong));
    }
    if (const auto shorter = at_least(kafka::severity::loses, *differences); !shorter.empty()) {
      logger_.warning("topics keep less than is configured", {{"why", sentence_of(shorter)}});
    }
    return true;
  }

  bool schemas_known() {
    auto marks = schema_marks_of(all_, options_.role);
    if (!marks) return failed("ids of schemas cannot be told", marks.error().message);
    marks_ = std::move(*marks);
    return true;
  }

  bool start_roles() {
    if (has_ingest()) {
      auto ingest = std::make_unique<ingest_role>(all_, metrics_, logger_, events_);
      if (const auto problem = ingest->start()) return failed("ingest does not start", *problem);
      place(ingest_, std::move(ingest));
    }
    if (has_lifecycle()) {
      auto lifecycle = std::make_unique<lifecycle_role>(all_, marks_, options_.embedded, metrics_,
                                                        logger_, events_);
      lifecycle->start();
      place(lifecycle_, std::move(lifecycle));
    }
    return true;
  }

  /// The former role, if any, ends here: not under the lock, since that may take its time.
  template <typename Role>
  void place(std::unique_ptr<Role>& at, std::unique_ptr<Role> role) {
    const std::unique_lock lock{roles_mutex_};
    at.swap(role);
  }

  bool failed(const char* what, const std::string& why) {
    logger_.error(what, {{"error", why}});
    return false;
  }

  int wait() {
    for (;;) {
      switch (events_.wait()) {
        case happening::reload_wanted:
          reload();
          break;
        case happening::stop_wanted:
          return stop(exit_done);
        case happening::lifecycle_failed:
        case happening::lifecycle_stopped:
          lifecycle_over_ = true;
          return stop(exit_failed);  // nobody asked it to
        case happening::drained:
          break;
      }
    }
  }

  /// Merchants, their secrets and log.level; all or nothing.
  void reload() {
    const config_result fresh = read(options_);
    for (const std::string& error : fresh.errors) {
      logger_.error("reload: the configuration is wrong", {{"error", error}});
    }
    metrics_.config_reloaded(fresh.errors.empty(), unix_seconds());
    if (!fresh.errors.empty()) {
      return logger_.error("reload failed: what was configured before still holds");
    }
    for (const config_key& key : config_keys()) {
      const bool same = show_value(key, fresh.value) == show_value(key, shown_);
      if (!same && key.section != "log") {
        logger_.warning("reload: a changed key needs a restart", {{"key", key.full_name()}});
      }
    }
    logger_.set_level(observe::parse_log_level(fresh.value.log.level).value());
    all_.merchants = fresh.value.merchants;
    count_merchants();
    if (ingest_) ingest_->reload(all_.merchants);
    logger_.info("reloaded", {{"merchants", all_.merchants.size()}});
  }

  /// The contract's order: not ready, drain, commit, close the consumer, flush, close admin.
  int stop(int status) {
    draining_ = true;
    logger_.info("stopping", {{"drain_delay_ms", ingest_ ? all_.http.drain_delay_ms : 0}});
    drained_ = !ingest_;
    if (ingest_) ingest_->begin_drain();
    for (bool asked_lifecycle = false; !over();) {
      if (drained_ && !asked_lifecycle && lifecycle_) {
        lifecycle_->request_stop();
        asked_lifecycle = true;
      }
      const happening next = events_.wait();
      if (next == happening::stop_wanted) return stop_now();
      if (next == happening::lifecycle_failed) status = exit_failed;
      note(next);
    }
    place(lifecycle_, {});
    place(ingest_, {});  // flushes
    admin_.reset();
    cluster_.reset();
    logger_.info("stopped", {{"status", status}});
    return status;
  }

  /// A second signal: what is not over soon is cut off.
  int stop_now() {
    logger_.warning("stopping at once: a second signal came");
    if (ingest_) ingest_->stop_now();
    if (lifecycle_) lifecycle_->request_stop();
    const auto deadline = clock::now() + hurry;
    while (!over()) {
      const auto next = events_.wait_until(deadline);
      if (!next) break;
      note(*next);
    }
    // An open transaction is aborted by the cluster when this instance comes back, or in time.
    std::_Exit(exit_failed);
  }

  bool over() const { return drained_ && (lifecycle_over_ || !lifecycle_); }
  void note(happening what) {
    drained_ = drained_ || what == happening::drained;
    lifecycle_over_ = lifecycle_over_ || what == happening::lifecycle_failed ||
                      what == happening::lifecycle_stopped;
  }

  const serve_options options_;
  config all_;
  const config shown_ = all_;  // as started: what a reload compares with
  happenings events_;
  observe::logger logger_;
  observe::metrics metrics_;
  std::atomic<bool> running_{false};
  std::atomic<bool> draining_{false};
  bool drained_ = false;
  bool lifecycle_over_ = false;
  std::mutex roles_mutex_;  // which roles there are: the main thread decides, the admin thread asks
  signal_watch signals_;    // before every other thread
  std::unique_ptr<kafka::embedded_cluster> cluster_;
  codec::schema_marks marks_;  // what events say of their schemas
  std::unique_ptr<ingest_role> ingest_;
  std::unique_ptr<lifecycle_role> lifecycle_;
  std::optional<observe::admin_server> admin_;  // last: its checks ask the others
};

}  // namespace

int serve(const serve_options& options) {
  // No core dump, no debugger of another process: secrets are in memory.
  ::prctl(PR_SET_DUMPABLE, 0);
  config_result result = read(options);
  if (!result.errors.empty()) {
    complain(std::cerr, result);
    return exit_configuration;
  }
  service all{options, std::move(result.value)};
  for (const std::string& warning : result.warnings) all.warn(warning);
  return all.run();
}

}  // namespace sinyal::cli
