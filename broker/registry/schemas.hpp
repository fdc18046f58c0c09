#pragma once
// The schemas of events as a schema registry has them: what they are called there, and their texts.

#include "broker/core/signal.hpp"

#include <string>
#include <string_view>

namespace sinyal::registry {

/// The open schema of a signal's value: JSON Schema, draft 7, in one line.
std::string_view schema_text(core::signal signal);

/// TopicNameStrategy, which readers use unless told otherwise: `<topic>-value`.
std::string subject_of(std::string_view topic_prefix, core::signal signal);

}  // namespace sinyal::registry
