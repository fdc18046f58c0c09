#pragma once
// librdkafka's objects with owners, and its settings with sentences. No other header of ours
// includes rdkafka.h but those that include this one; none of them is public.

#include "record.hpp"

#include <librdkafka/rdkafka.h>

#include <memory>
#include <sinyal/settings.hpp>
#include <sinyal/subscriber.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sinyal::detail {

template <auto Destroy>
struct deleter {
  template <class Object>
  void operator()(Object* object) const {
    Destroy(object);
  }
};
using conf_handle = std::unique_ptr<rd_kafka_conf_t, deleter<rd_kafka_conf_destroy>>;
using client_handle = std::unique_ptr<rd_kafka_t, deleter<rd_kafka_destroy>>;
using topic_handle = std::unique_ptr<rd_kafka_topic_t, deleter<rd_kafka_topic_destroy>>;
using message_handle = std::unique_ptr<rd_kafka_message_t, deleter<rd_kafka_message_destroy>>;
using headers_handle = std::unique_ptr<rd_kafka_headers_t, deleter<rd_kafka_headers_destroy>>;
using error_handle = std::unique_ptr<rd_kafka_error_t, deleter<rd_kafka_error_destroy>>;
using partitions_handle = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                          deleter<rd_kafka_topic_partition_list_destroy>>;

/// Where the library's log lines go: settings.log, or standard error.
class reporter {
 public:
  explicit reporter(const settings& settings) : log_{settings.log} {}
  void operator()(severity severity, std::string_view text) const;

 private:
  std::function<void(severity, std::string_view)> log_;
};

/// The user's properties, then ours. Throws `error`, which names a property and never its value.
conf_handle make_conf(const settings& settings,
                      const std::vector<std::pair<const char*, std::string>>& ours);
client_handle make_client(rd_kafka_type_t type, conf_handle conf);

/// The consumer's settings; on it, callbacks are still to be set.
conf_handle consumer_conf(const settings& settings);

/// What the client fetches ahead of poll(). At either it stops fetching.
struct queue_limits {
  std::int64_t records = 0, bytes = 0;
};
queue_limits queue_limits_of(const rd_kafka_conf_t& conf);

/// Views into the message; `headers` holds what the record's span shows.
record view_of(const rd_kafka_message_t& message, std::vector<header>& headers);

/// `topic[partition]@offset`, for log lines.
std::string place_of(const record& record);

}  // namespace sinyal::detail
