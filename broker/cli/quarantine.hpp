#pragma once
// `sinyal quarantine`: what of it to show, and how a record looks. Pure; reading is broker/kafka's.

#include "broker/codec/record.hpp"
#include "broker/core/fact.hpp"
#include "broker/ports.hpp"

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace sinyal::cli {

std::optional<core::reason> parse_reason(std::string_view text);

/// `<partition>:<offset>`
std::optional<partition_offset> parse_place(std::string_view text);

struct quarantine_filter {
  std::string merchant;  // empty: any
  std::optional<core::reason> reason;
  bool money = false;  // only what claims settlement or capture
  bool lets_through(const codec::record_view& record) const;
};

struct quarantine_style {
  bool json = false;
  bool colours = false;  // in text
};

/// One of many: where it is, whose, and why.
void show_quarantined(std::ostream& out, const codec::record_view& record,
                      const quarantine_style& style);

/// One alone: all headers, and the notification as it came.
void show_whole(std::ostream& out, const codec::record_view& record, const quarantine_style& style);

}  // namespace sinyal::cli
