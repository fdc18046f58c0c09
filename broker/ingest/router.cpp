#include "broker/ingest/router.hpp"

#include "broker/core/subject.hpp"

namespace sinyal::ingest {

namespace {

constexpr std::string_view prefix = "/v1/midtrans/";

/// The text up to the next slash, which goes with it.
std::string_view take_segment(std::string_view& path) {
  const auto end = path.find('/');
  const std::string_view segment = path.substr(0, end);
  path = end == std::string_view::npos ? std::string_view{} : path.substr(end + 1);
  return segment;
}

}  // namespace

authentication authentication_of(codec::endpoint endpoint) {
  switch (endpoint) {
    case codec::endpoint::notifications:
      return authentication::signature;
    case codec::endpoint::recurring:
      return authentication::path_token;
    case codec::endpoint::payments:
    case codec::endpoint::invoices:
    case codec::endpoint::subscriptions:
      break;
  }
  return authentication::bearer;
}

std::optional<route> find_route(std::string_view target) {
  std::string_view path = target.substr(0, target.find('?'));
  if (!path.starts_with(prefix) || path.ends_with('/')) return std::nullopt;
  path.remove_prefix(prefix.size());
  route found;
  found.merchant = take_segment(path);
  const auto endpoint = codec::parse_endpoint(take_segment(path));
  found.token = take_segment(path);
  if (!core::is_merchant_id(found.merchant) || !endpoint || !path.empty()) return std::nullopt;
  found.endpoint = *endpoint;
  const bool has_token = !found.token.empty();
  const bool wants_token = authentication_of(*endpoint) == authentication::path_token;
  if (has_token != wants_token) return std::nullopt;
  return found;
}

}  // namespace sinyal::ingest
