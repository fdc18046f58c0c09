#include "broker/lifecycle/transformer.hpp"

#include <exception>
#include <memory>
#include <utility>

namespace sinyal::lifecycle {

boost::system::result<transformed> transformer::judge(const codec::record_view& raw,
                                                      std::optional<std::string_view> state) const {
  std::string thrown;
  try {
    return apply(raw, state);
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
