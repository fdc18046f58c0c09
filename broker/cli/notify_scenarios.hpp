#pragma once
// Scripted lifecycles: the notifications and documents that Midtrans and a merchant would send, in
// the order in which they would, for orders that nobody has placed. Together they fire every
// signal.

#include "broker/cli/notify_bodies.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace sinyal::cli {

struct scenario {
  std::string_view name;
  std::string_view about;
  std::vector<message> (*play)(stage_props& props);
};
std::span<const scenario> scenarios();

/// Null where there is none of that name.
const scenario* find_scenario(std::string_view name);

}  // namespace sinyal::cli
