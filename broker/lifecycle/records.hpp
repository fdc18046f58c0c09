#pragma once
// The two kinds of records in the state topic: what is known of a subject, and how far a partition
// is processed. Whoever writes them writes the same bytes.

#include "broker/codec/record.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sinyal::lifecycle {

/// Version of tables and encoding: header `sinyal_rules` of everything written.
inline constexpr std::string_view rules_version = "1";

/// Key of the record that every transaction writes into each state partition that it touched: the
/// raw offset to go on from. It has no colon, so no subject has it.
inline constexpr std::string_view position_key = "position";

/// Its header that says how many subjects the partition's state has with this transaction: a state
/// that is restored with another number lost records. Those of older releases have none, and what
/// those read they read without it.
inline constexpr std::string_view subjects_header = "sinyal_subject_count";

/// The raw offset in `sinyal_cause`, where it is one of this partition.
std::optional<std::int64_t> cause_in(std::int32_t partition, const codec::record_view& record);

/// The raw record that something is written because of.
struct raw_cause {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = 0;  // that what is written gets
};

codec::outgoing_record state_record(std::string_view key, std::string state,
                                    const raw_cause& cause);
/// All up to and with `last` is processed.
codec::outgoing_record position_record(const raw_cause& last, std::size_t subjects);

}  // namespace sinyal::lifecycle
