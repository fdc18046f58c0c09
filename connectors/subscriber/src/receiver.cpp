#include "receiver.hpp"

#include "start.hpp"

#include <algorithm>
#include <cstdlib>
#include <cxxabi.h>
#include <typeinfo>

namespace sinyal::detail {
namespace {

using namespace std::chrono_literals;

// What is read ahead of a lane that waits. A strand that has so many is paused, which throws away
// what the client has fetched of it, so it is resumed only when few are left.
constexpr std::size_t records_max = 256;
constexpr std::size_t records_few = 16;
// Subjects whose last sequence is remembered: some tens of megabytes at the most.
constexpr std::size_t subjects_max = 200'000;
constexpr auto idle_poll = 100ms;  // how soon a stop is seen
constexpr auto waiting_poll = 10ms;
// What handlers may take from one poll to the next; the last one begun takes what it takes.
constexpr auto turn_max = 1s;

// A sentence of a handler's or a type of somebody's, in a header and in a log line.
constexpr std::size_t sentence_max = 1000;
// Types that are not known, so that each is said once.
constexpr std::size_t types_max = 100;

/// Not in the middle of a character of UTF-8.
std::string shortened(std::string sentence) {
  if (sentence.size() <= sentence_max) return sentence;
  std::size_t end = sentence_max;
  while (end > 0 && (static_cast<unsigned char>(sentence[end]) & 0xc0U) == 0x80U) --end;
  return sentence.substr(0, end) + "…";
}

/// "std::runtime_error": the type of what is being caught. As it was thrown, not by typeid, which
/// has nothing to look at where the handler was compiled without run-time types.
std::string type_name() {
  const std::type_info* const type = abi::__cxa_current_exception_type();
  if (type == nullptr) return "unknown";
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name{
      abi::__cxa_demangle(type->name(), nullptr, nullptr, &status), &std::free};
  return status == 0 ? name.get() : type->name();
}

dead_letter_cause cause_of(const char* message) {
  return {"TASK_PUT", shortened(type_name()), shortened(message == nullptr ? "" : message)};
}

}  // namespace

receiver::receiver(const settings& settings, handlers& handlers, const std::atomic<bool>& stopping,
                   publisher publish)
    : settings_{settings},
      handlers_{handlers},
      stopping_{stopping},
      publish_{std::move(publish)},
      report_{settings},
      seen_{subjects_max},
      dead_letters_{settings},
      consumer_{
          settings,
          {[this](const std::string& topic, std::int32_t partition) { assigned(topic, partition); },
           [this](bool lost) { revoked(lost); }}} {}

void receiver::run(const std::vector<std::string>& topics) {
  check(settings_, topics, consumer_, dead_letters_.topic(), dead_letters_.client(), stopping_);
  consumer_.subscribe(topics);
  while (!stopping_) turn();
  consumer_.close();
  tell();
}

void receiver::assigned(const std::string& topic, std::int32_t partition) {
  strand& added = strands_[{topic, partition}];
  lane& in = lanes_[{settings_.merge_topics ? std::string{} : topic, partition}];
  added.topic = topic;
  added.partition = partition;
  added.lane = &in;
  in.strands.push_back(&added);
}

void receiver::revoked(bool lost) {
  // The client keeps a pause for the next time that it gets the partition; its strand is new then.
  for (auto& [name, each] : strands_) resume(each);
  if (!lost) commit(true);
  waiting_.clear();
  lanes_.clear();
  strands_.clear();
  last_ = nullptr;
  seen_.forget();  // others go on with these subjects
}

void receiver::turn() {
  const auto timeout = waiting_.empty() ? idle_poll : progressed_ ? 0ms : waiting_poll;
  auto message = consumer_.poll(timeout);
  now_ = clock::now();
  // What belongs before an event that is held may be in the client's queue, behind many others.
  for (; held_ && message; message = consumer_.poll(0ms)) take(std::move(message));
  if (!message) drained_ = now_ = clock::now();
  if (now_ >= next_commit_) {
    next_commit_ = now_ + settings_.commit_interval;
    commit(false);
    tell();
    dead_letters_.poll();
  }
  if (message) take(std::move(message));
  work();
}

strand* receiver::strand_of(const rd_kafka_message_t& message) {
  const char* const topic = rd_kafka_topic_name(message.rkt);
  if (last_ != nullptr && last_->partition == message.partition && last_->topic == topic) {
    return last_;
  }
  const auto found = strands_.find({topic, message.partition});
  if (found == strands_.end()) return nullptr;  // it has just gone
  return last_ = &found->second;
}

void receiver::take(message_handle message) {
  strand* const to = strand_of(*message);
  if (to == nullptr) return;
  to->at_end = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
  if (to->at_end) {
    // Past what is no event, such as the markers of transactions: so lag can reach zero.
    if (to->records.empty()) to->next = std::max(to->next, message->offset);
  } else {
    // Where the client began, should it have been at the end: so that it is known to the next one.
    if (to->next < 0) to->next = message->offset;
    to->records.push_back({std::move(message), now_});
    if (to->records.size() >= records_max && !std::exchange(to->paused, true)) {
      consumer_.pause(to->topic, to->partition);
    }
    if (!std::exchange(to->lane->waiting, true)) waiting_.push_back(to->lane);
  }
}

/// One record of each lane at the most, and no longer than `turn_max`, so that polling goes on
/// whatever handlers take. The next turn goes on with the lane after the last one.
void receiver::work() {
  progressed_ = held_ = false;
  for (std::size_t left = waiting_.size(); left > 0 && !stopping_; --left) {
    if (turn_of_ >= waiting_.size()) turn_of_ = 0;
    lane& each = *waiting_[turn_of_];
    progressed_ = work(each) || progressed_;
    if (each.empty()) {
      each.waiting = false;
      waiting_[turn_of_] = waiting_.back();
      waiting_.pop_back();
    } else {
      ++turn_of_;
    }
    if (clock::now() - now_ >= turn_max) return;
  }
}

/// Whether a record is done with.
bool receiver::work(lane& lane) {
  if (now_ < lane.not_before) return false;
  for (strand* const each : lane.strands) open(*each);
  strand* const from = lane.next(drained_, seen_, settings_.merge_wait);
  held_ = held_ || from == nullptr;
  if (from == nullptr || !settle(from->first, lane)) return false;
  pop(*from);
  return true;
}

void receiver::open(strand& strand) {
  if (strand.opened || strand.records.empty()) return;
  strand.opened = true;
  item& first = strand.first;
  first.record = view_of(*strand.records.front().message, first.headers);
  first.progress = {};
  decoder_.decode(first.record, first.what);
}

void receiver::pop(strand& strand) {
  strand.next = strand.first.record.offset + 1;
  strand.opened = false;
  strand.records.pop_front();
  if (strand.records.size() <= records_few) resume(strand);
}

void receiver::resume(strand& strand) {
  if (std::exchange(strand.paused, false)) consumer_.resume(strand.topic, strand.partition);
}

bool receiver::settle(item& item, lane& lane) {
  if (item.progress.given_up) return give_up(item, lane);
  if (auto* event = std::get_if<decoded>(&item.what)) return handle(item, *event, lane);
  if (const auto* wrong = std::get_if<malformed>(&item.what)) {
    item.progress.given_up = {"VALUE_CONVERTER", std::string{wrong->reason}, wrong->sentence};
    return give_up(item, lane);
  }
  return pass_over(item, std::get<unknown_type>(item.what).type, lane);
}

bool receiver::pass_over(item& item, const std::string& type, lane& lane) {
  ++statistics_.unknown;
  const std::string told = shortened(type);
  std::string sentence = "the type " + told + " is not known to this version of the library";
  if (settings_.unknown == unknown_events::dead_letter) {
    item.progress.given_up = {"VALUE_CONVERTER", "unknown_type", std::move(sentence)};
    return give_up(item, lane);
  }
  // A new version of all that a service reads would else go by unheard.
  if (unknown_types_.size() < types_max && unknown_types_.insert(told).second) {
    report_(severity::warning, place_of(item.record) + ": " + sentence +
                                   ", so its events are skipped. Hint: a newer one, or unknown = "
                                   "unknown_events::dead_letter");
  }
  return true;
}

bool receiver::handle(item& item, decoded& event, lane& lane) {
  event_base& common = base(event.event);
  if (!std::exchange(item.progress.begun, true)) {
    common.continuity = seen_.judge(event.key, common.sequence);
    statistics_.gaps += common.continuity == continuity::gap;
    statistics_.repeats += common.continuity == continuity::repeat;
  } else {
    ++statistics_.retries;
  }
  if (const auto failure = handlers_.call(event.signal, event.event, item.progress.called)) {
    return failed(item, failure, lane);
  }
  if (item.progress.called.nobody && !std::exchange(passed_over_[event.signal], true)) {
    report_(severity::warning, place_of(item.record) + ": nobody is connected to " +
                                   std::string{common.signal} +
                                   " any more, so its events are passed over");
  }
  seen_.remember(event.key, common.sequence);
  ++statistics_.handled;
  return true;
}

bool receiver::failed(item& item, const std::exception_ptr& failure, lane& lane) {
  bool counts = true;
  bool hopeless = false;
  dead_letter_cause cause;
  try {
    std::rethrow_exception(failure);
  } catch (const try_later& thrown) {
    counts = false;
    cause = cause_of(thrown.what());
  } catch (const reject& thrown) {
    hopeless = true;
    cause = cause_of(thrown.what());
  } catch (const std::exception& thrown) {
    cause = cause_of(thrown.what());
  } catch (...) {
    cause = cause_of("the handler threw what is no std::exception");
  }
  item.progress.attempts += counts ? 1 : 0;
  report_(severity::warning, place_of(item.record) + ": a handler threw " + cause.exception + ": " +
                                 cause.message + " (attempt " +
                                 std::to_string(item.progress.attempts) + " of " +
                                 std::to_string(settings_.retry.attempts) + ")");
  if (!hopeless && item.progress.attempts < settings_.retry.attempts) return put_off(item, lane);
  item.progress.given_up = std::move(cause);
  return give_up(item, lane);
}

/// Sent, then waited for: what is not safely in the dead-letter topic is not done with.
bool receiver::give_up(item& item, lane& lane) {
  if (!item.progress.dead_letter) {
    item.progress.dead_letter =
        dead_letters_.send(item.record, *item.progress.given_up, item.progress.attempts);
  }
  dead_letters_.poll();
  if (!item.progress.dead_letter->finished) return false;
  const std::string failure = std::move(std::exchange(item.progress.dead_letter, nullptr)->failure);
  if (!failure.empty()) {
    report_(severity::error, place_of(item.record) + ": cannot be written to " +
                                 dead_letters_.topic() + ": " + failure);
    dead_letters_.fail_if_fatal();
    return put_off(item, lane);
  }
  report_(severity::error, place_of(item.record) + ": is now in " + dead_letters_.topic() + ": " +
                               item.progress.given_up->exception);
  if (const auto* event = item.event()) seen_.remember(event->key, base(event->event).sequence);
  ++statistics_.rejected;
  return true;
}

bool receiver::put_off(item& item, lane& lane) {
  constexpr int doublings_max = 20;
  const auto wait =
      settings_.retry.first_wait * (1 << std::min(item.progress.waits++, doublings_max));
  lane.not_before = clock::now() + std::min(wait, settings_.retry.longest_wait);
  return false;
}

void receiver::commit(bool wait) {
  std::vector<position> positions;
  for (auto& [name, each] : strands_) {
    if (each.next < 0 || (!wait && each.next == each.committed)) continue;
    positions.push_back({each.topic, each.partition, each.next});
    each.committed = each.next;
  }
  consumer_.commit(positions, wait);
}

void receiver::tell() {
  statistics_.lag.clear();
  for (const auto& [name, each] : strands_) {
    const std::int64_t at = each.records.empty() ? each.next : each.records.front().message->offset;
    if (at < 0) continue;  // nothing of it has come yet
    const std::int64_t end = consumer_.known_end(each.topic, each.partition);
    const bool done = each.at_end && each.records.empty();
    statistics_.lag.push_back(
        {each.topic, each.partition, done ? 0 : std::max<std::int64_t>(end - at, 0)});
  }
  publish_(statistics_);
}

}  // namespace sinyal::detail
