#include "broker/ingest/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace sinyal::ingest {

namespace {

constexpr std::size_t read_bytes = 4096;  // a notification and its head take about 1 KiB
constexpr std::chrono::milliseconds linger_time{1000};
constexpr std::size_t linger_bytes_max = 64 << 20;  // a client that sends all before it reads
constexpr std::chrono::milliseconds interrupted_grace{200};

}  // namespace

connection::connection(tcp_socket socket)
    : socket_{std::move(socket)}, timer_{socket_.get_executor()}, waiter_{socket_.get_executor()} {}

awaitable<connection::read_result> connection::read() {
  if (interrupted_) co_return read_result::interrupted;
  if (expired_) co_return read_result::expired;
  if (room_.size() < received_ + read_bytes) room_.resize(received_ + read_bytes);
  doing_ = activity::reading;
  const auto [error, count] = co_await socket_.async_read_some(
      asio::buffer(room_.data() + received_, read_bytes), as_values);
  doing_ = activity::none;
  received_ += count;
  if (!error) co_return read_result::data;
  if (interrupted_) co_return read_result::interrupted;
  co_return expired_ ? read_result::expired : read_result::closed;
}

void connection::consume(std::size_t count) {
  const auto begin = room_.begin();
  std::copy(begin + static_cast<std::ptrdiff_t>(count),
            begin + static_cast<std::ptrdiff_t>(received_), begin);
  received_ -= count;
}

awaitable<bool> connection::write(std::string_view bytes, time_point deadline) {
  const bool hurry = interrupted_;
  expire_at(hurry ? std::min(deadline, steady_clock::now() + interrupted_grace) : deadline);
  doing_ = activity::writing;
  const auto [error, count] =
      co_await asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()), as_values);
  doing_ = activity::none;
  co_return !error && count == bytes.size();
}

awaitable<void> connection::wait(time_point deadline) {
  deadline_ = time_point::max();
  waiter_.expires_at(deadline);
  co_await waiter_.async_wait(as_values);
}

void connection::interrupt() {
  interrupted_ = true;
  waiter_.cancel();
  if (doing_ == activity::reading) {
    error_code ignored;
    socket_.cancel(ignored);
  } else if (doing_ == activity::writing) {
    expire_at(std::min(deadline_, steady_clock::now() + interrupted_grace));
  }
}

awaitable<void> connection::linger() {
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  expire_at(steady_clock::now() + (interrupted_ ? interrupted_grace : linger_time));
  doing_ = activity::reading;
  std::array<char, 4096> scrap;
  for (std::size_t total = 0; total < linger_bytes_max && !expired_;) {
    const auto [error, count] = co_await socket_.async_read_some(asio::buffer(scrap), as_values);
    if (error) break;
    total += count;
  }
  doing_ = activity::none;
}

void connection::close() {
  closed_ = true;
  deadline_ = time_point::max();
  timer_.cancel();
  waiter_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

std::string connection::peer() const {
  error_code error;
  const auto endpoint = socket_.remote_endpoint(error);
  if (error) return {};
  const auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

void connection::expire_at(time_point deadline) {
  deadline_ = deadline;
  expired_ = false;
  if (deadline < armed_for_) arm();
}

void connection::arm() {
  armed_for_ = deadline_;
  timer_.expires_at(deadline_);
  auto fired = [self = boost::intrusive_ptr<connection>{this}](error_code error) {
    if (!error) self->tick();
  };
  timer_.async_wait(std::move(fired));
}

void connection::tick() {
  if (closed_) return;
  armed_for_ = time_point::max();
  if (deadline_ == time_point::max()) return;
  if (steady_clock::now() < deadline_) return arm();
  expired_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

}  // namespace sinyal::ingest
