#pragma once
// The JSON of an event's data: `{"payment": {…}, "refund": {…}, "notification": …}`.

#include "decode.hpp"

#include <simdjson.h>

#include <optional>
#include <sinyal/event.hpp>

namespace sinyal::detail {

/// Fills the subject and what stands beside it, whatever they held. Fields that this version does
/// not know are left alone; one of a wrong type, or one that must be there and is not, is a
/// failure.
std::optional<malformed> read_subject(const simdjson::dom::element& data, any_event& event);

}  // namespace sinyal::detail
