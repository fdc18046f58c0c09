#include "broker/cli/judged.hpp"

namespace sinyal::cli {

judge::judge(const lifecycle::transform_settings& settings)
    : fold_{lifecycle::make_transformer(settings)} {}

lifecycle::transformed judge::operator()(const codec::record_view& raw) {
  return *fold_.judge(raw);  // our own states can be read
}

core::subject_state judge::known(std::string_view key, const core::subject& subject) const {
  const auto state = fold_.state(key);
  if (!state) return core::empty_state(subject);
  return codec::state_decoder{}.decode(*state, subject).value();
}

}  // namespace sinyal::cli
