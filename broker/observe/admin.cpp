#include "broker/observe/admin.hpp"

#include "broker/observe/version.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <chrono>
#include <sstream>
#include <string_view>
#include <thread>
#include <utility>

namespace sinyal::observe {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using response = http::response<http::string_body>;

constexpr std::uint32_t header_bytes_max = 8192;
constexpr std::uint64_t body_bytes_max = 0;  // nothing here takes a body
constexpr std::size_t connections_max = 64;
constexpr std::chrono::seconds timeout{10};  // of one request, and of its answer

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

struct probe_path {
  std::string_view path;
  probe of;
};
constexpr std::array<probe_path, 3> probe_paths{
    {{"/livez", probe::live}, {"/startupz", probe::startup}, {"/readyz", probe::ready}}};

struct answer {
  http::status status = http::status::ok;
  std::string body;
  std::string_view type = "text/plain; charset=utf-8";
};

bool is_verbose(std::string_view query) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const std::string_view word = query.substr(0, end);
    if (word == "verbose" || word.starts_with("verbose=")) return true;
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
  }
  return false;
}

answer ask(const std::vector<check>& checks, probe of, bool verbose) {
  answer out;
  std::string failed;
  std::string all;
  for (const check& one : checks) {
    if (one.of != of) continue;
    const auto problem = one.problem();
    const std::string line = one.name + (problem ? ": " + *problem : std::string{" ok"}) + '\n';
    all += (problem ? "[-] " : "[+] ") + line;
    if (problem && one.required) failed += line;
  }
  if (!failed.empty()) out.status = http::status::service_unavailable;
  if (verbose) {
    out.body = all + (failed.empty() ? "ok\n" : "failed\n");
  } else {
    out.body = failed.empty() ? "ok\n" : failed;
  }
  return out;
}

}  // namespace

struct admin_server::server {
  server(admin_options options, const observe::metrics& counted, logger& to)
      : settings{std::move(options)}, metrics{counted}, log{to} {}

  answer route(std::string_view target) const {
    const auto query_at = target.find('?');
    const std::string_view path = target.substr(0, query_at);
    const std::string_view query =
        query_at == std::string_view::npos ? std::string_view{} : target.substr(query_at + 1);
    for (const probe_path& one : probe_paths) {
      if (one.path == path) return ask(settings.checks, one.of, is_verbose(query));
    }
    if (path == "/metrics") {
      return {http::status::ok, metrics.expose(), "text/plain; version=0.0.4; charset=utf-8"};
    }
    if (path == "/version") {
      return {http::status::ok, to_json(read_versions(settings.librdkafka)) + '\n',
              "application/json"};
    }
    return {http::status::not_found,
            "not found: /livez /startupz /readyz /metrics /version are here\n"};
  }

  response respond(const http::request<http::empty_body>& request) const {
    const bool readable =
        request.method() == http::verb::get || request.method() == http::verb::head;
    const answer out =
        readable ? route({request.target().data(), request.target().size()})
                 : answer{http::status::method_not_allowed, "method not allowed: use GET\n"};
    return render(out, request.version(), request.keep_alive(),
                  request.method() == http::verb::head);
  }

  static response render(const answer& out, unsigned version, bool keep_alive, bool head = false) {
    response made{out.status, version};
    made.set(http::field::content_type, {out.type.data(), out.type.size()});
    made.set(http::field::cache_control, "no-store");
    if (out.status == http::status::method_not_allowed) made.set(http::field::allow, "GET, HEAD");
    made.keep_alive(keep_alive);
    made.content_length(out.body.size());
    if (!head) made.body() = out.body;
    return made;
  }

  asio::awaitable<void> accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor.async_accept(as_values);
      if (error == asio::error::operation_aborted) co_return;
      if (error) {
        // Out of descriptors, most likely: without a pause this would spin.
        log.warning("admin: a connection could not be accepted", {{"error", error.message()}});
        asio::steady_timer pause{context, std::chrono::milliseconds{100}};
        co_await pause.async_wait(as_values);
      } else if (connections < connections_max) {
        asio::co_spawn(context, serve(std::move(socket)), asio::detached);
      }
    }
  }

  /// One connection. Counts itself while its frame lives.
  asio::awaitable<void> serve(tcp::socket socket) {
    struct counted {
      std::size_t& count;
      explicit counted(std::size_t& total) : count{++total} {}
      ~counted() { --count; }
    } const counted_here{connections};
    beast::tcp_stream stream{std::move(socket)};
    beast::flat_buffer buffer;
    for (bool open = true; open;) {
      http::request_parser<http::empty_body> parser;
      parser.header_limit(header_bytes_max);
      parser.body_limit(body_bytes_max);
      stream.expires_after(timeout);
      auto [error, bytes] = co_await http::async_read(stream, buffer, parser, as_values);
      response out = answer_to(error, parser);
      if (out.result() == http::status::unknown) co_return;
      open = out.keep_alive();
      stream.expires_after(timeout);
      auto [failed, written] = co_await http::async_write(stream, out, as_values);
      if (failed) co_return;
    }
    error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  /// Status `unknown` where there is nobody to answer.
  response answer_to(error_code error, const http::request_parser<http::empty_body>& parser) const {
    if (!error) return respond(parser.get());
    if (error == http::error::header_limit) {
      return render({http::status::request_header_fields_too_large, "header too large\n"}, 11,
                    false);
    }
    if (error == http::error::body_limit || error == http::error::unexpected_body) {
      return render({http::status::payload_too_large, "no body is taken here\n"}, 11, false);
    }
    const bool from_parser = error.category() == http::make_error_code({}).category();
    if (!from_parser || error == http::error::end_of_stream ||
        error == http::error::partial_message) {
      response none;
      none.result(http::status::unknown);
      return none;
    }
    return render({http::status::bad_request, "bad request\n"}, 11, false);
  }

  error_code listen() {
    error_code error;
    const auto host = asio::ip::make_address(settings.host, error);
    const tcp::endpoint endpoint{host, settings.port};
    if (!error) acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address{true}, error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
    if (!error) bound = acceptor.local_endpoint(error);
    return error;
  }

  const admin_options settings;
  const observe::metrics& metrics;
  logger& log;
  std::size_t connections = 0;  // of the admin thread alone
  tcp::endpoint bound;
  // After what the frames refer to: frames that still wait are destroyed with the context.
  asio::io_context context{1};
  tcp::acceptor acceptor{context};
  std::thread thread;
};

admin_server::admin_server(admin_options options, const metrics& metrics, logger& log)
    : server_{std::make_unique<server>(std::move(options), metrics, log)} {}

admin_server::~admin_server() {
  if (!server_->thread.joinable()) return;
  server_->context.stop();
  server_->thread.join();
}

boost::system::result<void> admin_server::start() {
  if (const error_code error = server_->listen()) return error;
  asio::co_spawn(server_->context, server_->accept(), asio::detached);
  server_->thread = std::thread{[this] { server_->context.run(); }};
  return {};
}

std::string admin_server::address() const {
  std::ostringstream text;
  text << server_->bound;
  return text.str();
}

}  // namespace sinyal::observe
