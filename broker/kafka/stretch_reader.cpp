#include "broker/kafka/stretch_reader.hpp"

#include "broker/kafka/errors.hpp"
#include "broker/kafka/records.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sinyal::kafka {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto poll_time = 200ms;  // how soon a request to stop is seen

/// The stretches that are not read to their ends, of one reader.
class unfinished {
 public:
  unfinished(partition_reader& reader, std::span<const stretch> all)
      : reader_{reader}, all_{all}, next_(all.size()) {}
  unfinished(const unfinished&) = delete;
  unfinished& operator=(const unfinished&) = delete;
  ~unfinished() {
    for (const auto& [at, index] : open_) reader_.stop(all_[index].of.topic, at.second);
  }

  log_result<void> start() {
    for (std::size_t i = 0; i < all_.size(); ++i) {
      const auto& [of, part] = all_[i];
      next_[i] = part.start;
      if (part.start >= part.end) continue;
      auto done = reader_.start(of.topic, {of.partition, part.start});
      if (!done) return done.error();
      open_[{reader_.topic(of.topic), of.partition}] = i;
    }
    return {};
  }

  bool empty() const { return open_.empty(); }
  std::size_t index_of(const rd_kafka_message_t& message) const {
    return open_.at({message.rkt, message.partition});
  }
  bool is_within(std::size_t index, std::int64_t offset) const {
    return offset < all_[index].part.end;
  }
  /// All before `offset` is read.
  void advance(std::size_t index, std::int64_t offset) {
    next_[index] = std::max(next_[index], offset);
    if (is_within(index, next_[index])) return;
    const auto& of = all_[index].of;
    reader_.stop(of.topic, of.partition);
    open_.erase({reader_.topic(of.topic), of.partition});
  }
  /// What is being read: where the message is from, or one of those left.
  std::string where(const rd_kafka_message_t* message) const {
    const bool is_told = message != nullptr && message->rkt != nullptr;
    const std::size_t index = is_told ? index_of(*message) : open_.begin()->second;
    return "partition " + std::to_string(all_[index].of.partition) + " of " + all_[index].of.topic +
           " beyond offset " + std::to_string(next_[index]);
  }

 private:
  partition_reader& reader_;
  std::span<const stretch> all_;
  std::vector<std::int64_t> next_;
  std::map<std::pair<rd_kafka_topic_t*, std::int32_t>, std::size_t> open_;
};

}  // namespace

log_result<std::unique_ptr<stretch_reader>> stretch_reader::make(const kafka_settings& settings,
                                                                 observe::logger& logger) {
  auto partitions = partition_reader::make(
      settings, {{"auto.offset.reset", "error"}, {"enable.partition.eof", "true"}}, logger);
  if (!partitions) return partitions.error();
  return std::unique_ptr<stretch_reader>{new stretch_reader{settings, std::move(*partitions)}};
}

log_result<void> stretch_reader::read(
    std::span<const stretch> all,
    const std::function<bool(std::size_t index, const codec::record_view& record)>& each,
    const std::atomic<bool>& stop) {
  unfinished left{*partitions_, all};
  if (auto done = left.start(); !done) return done.error();
  std::vector<codec::header_view> headers;
  auto heard = clock::now();
  while (!left.empty() && !stop) {
    const message_handle message = partitions_->next(poll_time);
    const auto code = message ? message->err : RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const std::size_t index = left.index_of(*message);
      const bool within = left.is_within(index, message->offset);
      if (within && !each(index, view_of(*message, headers))) break;
      left.advance(index, message->offset + 1);
    } else if (code == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      left.advance(left.index_of(*message), message->offset);
    } else if (code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
      return log_failure{failure_class::topic, "deleted",
                         left.where(message.get()) +
                             " was deleted before it was read. Hint: where retention did that, run "
                             "it again"};
    } else {
      log_failure why =
          failure_of(partitions_->client(), code, "read " + left.where(message.get()));
      if (!mends_itself(why)) return why;
      if (clock::now() - heard < std::chrono::milliseconds{settings_.start_timeout_ms}) continue;
      return no_answer(settings_, std::move(why));
    }
    heard = clock::now();
  }
  return {};
}

}  // namespace sinyal::kafka
