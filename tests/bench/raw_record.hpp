#pragma once
// A workload's notification as ingest appends it to the raw log.

#include "broker/codec/raw_record.hpp"
#include "broker/codec/record.hpp"
#include "tests/bench/workload.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sinyal::bench {

class raw_record {
 public:
  raw_record(const notification& from, std::int32_t partitions, std::int64_t offset);

  const codec::header_list& headers() const { return headers_; }
  /// As lifecycle reads it; lives as long as this.
  codec::record_view view() const;

 private:
  std::string body_;
  std::string key_;
  codec::header_list headers_;
  std::vector<codec::header_view> header_views_;
  std::int32_t partition_;
  std::int64_t offset_;
  std::int64_t received_ms_;
};

}  // namespace sinyal::bench
