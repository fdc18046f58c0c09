#pragma once
// The records of one transaction, what they changed, and what to count once it is committed.
// Belongs to the processor's thread. The records live until lifecycle_log::drop_records().

#include "broker/codec/record.hpp"
#include "broker/lifecycle/overlay.hpp"
#include "broker/lifecycle/partitions.hpp"
#include "broker/lifecycle/transformer.hpp"
#include "broker/observe/log.hpp"
#include "broker/observe/metrics.hpp"
#include "broker/ports.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sinyal::lifecycle {

/// Raw records (partition, offset) that were aborted alone: they go to quarantine unjudged.
using condemned_records = std::set<std::pair<std::int32_t, std::int64_t>>;

class batch {
 public:
  batch(lifecycle_log& log, partitions& partitions, const transformer& transformer,
        observe::metrics& metrics, observe::logger& logger)
      : log_{log},
        partitions_{partitions},
        transformer_{transformer},
        metrics_{metrics},
        logger_{logger} {}

  void add(const codec::record_view& record);
  void clear();
  bool empty() const { return records_.empty(); }
  std::uint32_t size() const { return static_cast<std::uint32_t>(records_.size()); }
  /// The offset that a partition goes on from after what is in hand, `otherwise` where nothing is.
  std::int64_t next(std::int32_t partition, std::int64_t otherwise) const;
  std::uint64_t bytes() const { return bytes_; }
  partition_offset first() const { return {records_[0]->partition, records_[0]->offset}; }

  /// Writes everything that the records cause, and a position record for each partition touched.
  log_result<void> write(const condemned_records& condemned);
  /// Where the next batch goes on, where this one is committed.
  std::vector<partition_offset> next_offsets() const;
  /// Where this one began, where it is not.
  std::vector<partition_offset> first_offsets() const;
  /// Into the stores, and into the metrics.
  void merge();

 private:
  struct touched {
    std::int64_t first = 0;
    const codec::record_view* last = nullptr;
    std::size_t subjects = 0;  // that its store does not have yet
  };
  struct counted {  // until it is known whether it is to be counted
    std::optional<core::verdict> verdict;
    std::optional<core::reason> quarantined;
    bool money = false;
    struct published {
      core::signal signal;
      core::instant time;  // when what it tells of happened
    };
    std::vector<published> signals;
    // of a quarantined notification, for the log
    std::string id;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
  };

  log_result<transformed> judge(const codec::record_view& record,
                                const condemned_records& condemned);
  log_result<void> write_position(std::int32_t partition, const touched& at);
  void note(const codec::record_view& record, const transformed& made);
  void count() const;
  void tell_quarantined(const counted& each) const;

  lifecycle_log& log_;
  partitions& partitions_;
  const transformer& transformer_;
  observe::metrics& metrics_;
  observe::logger& logger_;
  std::vector<const codec::record_view*> records_;
  std::uint64_t bytes_ = 0;
  std::map<std::int32_t, touched> touched_;
  overlay changes_;
  std::vector<counted> counted_;
};

}  // namespace sinyal::lifecycle
