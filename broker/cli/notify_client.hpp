#pragma once
// A plain HTTP/1.1 client that posts JSON, one request at a time, over one kept connection.

#include <boost/system/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sinyal::cli {

struct http_base {
  std::string host;
  std::string port;
  std::string prefix;  // of the path: "" or "/some/where"
};

/// Reads `http://HOST[:PORT][/PREFIX]`; HOST may be `[IPv6]`. Nothing for anything else, https too:
/// TLS is ended in front of ingest.
std::optional<http_base> parse_base(std::string_view url);

/// Everything but unreserved characters (RFC 3986 2.3) as `%XX`.
std::string percent_encoded(std::string_view text);

struct http_answer {
  unsigned status = 0;
  std::string body;
};

class http_client {
 public:
  http_client(http_base base, std::uint32_t deadline_ms);
  ~http_client();

  /// Connects where needed; a kept connection that the server closed meanwhile is made anew, once.
  /// `bearer` empty: no Authorization. An error when no whole answer came within the deadline.
  boost::system::result<http_answer> post(std::string_view target, std::string_view bearer,
                                          std::string_view body);

 private:
  struct connection;
  std::unique_ptr<connection> connection_;
};

}  // namespace sinyal::cli
