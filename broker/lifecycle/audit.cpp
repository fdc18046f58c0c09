#include "broker/lifecycle/audit.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace sinyal::lifecycle {

namespace {

constexpr std::size_t quarantine_lane = core::signal_count;

std::vector<codec::header_view> views_of(const codec::header_list& headers) {
  std::vector<codec::header_view> views;
  views.reserve(headers.size());
  for (std::size_t i = 0; i < headers.size(); ++i) views.push_back(headers[i]);
  return views;
}

codec::record_view view_of(const codec::outgoing_record& record,
                           std::span<const codec::header_view> headers) {
  codec::record_view view;
  view.timestamp_ms = record.timestamp_ms;
  view.key = record.key;
  if (record.value) view.value = *record.value;
  view.headers = headers;
  return view;
}

}  // namespace

bool audit::is_copy(const written& one, const written& other) {
  return one.cause == other.cause && one.value == other.value && one.headers == other.headers;
}

std::string_view to_string(difference difference) {
  constexpr std::array<std::string_view, difference_count> names{
      "missing", "unexpected", "different", "doubled", "out_of_order"};
  return names[static_cast<std::size_t>(difference)];
}

std::int64_t audit_totals::different() const {
  return std::accumulate(differences.begin(), differences.end(), std::int64_t{0});
}

audit_totals& audit_totals::operator+=(const audit_totals& other) {
  notifications += other.notifications;
  events += other.events;
  quarantined += other.quarantined;
  states += other.states;
  other_rules += other.other_rules;
  later += other.later;
  cannot_be_concluded += other.cannot_be_concluded;
  for (std::size_t i = 0; i < differences.size(); ++i) differences[i] += other.differences[i];
  return *this;
}

audit::audit(audit_scope scope, transformer transformer, std::function<void(const finding&)> tell)
    : scope_{scope}, fold_{std::move(transformer)}, tell_{std::move(tell)} {}

std::size_t audit::lane_of(output of) {
  return of.to == codec::destination::signal ? static_cast<std::size_t>(of.signal)
                                             : quarantine_lane;
}

output audit::output_of(std::size_t lane) {
  if (lane == quarantine_lane) return {codec::destination::quarantine};
  return {codec::destination::signal, static_cast<core::signal>(lane)};
}

std::uint64_t audit::hash_of(std::span<const codec::header_view> headers) {
  buffer_.clear();
  for (const auto& [name, value] : headers) {
    for (const std::string_view each : {name, value}) {
      buffer_.append(std::to_string(each.size())).append(":").append(each);
    }
  }
  return hash_(buffer_);
}

/// Absent where it is not of the scope; that is counted.
std::optional<audit::written> audit::read(output of, const codec::record_view& record) {
  const auto cause = cause_in(scope_.partition, record);
  if (!cause) {
    tell({.what = difference::unexpected,
          .where = of,
          .partition = scope_.partition,
          .offset = record.offset,
          .key = std::string{record.key}});
    return std::nullopt;
  }
  written found{};
  found.cause = *cause;
  found.offset = record.offset;
  found.key = record.key;
  found.value = hash_(record.value.value_or(std::string_view{}));
  found.headers = hash_of(record.headers);
  found.timestamp_ms = record.timestamp_ms;
  const bool is_event = of.to == codec::destination::signal;
  found.id = hash_(record.header(is_event ? "ce_id" : "sinyal_id").value_or(std::string_view{}));
  found.same_rules = record.last_header("sinyal_rules") == rules_version;
  found.given_up = is_given_up(record);
  return found;
}

void audit::add(output of, const codec::record_view& record) {
  if (of.to == codec::destination::state) return add_state(record);
  auto found = read(of, record);
  if (!found) return;
  lane& to = lanes_[lane_of(of)];
  if (!to.first_kept) to.first_kept = found->cause;
  if (found->cause >= scope_.processed.end) {
    to.behind.push_back(*std::move(found));
  } else if (found->cause < scope_.processed.start) {
    add_older(of, to, *std::move(found));
  } else {
    const auto behind = std::upper_bound(
        to.records.begin(), to.records.end(), found->cause,
        [](std::int64_t cause, const written& each) { return cause < each.cause; });
    found->out_of_order = behind != to.records.end();
    to.records.insert(behind, *std::move(found));
  }
}

