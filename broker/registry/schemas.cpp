#include "broker/registry/schemas.hpp"

#include <array>
#include <cstddef>

namespace sinyal::registry {

namespace {

#include "broker/registry/schema_texts.inc"

static_assert(schema_texts.size() == core::signal_count);

}  // namespace

std::string_view schema_text(core::signal signal) {
  return schema_texts[static_cast<std::size_t>(signal)];
}

std::string subject_of(std::string_view topic_prefix, core::signal signal) {
  return std::string{topic_prefix}.append(".").append(core::info(signal).topic).append("-value");
}

}  // namespace sinyal::registry
