#pragma once
// The address of an HTTP server, as settings and flags give it.

#include <optional>
#include <string>
#include <string_view>

namespace sinyal {

struct http_url {
  bool tls = false;
  std::string host;  // brackets around an IPv6 address are off
  std::string port;
  std::string prefix;  // of the path: "" or "/some/where"
};

/// Reads `http[s]://HOST[:PORT][/PREFIX]`; HOST may be `[IPv6]`. Nothing for anything else, such as
/// an address that holds a password.
std::optional<http_url> parse_http_url(std::string_view text);

}  // namespace sinyal
