#pragma once
// The one seam to the world: the log that ingest appends to, and the log that lifecycle reads and
// writes in transactions. broker/kafka implements them; tests/support has strict fakes.

#include "broker/codec/record.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sinyal {

enum class append_outcome : std::uint8_t {
  stored,     // acknowledged by all in-sync replicas
  timed_out,  // the message's own time was over; it may have landed
  refused,    // any other delivery error; it may have landed where the error says "possibly"
};

/// One POST waiting for its record, or for one record per subject. Shared by the session and the
/// log; all on ingest's I/O thread. A session that stops waiting clears `wake`; the log goes on.
struct append_ticket : boost::intrusive_ref_counter<append_ticket, boost::thread_unsafe_counter> {
  std::uint32_t outstanding = 0;                  // records not answered yet
  append_outcome worst = append_outcome::stored;  // over all records answered
  void (*wake)(void* session) = nullptr;          // called once, when outstanding reaches 0
  void* session = nullptr;

  void answered(append_outcome outcome) {
    if (outcome > worst) worst = outcome;
    if (--outstanding == 0 && wake != nullptr) wake(session);
  }
};

struct raw_append {
  std::string_view key;  // its partition is murmur2(key) mod the configured count
  std::string_view value;
  const codec::header_list* headers = nullptr;
  std::int64_t timestamp_ms = 0;
};

enum class enqueue_result : std::uint8_t {
  enqueued,  // the ticket will be answered exactly once for this record
  full,      // the queue's bound is reached: nothing was enqueued
  failed,    // refused by the client library: nothing was enqueued
};

/// What ingest appends to. Owned by serve; used by ingest's I/O thread alone.
class notification_log {
 public:
  virtual ~notification_log() = default;
  /// Copies key, value and headers; raises ticket->outstanding when it enqueues.
  virtual enqueue_result append(const raw_append& record,
                                boost::intrusive_ptr<append_ticket> ticket) = 0;
  /// Readable when delivery reports wait: then call drain().
  virtual int ready_fd() const = 0;
  /// Answers all tickets whose reports are here. Replaces a producer that failed for good.
  virtual void drain() = 0;
  /// Metadata of the raw topic has come since the start, and the producer has not failed for good:
  /// ingest is ready. An outage of Kafka after that changes nothing of it.
  virtual bool started() const = 0;
  /// A broker is connected now.
  virtual bool up() const = 0;
};

/// What a failure of the transactional log asks its user to do. Classified once, in broker/kafka.
enum class failure_class : std::uint8_t {
  retriable,  // call the same again
  abortable,  // abort and try the batch again: the cause may mend by itself
  record,     // abort; the same records would fail again (too large, refused by the broker)
  topic,      // abort; a topic or the rights to it are missing
  partition,  // this partition cannot go on: it stops, and a person has to look
  fenced,     // the producer is over: its transaction timed out, or another process has its name
  replaced,   // another process has this instance's name, for certain
  fatal,      // the handles are over, the transaction's outcome perhaps unknown: start anew
};

struct log_failure {
  failure_class what = failure_class::fatal;
  std::string reason;   // Kafka's name of the error: what "the same reason twice" compares
  std::string message;  // a sentence that says what to do about it
  std::optional<std::int32_t> partition{};  // which one it concerns, where that is known
  std::optional<std::int64_t> offset{};     // of that partition, where it failed to read on
};
template <class Value>
using log_result = boost::system::result<Value, log_failure>;

struct partition_offset {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};

/// Offsets that the log has: `end` is that of the record to be written next.
struct offset_range {
  std::int64_t start = 0;
  std::int64_t end = 0;
};

/// Told of the group's decisions from within lifecycle_log::poll() and close(), before they are
/// acted on: records in hand are to be let go of, and no transaction is open then.
class assignment_observer {
 public:
  virtual ~assignment_observer() = default;
  virtual void assigned(std::span<const std::int32_t> partitions) = 0;
  /// `lost`: another member may have them already.
  virtual void revoked(std::span<const std::int32_t> partitions, bool lost) = 0;
};

/// What reading the state topic brought.
struct state_event {
  enum class kind : std::uint8_t { nothing, record, end };
  kind what = kind::nothing;
  std::int32_t partition = 0;
  std::int64_t offset = 0;                     // of an end: the offset that it was reached at
  const codec::record_view* record = nullptr;  // lives until the next poll_state()
};

