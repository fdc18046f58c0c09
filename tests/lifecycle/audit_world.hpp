#pragma once
// A small log, what lifecycle makes of it, and an audit of that.

#include "broker/codec/event.hpp"
#include "broker/core/subject.hpp"
#include "broker/lifecycle/audit.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sinyal::test {

using destination = codec::destination;

constexpr std::int32_t partition = 2;

/// A record as a topic has it.
struct kept {
  std::string key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::string>> headers;
  std::int64_t timestamp_ms = 0;

  std::string& header(std::string_view name) {
    for (auto& [each, text] : headers) {
      if (each == name) return text;
    }
    FAIL("no header " << name);
    std::abort();
  }
};

/// Calls with the view of a record; it lives as long as the call.
template <class Call>
auto with_view(const kept& record, std::int64_t offset, Call&& call) {
  std::vector<codec::header_view> headers;
  for (const auto& [name, value] : record.headers) headers.push_back({name, value});
  codec::record_view view;
  view.partition = partition;
  view.offset = offset;
  view.timestamp_ms = record.timestamp_ms;
  view.key = record.key;
  if (record.value) view.value = *record.value;
  view.headers = headers;
  return call(view);
}

inline codec::outgoing_record caused_by(const codec::record_view& raw, destination to,
                                        std::string value) {
  codec::outgoing_record made;
  made.to = to;
  made.key = raw.key;
  made.value = std::move(value);
  made.timestamp_ms = raw.timestamp_ms;
  return made;
}

inline codec::outgoing_record quarantined(const codec::record_view& raw, std::string message) {
  codec::quarantine_cause cause;
  cause.rules = lifecycle::rules_version;
  cause.timestamp_ms = raw.timestamp_ms;
  return codec::encode_quarantine(raw, {core::reason::unsupported_record, std::move(message)},
                                  cause);
}

/// The body's letters: s causes an event, r two others, q goes to quarantine; each but q changes
/// the state, which is all letters so far.
inline lifecycle::transformed judge(const codec::record_view& raw,
                                    std::optional<std::string_view> state, std::string_view body) {
  lifecycle::transformed made;
  int number = 0;
  const auto event = [&](core::signal signal) {
    auto record = caused_by(raw, destination::signal,
                            std::string{state.value_or("")} + ":" + std::to_string(++number));
    record.signal = signal;
    record.headers.add("ce_id", std::to_string(raw.offset) + "-" + std::to_string(number));
    codec::add_cause(record.headers, raw.partition, raw.offset, lifecycle::rules_version);
    made.records.push_back(std::move(record));
  };
  if (body == "s") event(core::signal::payment_settled);
  if (body == "r") {
    event(core::signal::payment_refunded);
    event(core::signal::payment_refunded);
  }
  if (body == "q") {
    made.records.push_back(quarantined(raw, "no reason"));
    return made;
  }
  core::subject_state after = core::empty_state(core::parse_key(raw.key)->subject);
  after.first_offset = raw.offset;
  if (state) {
    after = *codec::state_decoder{}.decode(*state, core::parse_key(raw.key)->subject);
  }
  ++after.sequence;
  std::string encoded;
  codec::encode_state(after, encoded);
  made.records.push_back(lifecycle::state_record(raw.key, std::move(encoded),
                                                 {raw.partition, raw.offset, raw.timestamp_ms}));
  return made;
}

inline lifecycle::transformer letters() {
  lifecycle::transformer made;
  made.apply = [](const codec::record_view& raw, std::optional<std::string_view> state) {
    return boost::system::result<lifecycle::transformed>{judge(raw, state, *raw.value)};
  };
  made.give_up = [](const codec::record_view& raw, std::optional<std::string_view>,
                    std::string message) {
    lifecycle::transformed out;
    out.records.push_back(quarantined(raw, std::move(message)));
    return out;
  };
  return made;
}

enum class topic { settled, refunded, quarantine, state };

inline lifecycle::output output_of(topic of) {
  switch (of) {
    case topic::settled:
      return {destination::signal, core::signal::payment_settled};
    case topic::refunded:
      return {destination::signal, core::signal::payment_refunded};
    case topic::quarantine:
      return {destination::quarantine};
    case topic::state:
      break;
  }
  return {destination::state};
}

struct world {
  std::vector<kept> raw;
  std::map<topic, std::vector<kept>> topics;
  std::map<topic, bool> trimmed;
  std::int64_t start = 0;                 // of the raw log
  std::optional<std::int64_t> committed;  // unless all

