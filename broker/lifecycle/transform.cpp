#include "broker/lifecycle/transform.hpp"

#include "broker/codec/event.hpp"
#include "broker/codec/json_text.hpp"

#include <utility>
#include <variant>

namespace sinyal::lifecycle {

using boost::system::result;

/// One raw record on its way through.
struct transform::passage {
  const codec::record_view& raw;
  core::instant received_at;
  std::optional<core::subject> subject;         // unknown where not even the key can be read
  const codec::raw_headers* headers = nullptr;  // present where there may be signals
  codec::stage stage = codec::stage::normalise;
};

namespace {

static_assert(core::state_bytes_max + 4096 < kafka_settings::state_record_bytes,
              "configured records of this size take any state, with its key and headers");

/// The subject of a record that failed before its headers could be trusted.
std::optional<core::subject> subject_of_key(std::string_view key) {
  if (!codec::is_utf8(key)) return std::nullopt;
  std::optional<core::subject_key> parsed = core::parse_key(key);
  if (!parsed || parsed->subject.kind == core::subject_kind::account) return std::nullopt;
  return std::move(parsed->subject);
}

/// The state's document if it differs from the one before.
std::optional<std::string> encode_if_changed(core::subject_state& after,
                                             const core::subject& subject,
                                             std::optional<std::string_view> before,
                                             std::int64_t offset) {
  if (!before) {
    if (after == core::empty_state(subject)) return std::nullopt;
    after.first_offset = offset;
  }
  std::string encoded;
  encoded.reserve(before ? before->size() + 128 : 512);
  codec::encode_state(after, encoded);
  if (before && encoded == *before) return std::nullopt;
  return encoded;
}

core::rejection too_large(std::size_t bytes) {
  return {core::reason::state_too_large, "the state of the subject would take " +
                                             std::to_string(bytes) + " bytes, and at most " +
                                             std::to_string(core::state_bytes_max) + " are kept"};
}

}  // namespace

transform::transform(transform_settings settings)
    : settings_{std::move(settings)},
      hidden_keys_{"signature_key", "token", "saved_token_id", "saved_token_id_expired_at"} {
  hidden_keys_.insert(hidden_keys_.end(), settings_.redact.begin(), settings_.redact.end());
  for (const connectors::provider& each : connectors::providers()) {
    connectors_.push_back(each.make());
  }
}

transform::~transform() = default;

connectors::connector* transform::connector_named(std::string_view name) const {
  for (const auto& each : connectors_) {
    if (each->name() == name) return each.get();
  }
  return nullptr;
}

result<core::subject_state> transform::known(const core::subject& subject,
                                             std::optional<std::string_view> state) {
  if (!state) return core::empty_state(subject);
  return states_.decode(*state, subject);
}

result<transformed> transform::apply(const codec::record_view& raw,
                                     std::optional<std::string_view> state) {
  using core::reason;
  const core::instant recorded{raw.timestamp_ms};
  codec::decoded_raw decoded = codec::decode_raw(raw);
  if (decoded.why) return refuse(raw, std::move(*decoded.why), recorded, state);
  const codec::raw_headers& headers = *decoded.headers;
  if (headers.kind == core::subject_kind::account) return transformed{};

  connectors::connector* connector = connector_named(headers.connector);
  if (connector == nullptr) {
    std::string message = "no connector is called " + std::string{headers.connector};
    return refuse(raw, {reason::unsupported_record, std::move(message)}, headers.received_at,
                  state);
  }
  if (!raw.value || !codec::is_utf8(raw.key)) {
    std::string message = raw.value ? "the key is not UTF-8" : "the record has no value";
    return refuse(raw, {reason::unsupported_record, std::move(message)}, headers.received_at,
                  state);
  }
  connectors::normalised meaning = connector->normalise(headers, *raw.value);
  if (std::holds_alternative<connectors::ignored>(meaning)) return transformed{};
  if (auto* why = std::get_if<core::rejection>(&meaning)) {
    return refuse(raw, std::move(*why), headers.received_at, state);
  }
  return judge(raw, headers, {std::get<core::any_fact>(std::move(meaning)), headers.received_at},
               state);
}

result<transformed> transform::judge(const codec::record_view& raw,
                                     const codec::raw_headers& headers, core::fact&& fact,
                                     std::optional<std::string_view> state) {
  const passage way{.raw = raw,
                    .received_at = headers.received_at,
                    .subject = core::subject{headers.kind, std::string{headers.subject}},
                    .headers = &headers,
                    .stage = codec::stage::decide};
  result<core::subject_state> before = known(*way.subject, state);
  if (!before) return before.error();
  result<transformed> out;
  conclude(way, core::decide(*std::move(before), fact), state, *out);
  out->fact = std::move(fact.what);
  return out;
}

result<transformed> transform::refuse(const codec::record_view& raw, core::rejection why,
                                      core::instant received_at,
                                      std::optional<std::string_view> state) {
  const passage way{.raw = raw, .received_at = received_at, .subject = subject_of_key(raw.key)};
  core::decision decision;
  decision.verdict = core::verdict::conflict;
  decision.why = why;
  if (way.subject) {
    result<core::subject_state> before = known(*way.subject, state);
    if (!before) return before.error();
    decision = core::reject(*std::move(before), std::move(why));
  }
  result<transformed> out;
  conclude(way, std::move(decision), state, *out);
  return out;
}

transformed transform::give_up(const codec::record_view& raw, std::optional<std::string_view> state,
                               std::string message) {
  const core::rejection why{core::reason::unsupported_record, std::move(message)};
  const codec::decoded_raw decoded = codec::decode_raw(raw);
  const core::instant received_at =
      decoded.headers ? decoded.headers->received_at : core::instant{raw.timestamp_ms};
  if (result<transformed> refused = refuse(raw, why, received_at, state)) {
    return *std::move(refused);
  }
  // Its state cannot be read either: then it stays as it is.
  core::decision decision;
  decision.verdict = core::verdict::conflict;
  decision.why = why;
  transformed out;
  conclude({.raw = raw, .received_at = received_at, .subject = std::nullopt}, std::move(decision),
           state, out);
  return out;
}

/// Fills `out`, all but its fact.
void transform::conclude(const passage& way, core::decision decision,
                         std::optional<std::string_view> state, transformed& out) {
  const codec::record_view& raw = way.raw;
  std::optional<std::string> after;
  if (way.subject) after = encode_if_changed(decision.state, *way.subject, state, raw.offset);
  if (after && after->size() > core::state_bytes_max) {
    // What was known before stays, but for the count of what is in quarantine, if that still fits.
    decision = core::reject(known(*way.subject, state).value(), too_large(after->size()));
    after = encode_if_changed(decision.state, *way.subject, state, raw.offset);
    if (after && after->size() > core::state_bytes_max) after.reset();
  }
  out.verdict = decision.verdict;
  if (decision.why) {
    out.money = raw.value && codec::claims_money(*raw.value);
    out.records.push_back(
        codec::encode_quarantine(raw, *decision.why,
                                 {.stage = way.stage,
                                  .money = out.money,
                                  .raw_topic = settings_.raw_topic,
                                  .rules = rules_version,
                                  .timestamp_ms = way.received_at.ms_since_epoch}));
  } else {
    add_signals(way, decision, out);
  }
  if (after) {
    out.records.push_back(state_record(
        raw.key, *std::move(after), {raw.partition, raw.offset, way.received_at.ms_since_epoch}));
  }
  out.emissions = std::move(decision.emissions);
  out.why = std::move(decision.why);
  out.note = std::move(decision.note);
  out.status_before = decision.status_before;
  out.status_after = decision.status_after;
}

void transform::add_signals(const passage& way, const core::decision& decision,
                            transformed& out) const {
  if (decision.emissions.empty()) return;
  const codec::raw_headers& headers = *way.headers;
  const std::string notification = codec::is_document(headers.endpoint)
                                       ? "null"
                                       : codec::minified_without(*way.raw.value, hidden_keys_);
  const codec::event_cause cause{.headers = headers,
                                 .key = way.raw.key,
                                 .partition = way.raw.partition,
                                 .offset = way.raw.offset,
                                 .rules = rules_version,
                                 .notification = notification,
                                 .structured = settings_.event_format == event_format::structured,
                                 .marks = &settings_.marks};
  out.records.reserve(decision.emissions.size() + 1);
  for (const core::emission& each : decision.emissions) {
    out.records.push_back(codec::encode_event(each, decision.state, cause));
  }
}

}  // namespace sinyal::lifecycle
