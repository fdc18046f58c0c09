#include "broker/lifecycle/transformer.hpp"

#include <memory>
#include <utility>

namespace sinyal::lifecycle {

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