/// The log does not say what it should be; its place and its neighbours do.
void audit::add_older(output of, lane& to, written found) {
  if (!to.records.empty() || (to.older && to.older->cause > found.cause)) {
    return tell(difference::out_of_order, of, found);
  }
  if (to.older && is_copy(*to.older, found)) return tell(difference::doubled, of, found);
  ++totals_.cannot_be_concluded;
  older_.insert(found.key);
  to.older = std::move(found);
}

void audit::trimmed(output of) {
  if (of.to != codec::destination::state) lanes_[lane_of(of)].trimmed = true;
}

/// The newest of each subject counts, as for restore.
void audit::add_state(const codec::record_view& record) {
  if (record.key == position_key) return;
  const std::string key{record.key};
  states_.erase(key);
  if (!record.value) return;
  if (scope_.processed.start > 0) {
    const auto subject = core::parse_key(record.key);
    const auto state = subject ? decoder_.decode(*record.value, subject->subject)
                               : boost::system::result<core::subject_state>{
                                     make_error_code(codec::state_error::malformed)};
    if (state && state->first_offset < scope_.processed.start) older_.insert(key);
  }
  if (auto found = read({codec::destination::state}, record)) states_[key] = *std::move(found);
}

bool audit::given_up(std::int64_t offset) const {
  const auto& records = lanes_[quarantine_lane].records;
  const auto found = std::lower_bound(
      records.begin(), records.end(), offset,
      [](const written& each, std::int64_t wanted) { return each.cause < wanted; });
  return found != records.end() && found->cause == offset && found->given_up;
}

log_result<void> audit::judge(const codec::record_view& raw) {
  ++totals_.notifications;
  transformed made;
  if (given_up(raw.offset)) {
    made = fold_.give_up(raw);
  } else if (auto judged = fold_.judge(raw)) {
    made = *std::move(judged);
  } else {
    return judged.error();
  }
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    expected caused;
    for (const codec::outgoing_record& each : made.records) {
      if (each.to == codec::destination::state) continue;
      if (lane_of({each.to, each.signal}) == i) caused.push_back(&each);
    }
    pass(i, raw.offset);
    lane& at = lanes_[i];
    const std::size_t first = at.next;
    while (at.next < at.records.size() && at.records[at.next].cause == raw.offset) ++at.next;
    match(i, raw, std::span{at.records}.subspan(first, at.next - first), std::move(caused));
  }
  return {};
}

/// What says that it was caused by something that is not in the log.
void audit::pass(std::size_t at, std::int64_t before) {
  lane& of = lanes_[at];
  for (; of.next < of.records.size() && of.records[of.next].cause < before; ++of.next) {
    tell(difference::unexpected, output_of(at), of.records[of.next]);
  }
}

void audit::match(std::size_t at, const codec::record_view& raw, std::span<const written> there,
                  expected caused) {
  const output where = output_of(at);
  const lane& of = lanes_[at];
  const bool gone = of.trimmed && (!of.first_kept || raw.offset <= *of.first_kept);
  if (gone && there.size() < caused.size()) {  // the first that is kept is its last
    const std::size_t deleted = caused.size() - there.size();
    totals_.cannot_be_concluded += static_cast<std::int64_t>(deleted);
    caused.erase(caused.begin(), caused.begin() + static_cast<std::ptrdiff_t>(deleted));
  }
  std::int64_t& equal = at == quarantine_lane ? totals_.quarantined : totals_.events;
  for (std::size_t i = 0; i < std::max(there.size(), caused.size()); ++i) {
    if (i >= there.size()) {
      tell_missing(where, raw.offset, raw.key);
      continue;
    }
    const auto before = there.first(i);
    const bool again = std::any_of(before.begin(), before.end(),
                                   [&](const written& each) { return is_copy(each, there[i]); });
    if (again && (i >= caused.size() || is_older(raw.key))) {
      tell(difference::doubled, where, there[i]);
    } else if (i < caused.size()) {
      compare(where, there[i], *caused[i], equal);
    } else if (is_older(raw.key) && there[i].key == raw.key) {
      ++totals_.cannot_be_concluded;
    } else {
      tell(difference::unexpected, where, there[i]);
    }
    if (there[i].out_of_order && i < caused.size()) {
      tell(difference::out_of_order, where, there[i]);
    }
  }
}

