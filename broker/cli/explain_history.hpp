#pragma once
// Notifications judged as the broker would judge them, with the state kept in memory: the same
// door, the same raw record, the same transform, so that it cannot say anything else.

#include "broker/cli/judged.hpp"
#include "broker/codec/raw_record.hpp"
#include "broker/core/secret.hpp"
#include "broker/core/subject.hpp"
#include "broker/core/time.hpp"
#include "connectors/connector.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sinyal::cli {

struct history_settings {
  std::string merchant;
  lifecycle::transform_settings transform;
  std::vector<core::secret> server_keys;  // of the merchant; only with check_signatures
  bool check_signatures = false;
  std::size_t json_depth_max = 32;
};

struct explained {
  std::optional<connectors::refusal> refused;  // then nothing else is known
  std::string detail;
  std::vector<judged> subjects;
};

class history {
 public:
  explicit history(history_settings settings);
  /// `received_at` stands for the moment at which the broker would have got it.
  explained tell(codec::endpoint endpoint, std::string_view body, core::instant received_at);

 private:
  judged tell_subject(codec::raw_headers headers, const core::subject& subject,
                      std::string_view body);

  history_settings settings_;
  std::unique_ptr<connectors::connector> connector_;
  judge judge_;
  std::int64_t offset_ = 0;
};

}  // namespace sinyal::cli
