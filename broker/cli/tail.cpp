#include "broker/cli/tail.hpp"

#include "broker/cli/padded.hpp"
#include "broker/cli/painted.hpp"
#include "broker/cli/printable.hpp"
#include "broker/codec/json_writer.hpp"
#include "broker/codec/schema_mark.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace sinyal::cli {

namespace {

namespace json = boost::json;

constexpr std::string_view attribute_prefix = "ce_";

/// An event taken apart: attributes are headers, or members of a structured event.
struct event {
  json::object value;  // a whole structured event too
  json::object* data = nullptr;
  const codec::record_view& record;

  explicit event(const codec::record_view& from) : record{from} {
    json::error_code error;
    const std::string_view text = codec::without_mark(from.value.value_or(""));
    json::value parsed = json::parse({text.data(), text.size()}, error);
    if (error || !parsed.is_object()) return;
    value = std::move(parsed.get_object());
    json::value* inner = value.if_contains("data");
    const bool structured = inner != nullptr && value.contains("specversion");
    data = structured && inner->is_object() ? &inner->get_object() : &value;
  }

  std::string attribute(std::string_view name) const {
    if (const auto header = record.header(std::string{attribute_prefix}.append(name))) {
      return std::string{*header};
    }
    return text_of(&value, name);
  }

  static std::string text_of(const json::object* of, std::string_view name) {
    const json::value* found =
        of == nullptr ? nullptr : of->if_contains({name.data(), name.size()});
    if (found == nullptr) return {};
    return found->is_string() ? std::string{found->get_string()} : json::serialize(*found);
  }

  const json::object* part(std::string_view name) const {
    const json::value* found =
        data == nullptr ? nullptr : data->if_contains({name.data(), name.size()});
    return found != nullptr && found->is_object() ? &found->get_object() : nullptr;
  }
};

/// The money that this event is about, or nothing.
std::string amount_of(const event& of) {
  const json::object* payment = of.part("payment");
  const json::object* invoice = of.part("invoice");
  const json::object* subscription = of.part("subscription");
  const auto with_currency = [](std::string amount, const json::object* from) {
    const std::string currency = event::text_of(from, "currency");
    return amount.empty() || currency.empty() ? amount : amount + ' ' + currency;
  };
  for (const char* back : {"refund", "chargeback"}) {
    if (const json::object* part = of.part(back)) {
      return with_currency(event::text_of(part, "amount"), payment);
    }
  }
  if (payment != nullptr) return with_currency(event::text_of(payment, "gross_amount"), payment);
  if (invoice != nullptr) return with_currency(event::text_of(invoice, "total_amount"), invoice);
  return with_currency(event::text_of(subscription, "amount"), subscription);
}

std::string as_text(const event& of, const tail_format& format) {
  const auto attribute = [&](std::string_view name) { return printable(of.attribute(name)); };
  constexpr std::size_t signal_width = 26;
  constexpr std::size_t subject_width = 28;
  std::string out =
      painted(attribute("time"), dim, format.colours) + "  " +
      painted(padded(attribute("signal"), signal_width), bold, format.colours) + "  " +
      padded(attribute("subject") + " #" + attribute("subjectsequence"), subject_width);
  const std::string amount = printable(amount_of(of));
  if (!amount.empty()) out += "  " + amount;
  const std::string status = attribute("orderstatus");
  if (!status.empty()) out += "  order " + status;
  const std::string anomalies = attribute("anomaly");
  if (!anomalies.empty()) out += "  ! " + anomalies;
  if (format.with_notification && of.data != nullptr && of.data->contains("notification")) {
    out += "\n    " + printable(json::serialize(of.data->at("notification")));
  }
  return out;
}

std::string as_json(std::string_view topic, event& of, const tail_format& format) {
  std::string line;
  codec::json_writer out{line};
  out.begin_object();
  out.text("topic", topic);
  out.number("partition", of.record.partition);
  out.number("offset", of.record.offset);
  out.text("key", of.record.key);
  out.key("headers");
  out.begin_object();
  for (const codec::header_view& one : of.record.headers) {
    const auto guid = one.name == codec::schema_mark_header ? codec::guid_of(one.value)
                                                            : std::optional<std::string>{};
    out.text(one.name, guid ? *guid : one.value);
  }
  out.end_object();
  const std::string_view value = codec::without_mark(of.record.value.value_or("null"));
  if (of.data == nullptr || format.with_notification) {
    out.raw("value", of.data == nullptr ? "null" : value);
  } else {
    of.data->erase("notification");
    out.raw("value", json::serialize(of.value));
  }
  out.end_object();
  return line;
}

}  // namespace

bool tail_filter::lets_through(std::string_view key) const {
  if (merchant.empty() && !subject) return true;
  const auto parsed = core::parse_key(key);
  return parsed && (merchant.empty() || parsed->merchant == merchant) &&
         (!subject || parsed->subject == *subject);
}

bool parse_subject(std::string_view text, tail_filter& to) {
  if (auto full = core::parse_key(text)) {
    if (!to.merchant.empty() && to.merchant != full->merchant) return false;
    to.merchant = std::move(full->merchant);
    to.subject = std::move(full->subject);
    return true;
  }
  const auto colon = text.find(':');
  if (colon == text.npos || colon + 1 == text.size()) return false;
  const auto kind = core::parse_subject_kind(text.substr(0, colon));
  if (!kind) return false;
  to.subject = core::subject{*kind, std::string{text.substr(colon + 1)}};
  return true;
}

std::optional<std::string> choose_subject(const config& all, std::string_view where,
                                          std::string_view text, tail_filter& to) {
  const bool of_one = !to.merchant.empty();
  if (!parse_subject(text, to) || to.subject->kind == core::subject_kind::account) {
    return std::string{where} +
           " must be MERCHANT:KIND:ID or KIND:ID, with kind payment, invoice or subscription" +
           (of_one ? ", and of the merchant that --merchant names." : ".");
  }
  if (!to.merchant.empty() || all.merchants.size() <= 1) return std::nullopt;
  return "several merchants are configured: say whose subject it is, as in " +
         core::format_key(all.merchants.front().id, *to.subject) + '.';
}

std::string format_event(std::string_view topic, const codec::record_view& record,
                         const tail_format& format) {
  event one{record};
  return format.json ? as_json(topic, one, format) : as_text(one, format);
}

}  // namespace sinyal::cli
