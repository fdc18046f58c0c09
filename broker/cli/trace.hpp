#pragma once
// `sinyal trace`: one subject's whole story, told from its raw records. Pure: reading them is
// broker/kafka's. A notification that lifecycle quarantined because Kafka refused what it caused is
// judged again, as rebuild does; sequences after it then differ.

#include "broker/cli/judged_view.hpp"
#include "broker/core/subject.hpp"
#include "broker/ports.hpp"

#include <cstddef>
#include <iosfwd>
#include <string>

namespace sinyal::cli {

struct trace_settings {
  core::subject_key subject;
  std::string topic_prefix;  // of the signals
  lifecycle::transform_settings transform;
  bool json = false;
  bool colours = false;  // in text
};

class story {
 public:
  story(trace_settings settings, std::ostream& out);

  const std::string& key() const { return key_; }
  /// Judges a raw record with that key and shows what it means.
  void tell(const codec::record_view& raw);
  std::size_t notifications() const { return notifications_; }
  /// Shows the subject as it stands after all that was told; `log` is what was read.
  void conclude(std::int32_t partition, const offset_range& log) const;

 private:
  judged_style style() const { return {settings_.topic_prefix, settings_.colours, key_}; }
  void conclude_as_json(const core::subject_state& now, std::int32_t partition,
                        const offset_range& log) const;
  void conclude_as_text(const core::subject_state& now) const;

  trace_settings settings_;
  std::string key_;
  judge judge_;
  std::ostream& out_;
  std::size_t notifications_ = 0;
  std::size_t events_ = 0;
};

}  // namespace sinyal::cli