void audit::compare(output where, const written& there, const codec::outgoing_record& caused,
                    std::int64_t& equal) {
  const auto headers = views_of(caused.headers);
  codec::record_view view = view_of(caused, headers);
  view.partition = scope_.partition;
  const written wanted = *read(where, view);
  const bool is_known = !is_older(caused.key) || there.key != caused.key;
  if (!there.same_rules) {
    if (there.id == wanted.id && there.key == wanted.key && there.cause == wanted.cause) {
      ++totals_.other_rules;
    } else if (is_known) {
      tell(difference::different, where, there, there.cause == wanted.cause ? "id" : "cause");
    } else {
      ++totals_.cannot_be_concluded;
    }
    return;
  }
  std::string parts;
  const auto note = [&](bool same, std::string_view part) {
    if (!same) parts.append(parts.empty() ? "" : ",").append(part);
  };
  note(there.key == wanted.key, "key");
  note(there.value == wanted.value, "value");
  note(there.headers == wanted.headers, "headers");
  note(there.timestamp_ms == wanted.timestamp_ms, "timestamp");
  if (parts.empty()) {
    ++equal;
  } else if (!is_known) {
    ++totals_.cannot_be_concluded;
  } else {
    tell(difference::different, where, there, std::move(parts));
  }
}

void audit::conclude_behind(output where, const written& there, std::int64_t log_end) {
  if (there.cause < log_end) {
    ++totals_.later;
  } else {
    tell(difference::unexpected, where, there);
  }
}

void audit::conclude_states(std::int64_t log_end) {
  constexpr output state{codec::destination::state};
  fold_.each(scope_.partition, [&](const codec::outgoing_record& caused) {
    const auto found = states_.find(caused.key);
    if (found == states_.end()) {
      const auto headers = views_of(caused.headers);
      tell_missing(state, *cause_in(scope_.partition, view_of(caused, headers)), caused.key);
      return true;
    }
    if (found->second.cause >= scope_.processed.end) {
      conclude_behind(state, found->second, log_end);
    } else {
      compare(state, found->second, caused, totals_.states);
    }
    states_.erase(found);
    return true;
  });
  for (const auto& [key, left] : states_) {
    if (left.cause >= scope_.processed.end) {
      conclude_behind(state, left, log_end);
    } else if (left.cause < scope_.processed.start || is_older(key)) {
      ++totals_.cannot_be_concluded;
    } else {
      tell(difference::unexpected, state, left);
    }
  }
}

audit_totals audit::conclude(std::int64_t log_end) {
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    pass(i, scope_.processed.end);
    for (const written& each : lanes_[i].behind) conclude_behind(output_of(i), each, log_end);
  }
  conclude_states(log_end);
  return totals_;
}

void audit::tell(difference what, output where, const written& there, std::string parts) {
  tell({.what = what,
        .where = where,
        .partition = scope_.partition,
        .offset = there.offset,
        .cause = there.cause,
        .key = there.key,
        .parts = std::move(parts)});
}

void audit::tell_missing(output where, std::int64_t cause, std::string_view key) {
  if (is_older(key)) {
    ++totals_.cannot_be_concluded;
    return;
  }
  tell({.what = difference::missing,
        .where = where,
        .partition = scope_.partition,
        .cause = cause,
        .key = std::string{key}});
}

void audit::tell(const finding& found) {
  ++totals_.differences[static_cast<std::size_t>(found.what)];
  tell_(found);
}

}  // namespace sinyal::lifecycle
