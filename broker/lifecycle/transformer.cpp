#include "broker/lifecycle/transformer.hpp"

#include <exception>
#include <memory>
#include <utility>

namespace sinyal::lifecycle {

bool is_given_up(const codec::record_view& quarantined) {
  return quarantined.last_header("__connect.errors.exception.message") == unwritable;
}

log_result<transformed> transformer::judge(const codec::record_view& raw,
                                           std::optional<std::string_view> state) const {
  std::string thrown;
  try {
    auto made = apply(raw, state);
    if (made) return std::move(*made);
    return log_failure{failure_class::partition, "unreadable state",
                       "the state before raw offset " + std::to_string(raw.offset) +
                           " cannot be read: " + made.error().message(),
                       raw.partition};
  } catch (const std::exception& error) {
    thrown = error.what();
  }
  return give_up(raw, state, "handling it failed: " + thrown);
}

transformer make_transformer(const transform_settings& settings) {
  auto shared = std::make_shared<transform>(settings);
  transformer made;
  made.apply = [shared](const codec::record_view& raw, std::optional<std::string_view> state) {
    return shared->apply(raw, state);
  };
  made.give_up = [shared](const codec::record_view& raw, std::optional<std::string_view> state,
                          std::string message) {
    return shared->give_up(raw, state, std::move(message));
  };
  return made;
}

}  // namespace sinyal::lifecycle
