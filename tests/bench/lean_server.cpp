// The leanest HTTP server that Beast makes: reads a whole request and answers 200, whatever it is.
// One thread, one coroutine a connection, concrete executors, an answer made beforehand.
//   bench_lean_server          listens on 127.0.0.1 and prints the port

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <iostream>
#include <string_view>
#include <utility>

#pragma GCC diagnostic ignored "-Wmismatched-new-delete"  // see broker/ingest/io.hpp

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using executor = asio::io_context::executor_type;
using tcp = asio::ip::tcp;
using tcp_socket = asio::basic_stream_socket<tcp, executor>;
using tcp_acceptor = asio::basic_socket_acceptor<tcp, executor>;
constexpr auto as_values = asio::as_tuple(asio::use_awaitable_t<executor>{});

// As long as Sinyal's.
constexpr std::string_view answer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
    "Content-Length: 59\r\n\r\n"
    R"({"status":"ok","id":"019ab2c4-0000-7000-8000-000000000000"})";

asio::awaitable<void, executor> serve(tcp_socket socket) {
  boost::beast::flat_buffer received;
  for (;;) {
    http::request<http::string_body> request;
    const auto [bad_read, bytes] = co_await http::async_read(socket, received, request, as_values);
    if (bad_read) co_return;
    const auto [bad_write, written] =
        co_await asio::async_write(socket, asio::buffer(answer), as_values);
    if (bad_write || !request.keep_alive()) co_return;
  }
}

asio::awaitable<void, executor> accept(tcp_acceptor acceptor) {
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(as_values);
    if (error) co_return;
    socket.set_option(tcp::no_delay{true});
    asio::co_spawn(acceptor.get_executor(), serve(std::move(socket)), asio::detached);
  }
}

}  // namespace

int main() {
  asio::io_context context{1};
  tcp_acceptor acceptor{context.get_executor(), {asio::ip::address_v4::loopback(), 0}};
  std::cout << acceptor.local_endpoint().port() << std::endl;
  asio::co_spawn(context, accept(std::move(acceptor)), asio::detached);
  context.run();
}
