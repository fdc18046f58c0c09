#include "kafka.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace sinyal::detail {
namespace {

// What at-least-once, committed events only, one order a partition and a clean stop rest on.
constexpr std::array refused{"allow.auto.create.topics",
                             "auto.offset.reset",
                             "bootstrap.servers",
                             "delivery.report.only.error",
                             "enable.auto.commit",
                             "enable.auto.offset.store",
                             "enable.idempotence",
                             "enable.partition.eof",
                             "group.id",
                             "group.instance.id",
                             "isolation.level",
                             "metadata.broker.list",
                             "acks",
                             "partition.assignment.strategy",
                             "request.required.acks",
                             "transactional.id"};

constexpr std::pair fetch_again_ms{"fetch.queue.backoff.ms", "50"};

void set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
  std::array<char, 512> why{};
  const auto result = rd_kafka_conf_set(conf, name, value.c_str(), why.data(), why.size());
  if (result == RD_KAFKA_CONF_OK) return;
  // Its own sentence may quote the value, which may be a secret.
  throw error{std::string{"properties: "} + name +
              (result == RD_KAFKA_CONF_UNKNOWN
                   ? " is unknown to librdkafka "
                   : " has a value that is not for it, in librdkafka ") +
              rd_kafka_version_str() + ". Hint: see its CONFIGURATION.md"};
}

}  // namespace

void reporter::operator()(severity severity, std::string_view text) const {
  try {
    if (log_) return log_(severity, text);
  } catch (...) {
    // It is called from within librdkafka too, which is C: the line goes where it would without it.
  }
  if (severity == severity::info) return;
  std::fprintf(stderr, "sinyal: %s: %.*s\n", severity == severity::error ? "error" : "warning",
               static_cast<int>(text.size()), text.data());
}

conf_handle make_conf(const settings& settings,
                      const std::vector<std::pair<const char*, std::string>>& ours) {
  conf_handle conf{rd_kafka_conf_new()};
  rd_kafka_conf_set_log_cb(conf.get(), nullptr);  // callbacks and calls say what matters
  for (const auto& [name, value] : settings.properties) {
    if (std::find(refused.begin(), refused.end(), name) != refused.end()) {
      throw error{"properties: " + name +
                  " cannot be set: what the library promises rests on it. Hint: remove it, or use "
                  "the setting of sinyal::settings that is meant for it"};
    }
    set(conf.get(), name.c_str(), value);
  }
  set(conf.get(), "bootstrap.servers", settings.bootstrap_servers);
  set(conf.get(), "log.connection.close", "false");  // an idle connection's end is no news
  set(conf.get(), "socket.nagle.disable", "true");
  set(conf.get(), "reconnect.backoff.max.ms", "1000");
  for (const auto& [name, value] : ours) set(conf.get(), name, value);
  return conf;
}

client_handle make_client(rd_kafka_type_t type, conf_handle conf) {
  std::array<char, 512> why{};
  client_handle client{rd_kafka_new(type, conf.get(), why.data(), why.size())};
  if (!client) throw error{std::string{"no Kafka client can be made: "} + why.data()};
  static_cast<void>(conf.release());  // it is the client's now
  return client;
}

conf_handle consumer_conf(const settings& settings) {
  std::vector<std::pair<const char*, std::string>> ours{
      {"group.id", settings.group},
      {"isolation.level", "read_committed"},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"enable.partition.eof", "true"},
      // Also of a position that retention has overtaken, so start_at::latest is the consumer's.
      {"auto.offset.reset", "earliest"},
      // Eager, and the same partition of every topic to the same member. The cooperative one of
      // librdkafka before 2.4 hangs and loses assignments.
      {"partition.assignment.strategy", "range"}};
  if (!settings.instance.empty()) ours.emplace_back("group.instance.id", settings.instance);
  conf_handle conf = make_conf(settings, ours);
  // How soon fetching goes on that stopped at a full queue: a fast handler empties that in less
  // than the second that is librdkafka's own. Before 2.2 this has no name: see fetch_again().
  if (!settings.properties.contains(fetch_again_ms.first)) {
    rd_kafka_conf_set(conf.get(), fetch_again_ms.first, fetch_again_ms.second, nullptr, 0);
  }
  return conf;
}

queue_limits queue_limits_of(const rd_kafka_conf_t& conf) {
  const auto number = [&](const char* name) {
    std::array<char, 32> told{};
    std::size_t size = told.size();
    rd_kafka_conf_get(&conf, name, told.data(), &size);
    return std::atoll(told.data());
  };
  constexpr std::int64_t kbyte = 1024;
  return {number("queued.min.messages"), number("queued.max.messages.kbytes") * kbyte};
}

record view_of(const rd_kafka_message_t& message, std::vector<header>& headers) {
  headers.clear();
  record view;
  view.topic = rd_kafka_topic_name(message.rkt);
  view.partition = message.partition;
  view.offset = message.offset;
  view.key = {static_cast<const char*>(message.key), message.key_len};
  if (message.payload != nullptr) {
    view.value = std::string_view{static_cast<const char*>(message.payload), message.len};
  }
  rd_kafka_headers_t* all = nullptr;
  if (rd_kafka_message_headers(&message, &all) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(all, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
      headers.push_back({name, {static_cast<const char*>(value), size}});
    }
  }
  view.headers = headers;
  return view;
}

std::string place_of(const record& record) {
  return std::string{record.topic}
      .append("[")
      .append(std::to_string(record.partition))
      .append("]@")
      .append(std::to_string(record.offset));
}

}  // namespace sinyal::detail
