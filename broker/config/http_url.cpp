#include "broker/config/http_url.hpp"

#include <algorithm>

namespace sinyal {

namespace {

constexpr std::string_view plain_scheme = "http://";
constexpr std::string_view tls_scheme = "https://";

}  // namespace

std::optional<http_url> parse_http_url(std::string_view text) {
  http_url url;
  url.tls = text.starts_with(tls_scheme);
  if (!url.tls && !text.starts_with(plain_scheme)) return std::nullopt;
  text.remove_prefix(url.tls ? tls_scheme.size() : plain_scheme.size());
  const bool clean = std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c != 0x7f && c != '?' && c != '#' && c != '@';
  });
  const auto slash = text.find('/');
  if (slash != text.npos) url.prefix = text.substr(slash);
  while (url.prefix.ends_with('/')) url.prefix.pop_back();
  const std::string_view authority = text.substr(0, slash);

  const auto bracket = authority.find(']');
  const auto colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
  const std::string_view usual_port = url.tls ? "443" : "80";
  url.port = colon == authority.npos ? usual_port : authority.substr(colon + 1);
  url.host = authority.substr(0, colon);
  if (url.host.starts_with('[') && url.host.ends_with(']')) {
    url.host = url.host.substr(1, url.host.size() - 2);
  }
  const bool numeric = url.port.find_first_not_of("0123456789") == std::string::npos;
  if (url.host.empty() || url.port.empty() || !numeric || !clean) return std::nullopt;
  return url;
}

}  // namespace sinyal
