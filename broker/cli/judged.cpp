#include "broker/cli/judged.hpp"

namespace sinyal::cli {

judge::judge(const lifecycle::transform_settings& settings)
    : transformer_{lifecycle::make_transformer(settings)} {}

lifecycle::transformed judge::operator()(const codec::record_view& raw) {
  std::optional<std::string_view> state;
  const std::string key{raw.key};
  if (const auto found = states_.find(key); found != states_.end()) state = found->second;
  lifecycle::transformed outcome = *transformer_.judge(raw, state);  // our own states can be read
  if (const std::string* after = outcome.state()) states_[key] = *after;
  return outcome;
}

core::subject_state judge::known(std::string_view key, const core::subject& subject) const {
  const auto found = states_.find(std::string{key});
  if (found == states_.end()) return core::empty_state(subject);
  return codec::state_decoder{}.decode(found->second, subject).value();
}

}  // namespace sinyal::cli
