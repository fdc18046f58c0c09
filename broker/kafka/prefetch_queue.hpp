#pragma once
// What a consumer's client has fetched and nobody has taken.
//
// librdkafka before 2.2 fetches nothing for up to a second once its queue was full, however soon
// that is emptied (2.2 has `fetch.queue.backoff.ms` for it): whoever takes the records faster than
// a full queue a second would wait most of the time. So when the queue is empty and may have been
// full, the client's threads are asked something: they look at the queue after that.

#include "broker/kafka/handles.hpp"

#include <chrono>
#include <cstdint>
#include <functional>

namespace sinyal::kafka {

class prefetch_queue {
 public:
  /// Null when nothing came within so many milliseconds.
  using poll_function = std::function<rd_kafka_message_t*(int)>;

  prefetch_queue() = default;
  /// As large as the settings say.
  explicit prefetch_queue(const rd_kafka_conf_t& conf);

  /// What poll() gives. `partitions` are those that are read, and are asked for only when needed.
  message_handle next(rd_kafka_t* client, std::chrono::milliseconds timeout,
                      const poll_function& poll, const std::function<offsets_handle()>& partitions);

 private:
  bool may_have_been_full() const;

  std::int64_t records_max_ = 0, bytes_max_ = 0;  // at either the client stops fetching
  std::int64_t records_ = 0, bytes_ = 0;          // taken since the queue was last seen empty
};

}  // namespace sinyal::kafka
