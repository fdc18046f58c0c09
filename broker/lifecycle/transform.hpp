#pragma once
// One raw record and what is known of its subject in, everything that it causes out: signals, new
// state, or a record for quarantine. Pure: no I/O, no clock; the same log gives the same bytes.

#include "broker/codec/quarantine.hpp"
#include "broker/codec/raw_record.hpp"
#include "broker/codec/record.hpp"
#include "broker/codec/schema_mark.hpp"
#include "broker/codec/state.hpp"
#include "broker/config.hpp"
#include "broker/core/decide.hpp"
#include "broker/lifecycle/records.hpp"
#include "connectors/connector.hpp"

#include <boost/system/result.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sinyal::lifecycle {

struct transform_settings {
  sinyal::event_format event_format = event_format::binary;
  std::vector<std::string> redact;  // keys that events' `notification` leaves out besides secrets
  std::string raw_topic = "midtrans.notifications";  // full name: quarantined records tell it
  codec::schema_marks marks{};                       // of the schema registry, if there is one
};

struct transformed {
  /// Absent where there was nothing to judge: test pings and accounts.
  std::optional<core::verdict> verdict;
  std::optional<core::rejection> why;  // in quarantine, and why
  bool money = false;                  // quarantined, and the body claims settlement or capture
  std::vector<codec::outgoing_record> records;  // signals in order, then quarantine, then state
  /// The subject's new state as encoded, in the last record. Null: it is unchanged.
  const std::string* state() const {
    const bool changed = !records.empty() && records.back().to == codec::destination::state;
    return changed ? &*records.back().value : nullptr;
  }
  // for `sinyal explain` and metrics
  std::optional<core::any_fact> fact;  // absent where it could not be made one
  std::string note;
  std::string_view status_before, status_after;
  std::vector<core::emission> emissions;  // of the signals among the records
};

/// Belongs to one thread.
class transform {
 public:
  explicit transform(transform_settings settings);
  ~transform();
  /// `state` is the subject's encoded state, absent for one never heard of. An encoded state that
  /// cannot be read stops the partition: that is an error, never a guess.
  boost::system::result<transformed> apply(const codec::record_view& raw,
                                           std::optional<std::string_view> state);
  /// Quarantines what no other way could be handled (reason unsupported_record).
  transformed give_up(const codec::record_view& raw, std::optional<std::string_view> state,
                      std::string message);

 private:
  struct passage;
  connectors::connector* connector_named(std::string_view name) const;
  boost::system::result<core::subject_state> known(const core::subject& subject,
                                                   std::optional<std::string_view> state);
  boost::system::result<transformed> judge(const codec::record_view& raw,
                                           const codec::raw_headers& headers, core::fact&& fact,
                                           std::optional<std::string_view> state);
  boost::system::result<transformed> refuse(const codec::record_view& raw, core::rejection why,
                                            core::instant received_at,
                                            std::optional<std::string_view> state);
  void conclude(const passage& way, core::decision decision, std::optional<std::string_view> state,
                transformed& out);
  void add_signals(const passage& way, const core::decision& decision, transformed& out) const;

  transform_settings settings_;
  std::vector<std::string> hidden_keys_;  // of events' `notification`: secrets, and settings.redact
  std::vector<std::unique_ptr<connectors::connector>> connectors_;
  codec::state_decoder states_;
};

}  // namespace sinyal::lifecycle