/// What lifecycle reads and writes: the raw log through a consumer group, the state topic, and all
/// outputs through two transactional producers that take turns. Used by one thread alone. No call
/// blocks for longer than call_timeout; one that would answers `retriable`, and is called again.
class lifecycle_log {
 public:
  static constexpr std::chrono::milliseconds call_timeout{5000};

  virtual ~lifecycle_log() = default;

  /// Initialises both producers, then joins the group. After any other failure than `retriable`,
  /// and at the end: close(). May be opened again after that.
  virtual log_result<void> open(assignment_observer& observer) = 0;
  /// Leaves without leaving the group: a static member's partitions wait for its return.
  virtual void close() = 0;

  /// The next record, or nullptr when none came in time. Records live until drop_records(), and
  /// the first one after it takes the group's metadata, which send_offsets() then uses: a batch
  /// belongs to one generation of the group.
  virtual log_result<const codec::record_view*> poll(std::chrono::milliseconds timeout) = 0;
  virtual void drop_records() = 0;

  /// Assigned partitions are paused. Lets one go on, from this offset.
  virtual log_result<void> resume(partition_offset from) = 0;
  virtual log_result<void> pause(std::int32_t partition) = 0;
  virtual log_result<void> seek(std::span<const partition_offset> to) = 0;

  /// The group's stable committed offsets, in the order asked for. Retriable while a pending
  /// transaction holds them back.
  virtual log_result<std::vector<std::optional<std::int64_t>>> committed(
      std::span<const std::int32_t> partitions) = 0;
  /// The ends of state partitions including what is not committed yet, asked of the cluster anew.
  virtual log_result<std::vector<std::int64_t>> state_ends(
      std::span<const std::int32_t> partitions) = 0;
  virtual log_result<offset_range> raw_range(std::int32_t partition) = 0;
  /// The raw partition's end as last heard of; no request is made.
  virtual std::optional<std::int64_t> known_raw_end(std::int32_t partition) = 0;

  /// Reads a state partition, committed records alone, from an offset (0: from its start).
  virtual log_result<void> start_state(partition_offset from) = 0;
  virtual log_result<state_event> poll_state(std::chrono::milliseconds timeout) = 0;
  virtual void stop_state(std::int32_t partition) = 0;

  /// A transaction: begin, write…, send_offsets, then commit or abort. begin() takes the other
  /// producer of the two.
  virtual log_result<void> begin() = 0;
  virtual log_result<void> write(const codec::outgoing_record& record, std::int32_t partition) = 0;
  virtual log_result<void> send_offsets(std::span<const partition_offset> next) = 0;
  virtual log_result<void> commit() = 0;
  virtual log_result<void> abort() = 0;

  /// Who has this instance's name, as the group tells: a text for the log.
  virtual std::string rival() = 0;
  /// Does Kafka answer a new client, within call_timeout? Any thread may ask.
  virtual bool answers() = 0;
  /// It has answered a little while ago. Any thread may ask.
  virtual bool up() const = 0;
};

/// What `sinyal rebuild` reads and writes: the raw log and the state topic, as nobody's member.
/// Used by one thread alone; calls block as lifecycle_log's do.
class rebuild_log {
 public:
  virtual ~rebuild_log() = default;

  /// Initialises the producer: a rebuild that was killed, or runs still, cannot write any more.
  virtual log_result<void> open() = 0;
  /// Who is in lifecycle's group: a text for each.
  virtual log_result<std::vector<std::string>> members() = 0;
  virtual log_result<std::vector<std::optional<std::int64_t>>> committed(
      std::span<const std::int32_t> partitions) = 0;
  virtual log_result<offset_range> raw_range(std::int32_t partition) = 0;
  virtual log_result<std::vector<std::int64_t>> state_ends(
      std::span<const std::int32_t> partitions) = 0;
  virtual log_result<offset_range> quarantine_range(std::int32_t partition) = 0;

  enum class topic : std::uint8_t { raw, state, quarantine };
  /// Reads a partition, committed records alone. A record lives until the next poll of its topic.
  virtual log_result<void> start(topic of, partition_offset from) = 0;
  virtual log_result<state_event> poll(topic of, std::chrono::milliseconds timeout) = 0;
  virtual void stop(topic of, std::int32_t partition) = 0;

  virtual log_result<void> begin() = 0;
  virtual log_result<void> write(const codec::outgoing_record& record, std::int32_t partition) = 0;
  virtual log_result<void> commit() = 0;
  virtual log_result<void> abort() = 0;
};

}  // namespace sinyal