  world() {
    const char* const bodies[][2] = {{"A", "s"}, {"B", "s"}, {"A", "r"}, {"B", "q"},
                                     {"C", "s"}, {"B", "r"}, {"A", "q"}, {"C", "r"}};
    for (const auto& [subject, body] : bodies) {
      raw.push_back({"M:payment:" + std::string{subject},
                     body,
                     {{"sinyal_id", "id-" + std::to_string(raw.size())}},
                     1000 + static_cast<std::int64_t>(raw.size())});
    }
    publish();
  }

  /// What lifecycle writes; `unwritable` goes to quarantine unjudged.
  void publish(std::int64_t unwritable = -1) {
    topics.clear();
    lifecycle::fold fold{letters()};
    for (std::size_t i = 0; i < raw.size(); ++i) {
      const auto offset = static_cast<std::int64_t>(i);
      const auto made = with_view(raw[i], offset, [&](const codec::record_view& view) {
        return offset == unwritable ? fold.give_up(view) : *fold.judge(view);
      });
      for (const codec::outgoing_record& each : made.records) write(each);
      topics[topic::state].push_back({std::string{lifecycle::position_key}, "n", {}, 0});
    }
  }
  /// The states that what is kept of the log leaves behind.
  void rebuild() {
    topics[topic::state].clear();
    lifecycle::fold fold{letters()};
    for (auto i = static_cast<std::size_t>(start); i < raw.size(); ++i) {
      with_view(raw[i], static_cast<std::int64_t>(i),
                [&](const codec::record_view& view) { REQUIRE(fold.judge(view).has_value()); });
    }
    fold.each(partition, [&](const codec::outgoing_record& each) {
      write(each);
      return true;
    });
  }
  void write(const codec::outgoing_record& each) {
    const topic to = each.to == destination::state                  ? topic::state
                     : each.to == destination::quarantine           ? topic::quarantine
                     : each.signal == core::signal::payment_settled ? topic::settled
                                                                    : topic::refunded;
    kept& made = topics[to].emplace_back(kept{each.key, each.value, {}, each.timestamp_ms});
    for (std::size_t i = 0; i < each.headers.size(); ++i) {
      made.headers.emplace_back(each.headers[i].name, each.headers[i].value);
    }
  }

  std::vector<kept>& settled() { return topics[topic::settled]; }
  std::vector<kept>& refunded() { return topics[topic::refunded]; }
  std::vector<kept>& quarantine() { return topics[topic::quarantine]; }
  std::vector<kept>& states() { return topics[topic::state]; }

  std::string found;
  lifecycle::audit_totals totals;

  /// Each difference as `what topic:offset cause key parts`, in the order found.
  void audit() {
    const auto tell = [&](const lifecycle::finding& each) {
      CHECK(each.partition == partition);
      const topic of = each.where.to == destination::state                  ? topic::state
                       : each.where.to == destination::quarantine           ? topic::quarantine
                       : each.where.signal == core::signal::payment_settled ? topic::settled
                                                                            : topic::refunded;
      constexpr const char* names[] = {"settled", "refunded", "quarantine", "state"};
      found += std::string{to_string(each.what)} + " " + names[static_cast<int>(of)] + ":" +
               (each.offset ? std::to_string(*each.offset) : "-") + " " +
               (each.cause ? std::to_string(*each.cause) : "-") + " " + each.key +
               (each.parts.empty() ? "" : " " + each.parts) + "\n";
    };
    const auto end = static_cast<std::int64_t>(raw.size());
    lifecycle::audit audit{{partition, {start, committed.value_or(end)}}, letters(), tell};
    for (const topic each : {topic::state, topic::quarantine, topic::settled, topic::refunded}) {
      if (trimmed[each]) audit.trimmed(output_of(each));
      for (std::size_t i = 0; i < topics[each].size(); ++i) {
        with_view(topics[each][i], static_cast<std::int64_t>(i),
                  [&](const codec::record_view& view) { audit.add(output_of(each), view); });
      }
    }
    for (std::int64_t i = start; i < committed.value_or(end); ++i) {
      with_view(raw[static_cast<std::size_t>(i)], i,
                [&](const codec::record_view& view) { REQUIRE(audit.judge(view).has_value()); });
    }
    totals = audit.conclude(end);
  }
};

}  // namespace sinyal::test
