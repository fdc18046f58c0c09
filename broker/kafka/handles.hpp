#pragma once
// Owners of librdkafka's objects. A handle that others point into (messages, topics, queues) is
// declared before them, so that it goes last.

#include <librdkafka/rdkafka.h>

#include <memory>

namespace sinyal::kafka {

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
using queue_handle = std::unique_ptr<rd_kafka_queue_t, deleter<rd_kafka_queue_destroy>>;
using event_handle = std::unique_ptr<rd_kafka_event_t, deleter<rd_kafka_event_destroy>>;
using message_handle = std::unique_ptr<rd_kafka_message_t, deleter<rd_kafka_message_destroy>>;
using headers_handle = std::unique_ptr<rd_kafka_headers_t, deleter<rd_kafka_headers_destroy>>;
using error_handle = std::unique_ptr<rd_kafka_error_t, deleter<rd_kafka_error_destroy>>;
using metadata_handle =
    std::unique_ptr<const rd_kafka_metadata_t, deleter<rd_kafka_metadata_destroy>>;
using group_metadata_handle = std::unique_ptr<rd_kafka_consumer_group_metadata_t,
                                              deleter<rd_kafka_consumer_group_metadata_destroy>>;
using offsets_handle = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                       deleter<rd_kafka_topic_partition_list_destroy>>;

}  // namespace sinyal::kafka
