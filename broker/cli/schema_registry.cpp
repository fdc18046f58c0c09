#include "broker/cli/schema_registry.hpp"

#include "broker/cli/http_client.hpp"

#include <memory>

namespace sinyal::cli {

bool has_registry(const config& all, role role) {
  return role != role::ingest && !all.schema_registry.url.empty();
}

registry::registry_result<codec::schema_marks> schema_marks_of(const config& all, role role) {
  if (all.schema_registry.ids == schema_ids::off || !has_registry(all, role)) {
    return codec::schema_marks{};
  }
  return registry_of(all).marks();
}

registry::client registry_of(const config& all) {
  const schema_registry_settings& settings = all.schema_registry;
  const auto http =
      std::make_shared<http_client>(parse_http_url(settings.url).value(), settings.timeout_ms);
  core::secret authorization;
  if (!settings.username.empty()) {
    authorization =
        core::secret{basic_authorization(settings.username, settings.password.reveal())};
  }
  const auto ask = [http, authorization = std::move(authorization)](
                       const registry::request& what) -> boost::system::result<registry::answer> {
    auto got = http->post({what.path, what.body, authorization.reveal(), registry::media_type});
    if (!got) return got.error();
    return registry::answer{got->status, std::move(got->body)};
  };
  return {settings, all.kafka.topic_prefix, ask};
}

}  // namespace sinyal::cli
