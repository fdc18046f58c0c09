#pragma once
// The part of lifecycle that thinks, as its loop sees it: two functions. Tests of the loop put
// their own here.

#include "broker/codec/record.hpp"
#include "broker/lifecycle/transform.hpp"
#include "broker/ports.hpp"

#include <boost/system/result.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sinyal::lifecycle {

/// What quarantine tells of a notification whose consequences Kafka refuses: `give_up`.
inline constexpr std::string_view unwritable = "what it causes cannot be written to Kafka";
/// Whether a quarantined record is such a one's: what its cause did to the state is its own.
bool is_given_up(const codec::record_view& quarantined);

struct transformer {
  /// An error means that the state cannot be read: the partition stops.
  std::function<boost::system::result<transformed>(const codec::record_view& raw,
                                                   std::optional<std::string_view> state)>
      apply;
  std::function<transformed(const codec::record_view& raw, std::optional<std::string_view> state,
                            std::string message)>
      give_up;

  /// apply; what throws is given up, and a state that cannot be read is the partition's failure.
  log_result<transformed> judge(const codec::record_view& raw,
                                std::optional<std::string_view> state) const;
};

/// transform, as its functions.
transformer make_transformer(const transform_settings& settings);

}  // namespace sinyal::lifecycle
