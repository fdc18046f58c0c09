#include "broker/ingest/server.hpp"

#include "broker/ingest/session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <chrono>
#include <optional>
#include <sstream>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace sinyal::ingest {

namespace {

constexpr std::chrono::milliseconds accept_pause{100};
constexpr std::size_t turned_away_max = 256;  // above it connections are closed without a word

std::optional<tcp::endpoint> endpoint_of(std::string_view listen) {
  const auto address = parse_listen(listen);
  if (!address) return std::nullopt;
  error_code error;
  const auto host = asio::ip::make_address(address->host, error);
  return error ? std::nullopt : std::optional{tcp::endpoint{host, address->port}};
}

}  // namespace

struct server::state : std::enable_shared_from_this<server::state> {
  state(asio::io_context& io, std::shared_ptr<serving> with)
      : context{io},
        shared{std::move(with)},
        acceptor{io.get_executor()},
        reports{io.get_executor()},
        timer{io.get_executor()} {}

  boost::system::result<std::string> listen();
  awaitable<void> accept_all(std::shared_ptr<state> self);
  void admit(tcp_socket socket);
  awaitable<void> watch_reports(std::shared_ptr<state> self);
  awaitable<void> drain(std::shared_ptr<state> self);
  void close_listener();
  void interrupt_all();
  void finish();

  asio::io_context& context;
  std::shared_ptr<serving> shared;
  tcp_acceptor acceptor;
  stream_descriptor reports;  // a duplicate: Asio closes what it is given
  steady_timer timer;         // of the drain
  std::function<void()> done;
  bool draining = false;
  bool finished = false;
};

boost::system::result<std::string> server::state::listen() {
  const auto endpoint = endpoint_of(shared->settings.listen);
  if (!endpoint) return error_code{asio::error::invalid_argument};
  error_code error;
  acceptor.open(endpoint->protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address{true}, error);
  if (!error) acceptor.bind(*endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) reports.assign(::dup(shared->log.ready_fd()), error);
  if (error) return error;
  asio::co_spawn(context, accept_all(shared_from_this()), asio::detached);
  asio::co_spawn(context, watch_reports(shared_from_this()), asio::detached);
  std::ostringstream text;
  text << acceptor.local_endpoint(error);
  return text.str();
}

awaitable<void> server::state::accept_all([[maybe_unused]] std::shared_ptr<state> self) {
  while (acceptor.is_open()) {
    auto [error, socket] = co_await acceptor.async_accept(as_values);
    if (error == asio::error::operation_aborted) co_return;
    if (error == asio::error::connection_aborted) continue;
    if (!error) {
      admit(std::move(socket));
      continue;
    }
    // Out of descriptors, most likely: without a pause this would spin.
    shared->logger.error("a connection could not be accepted", {{"error", error.message()}});
    steady_timer pause{context.get_executor(), accept_pause};
    co_await pause.async_wait(as_values);
  }
}

void server::state::admit(tcp_socket socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay{true}, ignored);
  const bool within = shared->served < shared->settings.connections_max;
  const std::size_t turned_away = shared->open.size() - shared->served;
  if (!within && turned_away >= turned_away_max) return;
  boost::intrusive_ptr<connection> peer{new connection{std::move(socket)}};
  shared->open.insert(peer.get());
  if (within) {
    shared->metrics.http_connections(static_cast<int>(++shared->served));
    asio::co_spawn(context, serve(shared, std::move(peer)), asio::detached);
  } else {
    asio::co_spawn(context, turn_away(shared, std::move(peer)), asio::detached);
  }
}

awaitable<void> server::state::watch_reports([[maybe_unused]] std::shared_ptr<state> self) {
  for (;;) {
    const auto [error] = co_await reports.async_wait(stream_descriptor::wait_read, as_values);
    if (error) co_return;
    shared->log.drain();
  }
}

awaitable<void> server::state::drain([[maybe_unused]] std::shared_ptr<state> self) {
  timer.expires_after(std::chrono::milliseconds{shared->settings.drain_delay_ms});
  co_await timer.async_wait(as_values);
  if (shared->now == phase::announcing) {
    shared->now = phase::refusing;
    close_listener();
    shared->when_none_is_open = [this] { finish(); };
    if (shared->open.empty()) finish();
    timer.expires_after(std::chrono::milliseconds{shared->settings.drain_timeout_ms});
    if (!finished) co_await timer.async_wait(as_values);
  }
  if (!finished) interrupt_all();
}

void server::state::close_listener() {
  error_code ignored;
  acceptor.close(ignored);
}

void server::state::interrupt_all() {
  if (shared->now == phase::stopping) return;
  shared->now = phase::stopping;
  close_listener();
  shared->when_none_is_open = [this] { finish(); };
  // An interrupted session goes on from the event loop, so the set does not change here.
  for (connection* each : shared->open) each->interrupt();
  if (shared->open.empty()) finish();
}

void server::state::finish() {
  if (std::exchange(finished, true)) return;
  timer.cancel();
  error_code ignored;
  reports.close(ignored);
  if (done) std::exchange(done, nullptr)();
}

server::server(boost::asio::io_context& context, const http_settings& settings,
               notification_log& log, connectors::connector& connector, observe::metrics& metrics,
               observe::logger& logger, const std::vector<merchant>& merchants)
    : state_{std::make_shared<state>(
          context,
          std::make_shared<serving>(settings, log, connector, metrics, logger, merchants))} {}

server::~server() {
  state_->shared->when_none_is_open = nullptr;
}

boost::system::result<std::string> server::listen() {
  return state_->listen();
}

void server::reload(const std::vector<merchant>& merchants) {
  state_->shared->merchants = std::make_shared<const tenants>(merchants);
}

void server::begin_drain(std::function<void()> done) {
  if (std::exchange(state_->draining, true)) return;
  if (state_->finished) return done();
  state_->done = std::move(done);
  if (state_->shared->now != phase::serving) return;  // stop_now() came first
  state_->shared->now = phase::announcing;
  asio::co_spawn(state_->context, state_->drain(state_), asio::detached);
}

void server::stop_now() {
  state_->interrupt_all();
}

}  // namespace sinyal::ingest
