// Topics: what `sinyal topics apply` creates is what schemas/asyncapi.json promises.

#include "broker/core/signal.hpp"
#include "broker/kafka/topics.hpp"
#include "tests/cli/published.hpp"

#include <doctest/doctest.h>

#include <map>

namespace sinyal::cli::test {

namespace {

std::map<std::string, kafka::wanted_topic> wanted_by_name() {
  std::map<std::string, kafka::wanted_topic> all;
  for (auto& each : kafka::wanted_topics(kafka_settings{}, kafka::topics_of::all)) {
    all.emplace(each.name, each);
  }
  return all;
}

/// By the topic's name with the default prefix.
std::map<std::string, json::value> channels() {
  std::map<std::string, json::value> all;
  const json::value document = published("asyncapi.json");
  for (const auto& each : document.at("channels").as_object()) {
    const std::string address = text(each.value().at("address"));
    constexpr std::string_view prefix = "{prefix}";
    REQUIRE(address.starts_with(prefix));
    all.emplace("midtrans" + address.substr(prefix.size()), each.value());
  }
  return all;
}

}  // namespace

TEST_CASE("asyncapi.json knows the topics that are created, and no other") {
  names created;
  for (const auto& [name, topic] : wanted_by_name()) created.insert(name);
  names promised;
  for (const auto& [name, channel] : channels()) promised.insert(name);
  CHECK(created == promised);
}

TEST_CASE("topics are created as asyncapi.json says") {
  const auto promised = channels();
  for (const auto& [name, topic] : wanted_by_name()) {
    CAPTURE(name);
    const auto found = promised.find(name);
    REQUIRE(found != promised.end());
    const json::value& binding = found->second.at("bindings").at("kafka");
    CHECK(text(binding.at("topic")) == name);
    CHECK(binding.at("partitions").as_int64() == topic.partitions);
    CHECK(binding.at("replicas").as_int64() == topic.replication);
    const json::object& configured = binding.at("topicConfiguration").as_object();
    CHECK(texts_of(configured.at("cleanup.policy")) == names{topic.config.at("cleanup.policy")});
    const auto retention = topic.config.find("retention.ms");
    const json::value* said = configured.if_contains("retention.ms");
    REQUIRE((said != nullptr) == (retention != topic.config.end()));
    if (said != nullptr) CHECK(std::to_string(said->as_int64()) == retention->second);
  }
}

TEST_CASE("a signal's channel carries its type, in both modes") {
  const json::value document = published("asyncapi.json");
  const auto promised = channels();
  for (const core::signal_info& signal : core::signal_table) {
    CAPTURE(signal.name);
    const auto found = promised.find("midtrans." + std::string{signal.topic});
    REQUIRE(found != promised.end());
    const json::object& messages = found->second.at("messages").as_object();
    REQUIRE(messages.size() == 2);
    for (const auto& each : messages) {
      const json::value& message = document.at("components").at("messages").at(each.key());
      const bool structured = text(message.at("contentType")) != "application/json";
      const json::value& fixed = message.at(structured ? "payload" : "headers").at("properties");
      const std::string prefix = structured ? "" : "ce_";
      CHECK(text(fixed.at(prefix + "type").at("const")) == signal.type);
      CHECK(text(fixed.at(prefix + "signal").at("const")) == signal.name);
      CHECK(text(fixed.at(prefix + "dataschema").at("const")) == signal.data_schema);
    }
    const std::string file = "json/" + std::string{signal.topic} + ".v1.json";
    CHECK(text(published(file).at("$id")) == signal.data_schema);
  }
}

}  // namespace sinyal::cli::test
