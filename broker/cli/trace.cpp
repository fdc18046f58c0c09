#include "broker/cli/trace.hpp"

#include "broker/cli/painted.hpp"
#include "broker/cli/printable.hpp"
#include "broker/codec/event_value.hpp"
#include "broker/codec/raw_record.hpp"

#include <ostream>
#include <utility>
#include <variant>

namespace sinyal::cli {
namespace {

/// What a raw record says of its receipt, as far as its headers can be read.
struct receipt {
  std::string_view id;
  core::instant received_at;
  std::string_view endpoint;

  explicit receipt(const codec::record_view& raw) : received_at{raw.timestamp_ms} {
    const codec::decoded_raw decoded = codec::decode_raw(raw);
    if (!decoded.headers) return;
    id = decoded.headers->id;
    received_at = decoded.headers->received_at;
    endpoint = to_string(decoded.headers->endpoint);
  }
};

std::string_view status_of(const core::subject_state& now) {
  if (const auto* payment = std::get_if<core::payment_state>(&now.what)) {
    return core::view_of(*payment).status;
  }
  if (const auto* invoice = std::get_if<core::invoice_state>(&now.what)) {
    return to_string(invoice->status);
  }
  return to_string(std::get<core::subscription_state>(now.what).status);
}

std::string json_row(const codec::record_view& raw, const judged& what, const judged_style& style) {
  const receipt receipt{raw};
  std::string line;
  codec::json_writer json{line};
  json.begin_object();
  json.number("partition", raw.partition);
  json.number("offset", raw.offset);
  json.text("received_at", core::format_time(receipt.received_at));
  text_or_null(json, "id", receipt.id);
  text_or_null(json, "endpoint", receipt.endpoint);
  add_judged(json, what, style);
  json.end_object();
  return line;
}

void show_row(std::ostream& out, const codec::record_view& raw, const judged& what,
              const judged_style& style) {
  const receipt receipt{raw};
  out << painted(core::format_time(receipt.received_at), bold, style.colours) << "  "
      << (receipt.id.empty() ? "no id" : printable(receipt.id)) << "  " << raw.partition << ':'
      << raw.offset;
  if (!receipt.endpoint.empty()) out << "  as " << receipt.endpoint;
  out << '\n';
  show_judged(out, what, style);
}

}  // namespace

story::story(trace_settings settings, std::ostream& out)
    : settings_{std::move(settings)},
      key_{core::format_key(settings_.subject.merchant, settings_.subject.subject)},
      judge_{settings_.transform},
      out_{out} {}

void story::tell(const codec::record_view& raw) {
  const judged what{.subject = settings_.subject.subject, .outcome = judge_(raw)};
  ++notifications_;
  events_ += what.outcome.emissions.size();
  if (settings_.json) {
    out_ << json_row(raw, what, style()) << '\n';
  } else {
    show_row(out_, raw, what, style());
  }
}

void story::conclude(std::int32_t partition, const offset_range& log) const {
  const core::subject_state now = judge_.known(key_, settings_.subject.subject);
  if (settings_.json) {
    conclude_as_json(now, partition, log);
  } else {
    conclude_as_text(now);
  }
}

void story::conclude_as_json(const core::subject_state& now, std::int32_t partition,
                             const offset_range& log) const {
  std::string line;
  codec::json_writer json{line};
  json.begin_object();
  json.key("subject");
  json.begin_object();
  json.text("merchant", settings_.subject.merchant);
  json.text("kind", to_string(settings_.subject.subject.kind));
  json.text("id", settings_.subject.subject.id);
  json.end_object();
  json.text("status", status_of(now));
  if (const auto* payment = std::get_if<core::payment_state>(&now.what)) {
    codec::add_order(json, *payment);
  }
  json.number("notifications", notifications_);
  json.number("events", events_);
  json.number("partition", partition);
  json.number("log_start", log.start);
  json.number("log_end", log.end);
  json.end_object();
  out_ << line << '\n';
}

void story::conclude_as_text(const core::subject_state& now) const {
  const auto count = [&](std::size_t number, std::string_view what) {
    out_ << number << ' ' << what << (number == 1 ? "" : "s");
  };
  out_ << '\n' << painted(printable(key_), bold, settings_.colours) << "  ";
  count(notifications_, "notification");
  out_ << ", ";
  count(events_, "event");
  out_ << "\n  status     " << status_of(now) << '\n';
  const auto* payment = std::get_if<core::payment_state>(&now.what);
  if (payment == nullptr) return;
  const core::order_view view = core::view_of(*payment);
  out_ << "  money      paid " << view.paid_amount.to_string() << ", refunded "
       << view.refunded_amount.to_string() << ", charged back "
       << view.charged_back_amount.to_string() << ", net " << view.net_amount.to_string() << '\n'
       << "  attempts   " << view.attempts << ", " << view.open_attempts << " open\n"
       << "  quarantine " << view.quarantined << '\n';
}

}  // namespace sinyal::cli
