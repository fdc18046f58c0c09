#pragma once
// Asio with one concrete executor: type-erased ones and strands cost half again as much CPU for
// each notification. For this folder's sources alone.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <chrono>

// g++ 12, when it inlines, takes Asio's recycling of coroutine frames for a mismatched delete. The
// warning is given where the coroutine ends, so it stays off for the whole source.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace sinyal::ingest {

namespace asio = boost::asio;
using boost::system::error_code;

using executor = asio::io_context::executor_type;
template <class Value>
using awaitable = asio::awaitable<Value, executor>;
using tcp = asio::ip::tcp;
using tcp_socket = asio::basic_stream_socket<tcp, executor>;
using tcp_acceptor = asio::basic_socket_acceptor<tcp, executor>;
using stream_descriptor = asio::posix::basic_stream_descriptor<executor>;
using steady_clock = std::chrono::steady_clock;
using time_point = steady_clock::time_point;
using steady_timer =
    asio::basic_waitable_timer<steady_clock, asio::wait_traits<steady_clock>, executor>;

/// Errors come as values. A deferred operation is awaited as it is; use_awaitable would make a
/// coroutine for each.
inline constexpr auto as_values = asio::as_tuple(asio::deferred);

}  // namespace sinyal::ingest
