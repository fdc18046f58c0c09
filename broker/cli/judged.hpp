#pragma once
// Raw records judged one after the other as lifecycle judges them, with the states that they leave
// kept in memory.

#include "broker/core/subject.hpp"
#include "broker/lifecycle/fold.hpp"

#include <string_view>

namespace sinyal::cli {

/// What one notification means for one of its subjects.
struct judged {
  core::subject subject;
  lifecycle::transformed outcome;
};

/// Belongs to one thread.
class judge {
 public:
  explicit judge(const lifecycle::transform_settings& settings);
  lifecycle::transformed operator()(const codec::record_view& raw);
  /// What is known of the subject with this key, after all that was judged.
  core::subject_state known(std::string_view key, const core::subject& subject) const;

 private:
  lifecycle::fold fold_;
};

}  // namespace sinyal::cli
