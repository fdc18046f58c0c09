#pragma once
// A member of the group: reads records, says which partitions it has, commits positions. Used by
// one thread; what it observes is called within poll() and close().

#include "kafka.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace sinyal::detail {

struct position {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;  // of the next record
};

class consumer {
 public:
  struct watcher {
    std::function<void(const std::string& topic, std::int32_t partition)> assigned;
    /// All partitions go. `lost`: others may have them already, so nothing may be committed.
    std::function<void(bool lost)> revoked;
  };

  consumer(const settings& settings, watcher tell);
  ~consumer() { close(); }
  consumer(const consumer&) = delete;
  consumer& operator=(const consumer&) = delete;

  rd_kafka_t* client() { return client_.get(); }
  /// What last went wrong with a connection, before subscribe(); empty: nothing.
  std::string last_words();
  void subscribe(const std::vector<std::string>& topics);
  /// Tells the group, so that its partitions go to others at once. Nothing can be asked afterwards.
  void close();

  /// A record, an end of a partition (err is _PARTITION_EOF), or null. Throws `error` for what does
  /// not mend by itself: no rights, a fatal client.
  message_handle poll(std::chrono::milliseconds timeout);

  void commit(const std::vector<position>& positions, bool wait);
  void pause(const std::string& topic, std::int32_t partition);
  void resume(const std::string& topic, std::int32_t partition);
  /// Where the partition ends as far as was last told; -1 when nothing was.
  std::int64_t known_end(const std::string& topic, std::int32_t partition);

 private:
  void fail_if_fatal() const;
  void fetch_again();
  void assign(rd_kafka_topic_partition_list_t* partitions);
  rd_kafka_resp_err_t begin_at_end(rd_kafka_topic_partition_list_t* partitions);
  static void on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t code,
                           rd_kafka_topic_partition_list_t* partitions, void* opaque);
  static void on_error(rd_kafka_t*, int code, const char* text, void* opaque);
  static void on_commit(rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t*,
                        void* opaque);

  std::string group_;
  start_at start_;
  watcher watcher_;
  reporter report_;
  client_handle client_;
  queue_limits limits_;
  std::int64_t taken_records_ = 0, taken_bytes_ = 0;  // since the client's queue was last empty
  bool subscribed_ = false;
  bool closed_ = false;
  std::string no_start_;  // why it is not known where to begin
  std::string last_words_;
};

}  // namespace sinyal::detail
