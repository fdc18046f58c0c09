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
  using poll_function = std::function<rd_kafka_message_t*(int timeout_ms)>;
  using partitions_function = std::function<offsets_handle()>;

  prefetch_queue() = default;
  /// Of the member of a group; the client outlives it.
  explicit prefetch_queue(rd_kafka_t* client);
  /// Of partitions that `poll` reads otherwise, and `partitions` names.
  prefetch_queue(rd_kafka_t* client, poll_function poll, partitions_function partitions);

  /// Null when nothing came within `timeout`.
  message_handle next(std::chrono::milliseconds timeout);

 private:
  bool may_have_been_full() const;

  rd_kafka_t* client_ = nullptr;
  poll_function poll_;
  partitions_function partitions_;                // asked for only when needed
  std::int64_t records_max_ = 0, bytes_max_ = 0;  // at either the client stops fetching
  std::int64_t records_ = 0, bytes_ = 0;          // taken since the queue was last seen empty
};

}  // namespace sinyal::kafka
