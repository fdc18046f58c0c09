#include "handlers.hpp"
#include "receiver.hpp"
#include "start.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <sinyal/subscriber.hpp>
#include <utility>

namespace sinyal {

class subscriber::implementation {
 public:
  explicit implementation(sinyal::settings settings) : settings_{std::move(settings)} {
    detail::check(settings_);
    // Properties that librdkafka refuses are wrong settings as well.
    detail::consumer_conf(settings_);
  }

  connection connect(std::string_view signal, std::optional<subject_kind> kind, any_handler handler,
                     std::string merchant);
  void run();
  void stop() noexcept { stopping_ = true; }
  sinyal::statistics statistics() const {
    const std::lock_guard lock{statistics_mutex_};
    return statistics_;
  }

 private:
  const sinyal::settings settings_;
  detail::handlers handlers_;
  // Lock-free, so that a signal handler may set it.
  std::atomic<bool> stopping_{false};
  static_assert(std::atomic<bool>::is_always_lock_free);
  mutable std::mutex state_mutex_;
  bool running_ = false;                   // guarded by state_mutex_
  std::vector<std::size_t> read_signals_;  // that run() reads; guarded by state_mutex_
  mutable std::mutex statistics_mutex_;
  sinyal::statistics statistics_;
};

namespace {

std::size_t find_signal(std::string_view name) {
  const auto found = std::find_if(catalogue.begin(), catalogue.end(),
                                  [&](const signal_info& each) { return each.name == name; });
  if (found != catalogue.end()) return static_cast<std::size_t>(found - catalogue.begin());
  std::string names;
  for (const signal_info& each : catalogue) {
    names.append(names.empty() ? "" : ", ").append(each.name);
  }
  throw error{"there is no signal " + std::string{name} + ". Hint: one of " + names};
}

}  // namespace

connection subscriber::implementation::connect(std::string_view name,
                                               std::optional<subject_kind> kind,
                                               any_handler handler, std::string merchant) {
  const std::size_t signal = find_signal(name);
  if (kind && *kind != catalogue[signal].kind) {
    throw error{std::string{name} +
                " is about another subject than the handler takes. Hint: its "
                "topic is " +
                std::string{catalogue[signal].topic}};
  }
  if (!handler) throw error{"the handler of " + std::string{name} + " is empty"};
  const std::lock_guard lock{state_mutex_};
  if (running_ &&
      std::find(read_signals_.begin(), read_signals_.end(), signal) == read_signals_.end()) {
    throw error{std::string{name} +
                " is not read: nobody was connected to it when run() began. "
                "Hint: connect before run()"};
  }
  return connection{handlers_.add(signal, std::move(handler), std::move(merchant))};
}

void subscriber::implementation::run() {
  std::vector<std::string> topics;
  {
    const std::lock_guard lock{state_mutex_};
    if (std::exchange(running_, true)) throw error{"run() is running already"};
    read_signals_ = handlers_.signals();
    for (const std::size_t each : read_signals_) {
      topics.push_back(settings_.topic_prefix + "." + std::string{catalogue[each].topic});
    }
  }
  struct ended {
    implementation& self;
    ~ended() {
      const std::lock_guard lock{self.state_mutex_};
      self.running_ = false;
    }
  } const ended{*this};
  if (topics.empty()) {
    throw error{
        "no handler is connected. Hint: subscriber.on<…>(…) first, and keep what on() returns "
        "until "
        "run() has returned"};
  }
  for (const std::size_t each : handlers_.abandoned()) {
    detail::reporter{settings_}(
        severity::warning,
        std::string{catalogue[each].name} + " is not read: what on() returned has ended");
  }
  detail::receiver receiver{settings_, handlers_, stopping_, [this](const auto& now) {
                              const std::lock_guard lock{statistics_mutex_};
                              statistics_ = now;
                            }};
  receiver.run(topics);
}

subscriber::subscriber(settings settings)
    : implementation_{std::make_unique<implementation>(std::move(settings))} {}
subscriber::~subscriber() = default;

connection subscriber::connect(std::string_view signal, std::optional<subject_kind> kind,
                               any_handler handler, std::string merchant) {
  return implementation_->connect(signal, kind, std::move(handler), std::move(merchant));
}
void subscriber::run() {
  implementation_->run();
}
void subscriber::stop() noexcept {
  implementation_->stop();
}
statistics subscriber::statistics() const {
  return implementation_->statistics();
}

}  // namespace sinyal
