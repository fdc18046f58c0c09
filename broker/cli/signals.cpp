#include "broker/cli/signals.hpp"

#include <csignal>
#include <pthread.h>
#include <utility>

namespace sinyal::cli {

namespace {

sigset_t set_of(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int one : signals) sigaddset(&set, one);
  return set;
}

}  // namespace

signal_watch::signal_watch(std::function<void(int)> each) : each_{std::move(each)} {
  const sigset_t blocked = set_of({SIGTERM, SIGINT, SIGHUP, SIGPIPE});
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  thread_ = std::jthread{[this](std::stop_token stop) { watch(std::move(stop)); }};
}

signal_watch::~signal_watch() {
  thread_.request_stop();
  pthread_kill(thread_.native_handle(), SIGHUP);  // ends its wait
}

void signal_watch::watch(std::stop_token stop) {
  const sigset_t awaited = set_of({SIGTERM, SIGINT, SIGHUP});
  for (int signal = 0; sigwait(&awaited, &signal) == 0 && !stop.stop_requested();) each_(signal);
}

}  // namespace sinyal::cli
