#include "broker/cli/http_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include <chrono>
#include <optional>
#include <utility>

namespace sinyal::cli {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

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

std::string basic_authorization(std::string_view username, std::string_view password) {
  const std::string pair = std::string{username} + ':' + std::string{password};
  std::string encoded(4 * ((pair.size() + 2) / 3), '\0');  // and the NUL that OpenSSL adds
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                  reinterpret_cast<const unsigned char*>(pair.data()),
                  static_cast<int>(pair.size()));
  return "Basic " + encoded;
}

namespace {

std::string host_header(const http_url& base) {
  const bool numeric_v6 = base.host.find(':') != std::string::npos;
  return (numeric_v6 ? "[" + base.host + "]" : base.host) + ":" + base.port;
}

}  // namespace

/// Asynchronous operations run one at a time to their end: only those obey a stream's deadline.
struct http_client::connection {
  using tls_stream = asio::ssl::stream<beast::tcp_stream&>;

  connection(http_url where, std::uint32_t limit_ms)
      : base{std::move(where)}, deadline{limit_ms}, stream{context} {
    tls_context.set_verify_mode(asio::ssl::verify_peer);
    error_code none_there;  // then no certificate is good
    tls_context.set_default_verify_paths(none_there);
  }

  error_code connect() {
    tcp::resolver resolver{context};
    error_code error;
    const auto addresses = resolver.resolve(base.host, base.port, error);
    if (error) return error;
    stream.async_connect(addresses,
                         [&](error_code outcome, const tcp::endpoint&) { error = outcome; });
    run();
    if (!error) stream.socket().set_option(tcp::no_delay{true}, error);
    if (!error && base.tls) error = shake_hands();
    connected = !error;
    if (error) close();
    return error;
  }

  error_code shake_hands() {
    tls.emplace(stream, tls_context);
    tls->set_verify_callback(asio::ssl::host_name_verification{base.host});
    error_code error;
    asio::ip::make_address(base.host, error);
    // Servers of several names choose their certificate by it; an address is none (RFC 6066 3).
    if (error && SSL_set_tlsext_host_name(tls->native_handle(), base.host.c_str()) != 1) {
      return asio::error::invalid_argument;
    }
    error = {};
    tls->async_handshake(tls_stream::client, [&](error_code outcome) { error = outcome; });
    run();
    return error;
  }

  error_code exchange(const http::request<http::string_body>& request,
                      http::response<http::string_body>& response) {
    const error_code error =
        tls ? exchange(*tls, request, response) : exchange(stream, request, response);
    if (error || !response.keep_alive()) close();
    return error;
  }

  template <typename Stream>
  error_code exchange(Stream& over, const http::request<http::string_body>& request,
                      http::response<http::string_body>& response) {
    error_code error;
    const auto done = [&](error_code outcome, std::size_t) { error = outcome; };
    http::async_write(over, request, done);
    run();
    if (error) return error;
    http::async_read(over, buffer, response, done);
    run();
    return error;
  }

  void run() {
    context.restart();
    context.run();
  }

  void close() {
    tls.reset();
    stream.close();
    buffer.clear();
    connected = false;
  }

  http_url base;
  std::chrono::milliseconds deadline;
  asio::io_context context;
  asio::ssl::context tls_context{asio::ssl::context::tls_client};
  beast::tcp_stream stream;
  std::optional<tls_stream> tls;  // one a connection: a session is not used twice
  beast::flat_buffer buffer;
  bool connected = false;
};

http_client::http_client(http_url base, std::uint32_t deadline_ms)
    : connection_{std::make_unique<connection>(std::move(base), deadline_ms)} {}
http_client::~http_client() = default;

boost::system::result<http_answer> http_client::post(const http_post& what) {
  connection& line = *connection_;
  http::request<http::string_body> request{http::verb::post,
                                           line.base.prefix + std::string{what.target}, 11};
  request.set(http::field::host, host_header(line.base));
  request.set(http::field::user_agent, "sinyal");
  request.set(http::field::accept, what.media_type);
  request.set(http::field::content_type, what.media_type);
  if (!what.authorization.empty()) request.set(http::field::authorization, what.authorization);
  request.body() = what.body;
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
