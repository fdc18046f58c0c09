#include "broker/config/properties.hpp"

#include "broker/config/secrets.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace sinyal {

namespace {

struct refused_property {
  std::string_view name;
  std::string_view instead;  // the rest of the sentence that begins with its name
};

constexpr std::string_view at_least_once = "is always all: a 200 promises that no record is lost";
constexpr std::string_view order = "is fixed: the order of a subject's records rests on it";
constexpr std::string_view exactly_once = "is fixed: exactly once rests on it";
constexpr std::string_view unread =
    "is not taken: not every client of ours is asked for them, and they would pile up in memory";

constexpr std::array refused{
    refused_property{"acks", at_least_once},
    refused_property{"request.required.acks", at_least_once},
    refused_property{"enable.idempotence", exactly_once},
    refused_property{"isolation.level", exactly_once},
    refused_property{"enable.auto.commit", exactly_once},
    refused_property{"enable.auto.offset.store", exactly_once},
    refused_property{"auto.commit.enable", exactly_once},
    refused_property{"auto.offset.reset", exactly_once},
    refused_property{"enable.partition.eof", exactly_once},
    refused_property{"retries", exactly_once},
    refused_property{"message.send.max.retries", exactly_once},
    refused_property{"partitioner", order},
    refused_property{"partition.assignment.strategy", order},
    refused_property{"max.in.flight", order},
    refused_property{"max.in.flight.requests.per.connection", order},
    refused_property{"transactional.id",
                     "is made of kafka.topic_prefix and lifecycle.instance: set those"},
    refused_property{"group.id", "is made of kafka.topic_prefix and lifecycle.group: set those"},
    refused_property{"group.instance.id", "is set as lifecycle.instance"},
    refused_property{"bootstrap.servers", "is set as kafka.bootstrap_servers"},
    refused_property{"metadata.broker.list", "is set as kafka.bootstrap_servers"},
    refused_property{"linger.ms", "is set as kafka.linger_ms"},
    refused_property{"queue.buffering.max.ms", "is set as kafka.linger_ms"},
    refused_property{"queue.buffering.max.messages", "is set as kafka.queue_records_max"},
    refused_property{"queue.buffering.max.kbytes", "is set as kafka.queue_bytes_max"},
    refused_property{"message.timeout.ms", "is set as kafka.message_timeout_ms"},
    refused_property{"delivery.timeout.ms", "is set as kafka.message_timeout_ms"},
    refused_property{"message.max.bytes", "is set as kafka.record_bytes_max"},
    refused_property{"reconnect.backoff.max.ms", "is set as kafka.reconnect_backoff_max_ms"},
    refused_property{"transaction.timeout.ms", "is set as lifecycle.transaction_timeout_ms"},
    refused_property{"session.timeout.ms", "is set as lifecycle.session_timeout_ms"},
    refused_property{"max.poll.interval.ms", "is set as lifecycle.max_poll_interval_ms"},
    refused_property{"delivery.report.only.error", at_least_once},
    refused_property{"statistics.interval.ms", unread},
    refused_property{"log.queue", unread},
    refused_property{"test.mock.num.brokers",
                     "is for librdkafka's own tests: use serve --embedded"},
};

/// Passwords and private keys by librdkafka's names (CONFIGURATION.md).
bool is_secret_name(std::string_view name) {
  return name.ends_with("password") || name.ends_with(".secret") || name == "ssl.key.pem";
}

class property_reader {
 public:
  property_reader(const std::map<std::string, std::string>& environment,
                  std::vector<std::string>& errors)
      : environment_{environment}, errors_{errors} {}

  void read(const std::string& prefix, const config_node& node) {
    if (const auto* entries = node.entries()) {
      for (const config_node& value : *entries) {
        read(prefix.empty() ? value.name : prefix + '.' + value.name, value);
      }
      return;
    }
    const auto owned = std::find_if(refused.begin(), refused.end(),
                                    [&](const auto& one) { return one.name == prefix; });
    if (owned != refused.end()) {
      return wrong(node, prefix, std::string{owned->instead});
    }
    if (const auto* number = std::get_if<std::int64_t>(&node.value)) {
      out_.emplace(prefix, core::secret{std::to_string(*number)});
    } else if (const auto* flag = std::get_if<bool>(&node.value)) {
      out_.emplace(prefix, core::secret{*flag ? "true" : "false"});
    } else if (node.text() != nullptr) {
      read_text(prefix, node);
    } else {
      wrong(node, prefix, "must be a text, a whole number, true or false");
    }
  }

  std::map<std::string, core::secret> take() { return std::move(out_); }

 private:
  void read_text(const std::string& name, const config_node& node) {
    if (!is_secret_name(name) && !is_secret_reference(*node.text())) {
      out_.emplace(name, core::secret{*node.text()});
      return;
    }
    secret_result resolved = resolve_secret(*node.text(), environment_);
    if (!resolved.value) return wrong(node, name, "is a secret, and " + resolved.error);
    out_.emplace(name, std::move(*resolved.value));
  }

  void wrong(const config_node& node, const std::string& name, const std::string& sentence) {
    errors_.push_back(node.origin + ": kafka.properties: " + name + ' ' + sentence + '.');
  }

  const std::map<std::string, std::string>& environment_;
  std::vector<std::string>& errors_;
  std::map<std::string, core::secret> out_;
};

}  // namespace

std::map<std::string, core::secret> read_properties(
    const config_node& node, const std::map<std::string, std::string>& environment,
    std::vector<std::string>& errors) {
  if (node.entries() == nullptr) {
    errors.push_back(node.origin +
                     ": kafka.properties must be a table, as in {\"client.id\" = \"sinyal\"}.");
    return {};
  }
  property_reader reader{environment, errors};
  reader.read("", node);
  return reader.take();
}

}  // namespace sinyal
