#pragma once
// Where events go that nobody could handle: the record as it was, and Kafka Connect's error headers
// that say where it stood and why.

#include "kafka.hpp"
#include "record.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace sinyal::detail {

struct dead_letter_cause {
  std::string_view stage;  // Kafka Connect's: VALUE_CONVERTER (no event), TASK_PUT (a handler)
  std::string exception;   // the type that was thrown, or the reason
  std::string message;     // a sentence
};

/// What became of a dead letter; filled while poll() runs.
struct delivery {
  bool finished = false;
  std::string failure;  // empty: it is on all in-sync replicas
};

class dead_letters {
 public:
  explicit dead_letters(const settings& settings);
  ~dead_letters();
  dead_letters(const dead_letters&) = delete;
  dead_letters& operator=(const dead_letters&) = delete;

  const std::string& topic() const { return topic_; }
  rd_kafka_t* client() { return client_.get(); }

  /// Returns at once. `attempts` is the number of calls that failed.
  std::shared_ptr<delivery> send(const record& record, const dead_letter_cause& cause,
                                 int attempts);
  void poll() { rd_kafka_poll(client_.get(), 0); }
  /// Throws `error` when the client has failed for good, so that no delivery can succeed any more.
  void fail_if_fatal() const;

 private:
  headers_handle headers_of(const record& record, const dead_letter_cause& cause,
                            int attempts) const;

  std::string topic_, group_;
  client_handle client_;
};

}  // namespace sinyal::detail
