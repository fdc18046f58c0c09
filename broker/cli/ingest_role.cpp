#include "broker/cli/ingest_role.hpp"

#include "broker/ingest/server.hpp"
#include "broker/kafka/notification_log.hpp"
#include "connectors/connector.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

namespace sinyal::cli {

namespace {

using clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds heartbeat{100};
constexpr std::chrono::seconds unresponsive_after{10};  // no request takes the thread that long

}  // namespace

struct ingest_role::parts {
  parts(const config& settings, observe::metrics& counted, observe::logger& to,
        happenings& happened)
      : all{settings}, metrics{counted}, logger{to}, events{happened} {}

  const config& all;
  observe::metrics& metrics;
  observe::logger& logger;
  happenings& events;

  std::atomic<bool> has_metadata{false};
  std::atomic<bool> kafka_up{false};
  std::atomic<clock::duration> moved{clock::now().time_since_epoch()};
  std::string address;

  boost::asio::io_context context{1};
  boost::asio::steady_timer pulse{context};
  bool is_drained = false;  // of the thread, as the pulse is
  std::unique_ptr<notification_log> log;
  std::unique_ptr<connectors::connector> connector;
  std::optional<ingest::server> server;
  std::thread thread;

  /// The raw log belongs to this thread: what others want to know is copied here.
  void beat() {
    has_metadata = log->started();
    kafka_up = log->up();
    moved = clock::now().time_since_epoch();
    pulse.expires_after(heartbeat);
    pulse.async_wait([this](const boost::system::error_code& error) {
      if (!error && !is_drained) beat();
    });
  }

  void drained() {
    is_drained = true;  // a beat that is due already can no longer be cancelled
    pulse.cancel();
    events.add(happening::drained);
  }
};

ingest_role::ingest_role(const config& all, observe::metrics& metrics, observe::logger& logger,
                         happenings& events)
    : parts_{std::make_unique<parts>(all, metrics, logger, events)} {}

ingest_role::~ingest_role() {
  if (parts_->thread.joinable()) parts_->thread.join();
}

std::optional<std::string> ingest_role::start() {
  parts& own = *parts_;
  auto log = kafka::make_notification_log(own.all.kafka, own.logger);
  if (!log) return log.error().message;
  own.log = std::move(*log);
  own.connector = connectors::providers().front().make();
  own.server.emplace(own.context, own.all.http, *own.log, *own.connector, own.metrics, own.logger,
                     own.all.merchants);
  const auto address = own.server->listen();
  if (!address) {
    return "http.listen: " + own.all.http.listen +
           " cannot be listened on: " + address.error().message();
  }
  own.address = *address;
  own.thread = std::thread{[&own] {
    own.beat();
    own.context.run();
  }};
  return std::nullopt;
}

const std::string& ingest_role::address() const {
  return parts_->address;
}

void ingest_role::reload(std::vector<merchant> merchants) {
  boost::asio::post(parts_->context, [&own = *parts_, merchants = std::move(merchants)] {
    own.server->reload(merchants);
  });
}

void ingest_role::begin_drain() {
  boost::asio::post(parts_->context,
                    [&own = *parts_] { own.server->begin_drain([&own] { own.drained(); }); });
}

void ingest_role::stop_now() {
  boost::asio::post(parts_->context, [&own = *parts_] { own.server->stop_now(); });
}

bool ingest_role::has_metadata() const {
  return parts_->has_metadata;
}
bool ingest_role::kafka_up() const {
  return parts_->kafka_up;
}
bool ingest_role::responsive() const {
  return clock::now().time_since_epoch() - parts_->moved.load() < unresponsive_after;
}

}  // namespace sinyal::cli
