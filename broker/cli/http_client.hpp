#pragma once
// An HTTP/1.1 client that posts, one request at a time, over one kept connection; plain or TLS.

#include "broker/config/http_url.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sinyal::cli {

/// Everything but unreserved characters (RFC 3986 2.3) as `%XX`.
std::string percent_encoded(std::string_view text);

/// The value of an Authorization field in the Basic scheme (RFC 7617).
std::string basic_authorization(std::string_view username, std::string_view password);

struct http_post {
  std::string_view target;  // after the address's prefix
  std::string_view body;
  std::string_view authorization = {};               // the field's value; empty: no such field
  std::string_view media_type = "application/json";  // of the body, and of the answer
};

struct http_answer {
  unsigned status = 0;
  std::string body;
};

class http_client {
 public:
  /// Of a server with TLS, certificates must be good by OpenSSL's store, which SSL_CERT_FILE and
  /// SSL_CERT_DIR can replace, and must name the host.
  http_client(http_url base, std::uint32_t deadline_ms);
  ~http_client();

  /// Connects where needed; a kept connection that the server closed meanwhile is made anew, once.
  /// An error when no whole answer came within the deadline.
  boost::system::result<http_answer> post(const http_post& what);

 private:
  struct connection;
  std::unique_ptr<connection> connection_;
};

}  // namespace sinyal::cli
