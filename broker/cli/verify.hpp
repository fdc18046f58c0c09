#pragma once
// What `sinyal verify` prints of an audit. Pure.

#include "broker/lifecycle/audit.hpp"
#include "broker/lifecycle/torn.hpp"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sinyal::cli {

struct verify_style {
  std::string topic_prefix;  // of what lifecycle wrote
  bool json = false;
  bool colours = false;  // in text
};

/// Its full name.
std::string lifecycle_topic(std::string_view prefix, const lifecycle::output& of);

/// A line for each difference, as it is found.
void show_difference(std::ostream& out, const lifecycle::finding& found, const verify_style& style);

struct verified {
  std::int32_t partitions = 0;
  lifecycle::audit_totals totals;
  /// Not looked for where the log goes on behind what was processed.
  std::optional<std::span<const lifecycle::torn_notification>> torn;
};

/// What it all came to.
void show_verified(std::ostream& out, const verified& all, const verify_style& style);

}  // namespace sinyal::cli
