#pragma once
// The loop of run(): polls, hands each lane's next item to the handlers, puts off what failed,
// commits what is done. One thread; a rebalance comes only within poll() and close(), when no
// handler runs.

#include "consumer.hpp"
#include "dead_letters.hpp"
#include "decode.hpp"
#include "handlers.hpp"
#include "lane.hpp"
#include "sequences.hpp"

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sinyal::detail {

class receiver {
 public:
  using publisher = std::function<void(const statistics&)>;

  receiver(const settings& settings, handlers& handlers, const std::atomic<bool>& stopping,
           publisher publish);

  /// Until `stopping` is set. Throws `error`.
  void run(const std::vector<std::string>& topics);

 private:
  using partition_name = std::pair<std::string, std::int32_t>;

  void assigned(const std::string& topic, std::int32_t partition);
  void revoked(bool lost);
  void turn();
  void work();
  strand* strand_of(const rd_kafka_message_t& message);
  void take(message_handle message);
  bool work(lane& lane);
  void open(strand& strand);
  void pop(strand& strand);
  void resume(strand& strand);

  // Each says whether the item is done with; if not, the lane waits for it.
  bool settle(item& item, lane& lane);
  bool handle(item& item, decoded& event, lane& lane);
  bool pass_over(item& item, const std::string& type, lane& lane);
  bool failed(item& item, const std::exception_ptr& failure, lane& lane);
  bool give_up(item& item, lane& lane);
  bool put_off(item& item, lane& lane);

  void commit(bool wait);
  void tell();

  const settings& settings_;
  handlers& handlers_;
  const std::atomic<bool>& stopping_;
  publisher publish_;
  reporter report_;
  decoder decoder_;
  sequences seen_;
  statistics statistics_;
  std::map<partition_name, strand> strands_;
  std::map<partition_name, lane> lanes_;
  std::vector<lane*> waiting_;                        // those that have records
  std::array<bool, catalogue.size()> passed_over_{};  // signals of which that was said
  std::set<std::string> unknown_types_;               // likewise
  strand* last_ = nullptr;                            // the one that the last record was for
  std::size_t turn_of_ = 0;                           // the one of them that is next
  bool progressed_ = false;                           // in this turn
  bool held_ = false;                                 // an event waits for those before it
  clock::time_point drained_{};  // when the client last had no more to hand out
  clock::time_point now_{};      // as of this turn
  clock::time_point next_commit_{};
  dead_letters dead_letters_;
  consumer consumer_;  // goes first: its last words call the members above
};

}  // namespace sinyal::detail
