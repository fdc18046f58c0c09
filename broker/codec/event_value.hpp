#pragma once
// The value of an event: what is known of its subject, what just happened to it, and the body that
// told so.

#include "broker/codec/json_writer.hpp"
#include "broker/core/decide.hpp"
#include "broker/core/state.hpp"

#include <string>
#include <string_view>

namespace sinyal::codec {

/// `{"payment":{…},"refund":{…},"notification":…}`, or invoice, or subscription with its charge.
/// `notification` is JSON. Fields stand in the contract's order; unknown ones are absent. `state`
/// must be of the signal's kind, and know the attempt that a payment's signal names.
std::string encode_event_value(const core::emission& emission, const core::subject_state& state,
                               std::string_view notification);

/// Member `order`: the order over all its attempts, as a payment's events show it.
void add_order(json_writer& json, const core::payment_state& payment);

}  // namespace sinyal::codec
