#pragma once
// What we ask of a Confluent-compatible schema registry, and what its answers mean. It knows no
// socket: who makes one hands it the exchange of a request for an answer.

#include "broker/codec/schema_mark.hpp"
#include "broker/config.hpp"
#include "broker/core/signal.hpp"

#include <boost/system/result.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sinyal::registry {

/// Of bodies, both ways.
inline constexpr std::string_view media_type = "application/vnd.schemaregistry.v1+json";

/// A POST; `path` comes after the registry's address.
struct request {
  std::string path;
  std::string body;
};
struct answer {
  unsigned status = 0;
  std::string body;
};
/// An error when no whole answer came in time.
using exchange = std::function<boost::system::result<answer>(const request&)>;

struct failure {
  std::string message;  // a sentence that ends with what to do about it
  bool of_one = false;  // it concerns this subject: another may fare better
};
template <class Value>
using registry_result = boost::system::result<Value, failure>;

/// A schema as the registry knows it.
struct registered {
  std::uint32_t id = 0;
  std::string guid;  // empty: the registry does not tell any
};

/// By signal; absent: this schema is not registered.
using all_registered = std::array<std::optional<registered>, core::signal_count>;

class client {
 public:
  client(const schema_registry_settings& settings, std::string topic_prefix, exchange ask);

  std::string subject_of(core::signal signal) const;
  registry_result<std::optional<registered>> look_up(core::signal signal) const;
  /// Adds a version to the subject, unless it is there.
  registry_result<registered> add(core::signal signal) const;
  registry_result<all_registered> look_up_all() const;

  /// What events carry by schema_registry.ids. A failure where a schema is not registered, or is
  /// known by no id of that form.
  registry_result<codec::schema_marks> marks() const;
  /// Whether marks can be made of a schema.
  std::optional<failure> unmarkable(const registered& schema) const;

 private:
  registry_result<answer> post(const std::string& path, core::signal signal) const;
  registry_result<registered> read(const answer& from, const std::string& path) const;

  std::string url_;
  schema_ids ids_;
  std::uint32_t timeout_ms_;
  std::string topic_prefix_;
  exchange exchange_;
};

}  // namespace sinyal::registry
