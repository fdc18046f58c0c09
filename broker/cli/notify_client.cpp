#include "broker/cli/notify_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <utility>

namespace sinyal::cli {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

std::optional<http_base> parse_base(std::string_view url) {
  constexpr std::string_view scheme = "http://";
  if (!url.starts_with(scheme)) return std::nullopt;
  url.remove_prefix(scheme.size());
  http_base base;
  const auto slash = url.find('/');
  if (slash != std::string_view::npos) base.prefix = url.substr(slash);
  while (base.prefix.ends_with('/')) base.prefix.pop_back();
  std::string_view authority = url.substr(0, slash);

  const auto bracket = authority.find(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  base.port = colon == std::string_view::npos ? "80" : authority.substr(colon + 1);
  base.host = authority.substr(0, colon);
  if (base.host.starts_with('[') && base.host.ends_with(']')) {
    base.host = base.host.substr(1, base.host.size() - 2);
  }
  const bool numeric = base.port.find_first_not_of("0123456789") == std::string::npos;
  const bool clean = url.find_first_of("?#@ ") == std::string_view::npos;
  if (base.host.empty() || base.port.empty() || !numeric || !clean) return std::nullopt;
  return base;
}

std::string percent_encoded(std::string_view text) {
  static constexpr std::string_view hex = "0123456789ABCDEF";
  static constexpr std::string_view unreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char each : text) {
    if (unreserved.find(each) != std::string_view::npos) {
      out += each;
      continue;
    }
    const auto byte = static_cast<unsigned char>(each);
    out += '%';
    out += hex[byte >> 4];
    out += hex[byte & 15];
  }
  return out;
}

namespace {

std::string host_header(const http_base& base) {
  const bool numeric_v6 = base.host.find(':') != std::string::npos;
  return (numeric_v6 ? "[" + base.host + "]" : base.host) + ":" + base.port;
}

}  // namespace

/// Asynchronous operations run one at a time to their end: only those obey a stream's deadline.
struct http_client::connection {
  connection(http_base where, std::uint32_t limit_ms)
      : base{std::move(where)}, deadline{limit_ms}, stream{context} {}

  error_code connect() {
    tcp::resolver resolver{context};
    error_code error;
    const auto addresses = resolver.resolve(base.host, base.port, error);
    if (error) return error;
    stream.async_connect(addresses,
                         [&](error_code outcome, const tcp::endpoint&) { error = outcome; });
    run();
    connected = !error;
    if (connected) stream.socket().set_option(tcp::no_delay{true}, error);
    return error;
  }

  error_code exchange(const http::request<http::string_body>& request,
                      http::response<http::string_body>& response) {
    error_code error;
    const auto done = [&](error_code outcome, std::size_t) { error = outcome; };
    http::async_write(stream, request, done);
    run();
    if (!error) {
      http::async_read(stream, buffer, response, done);
      run();
    }
    if (error || !response.keep_alive()) close();
    return error;
  }

  void run() {
    context.restart();
    context.run();
  }

  void close() {
    stream.close();
    buffer.clear();
    connected = false;
  }

  http_base base;
  std::chrono::milliseconds deadline;
  asio::io_context context;
  beast::tcp_stream stream;
  beast::flat_buffer buffer;
  bool connected = false;
};

http_client::http_client(http_base base, std::uint32_t deadline_ms)
    : connection_{std::make_unique<connection>(std::move(base), deadline_ms)} {}
http_client::~http_client() = default;

boost::system::result<http_answer> http_client::post(std::string_view target,
                                                     std::string_view bearer,
                                                     std::string_view body) {
  connection& line = *connection_;
  http::request<http::string_body> request{http::verb::post, line.base.prefix + std::string{target},
                                           11};
  request.set(http::field::host, host_header(line.base));
  request.set(http::field::user_agent, "sinyal-notify");
  request.set(http::field::accept, "application/json");
  request.set(http::field::content_type, "application/json");
  if (!bearer.empty()) request.set(http::field::authorization, "Bearer " + std::string{bearer});
  request.body() = body;
  request.prepare_payload();

  line.stream.expires_after(line.deadline);
  const bool kept = line.connected;
  if (!kept) {
    if (const error_code error = line.connect()) return error;
  }
  http::response<http::string_body> response;
  error_code error = line.exchange(request, response);
  if (error && kept && error != beast::error::timeout) {
    response = {};
    if (const error_code again = line.connect()) return again;
    error = line.exchange(request, response);
  }
  if (error) return error;
  return http_answer{response.result_int(), std::move(response.body())};
}

}  // namespace sinyal::cli
