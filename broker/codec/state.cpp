#include "broker/codec/state.hpp"

#include "broker/codec/json_writer.hpp"
#include "broker/codec/state_format.hpp"

#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace sinyal::codec {
namespace {

using namespace state_format;

void put(json_writer& json, std::string_view name, const std::optional<core::money>& amount) {
  if (amount) json.number(name, amount->hundredths());
}
void put(json_writer& json, std::string_view name, const std::optional<core::instant>& time) {
  if (time) json.number(name, time->ms_since_epoch);
}
void put(json_writer& json, std::string_view name, const std::optional<std::int64_t>& number) {
  if (number) json.number(name, *number);
}
void put(json_writer& json, std::string_view name, bool flag) {
  if (flag) json.number(name, 1);
}

template <typename Field, std::size_t Count>
void put(json_writer& json, std::string_view name, const core::texts<Field, Count>& texts) {
  const auto& letters = letters_of<core::texts<Field, Count>>();
  bool any = false;
  for (std::size_t i = 0; i < Count; ++i) {
    const std::string_view text = texts[static_cast<Field>(i)];
    if (text.empty()) continue;
    if (!std::exchange(any, true)) {
      json.key(name);
      json.begin_object();
    }
    json.text(letters[i], text);
  }
  if (any) json.end_object();
}

void put(json_writer& json, std::string_view name, const published_counts& published) {
  bool any = false;
  for (std::size_t i = 0; i < published.size(); ++i) {
    if (published[i] == 0) continue;
    if (!std::exchange(any, true)) {
      json.key(name);
      json.begin_object();
    }
    json.number(without_kind(core::signal_table[i].topic), unsigned{published[i]});
  }
  if (any) json.end_object();
}

void put(json_writer& json, std::string_view name, const std::vector<std::string>& list) {
  if (list.empty()) return;
  json.key(name);
  json.begin_array();
  for (const std::string& each : list) json.text(each);
  json.end_array();
}

void put(json_writer& json, const core::given_back& back) {
  json.begin_object();
  json.known("i", back.identity);
  json.known("k", back.key);
  json.known("n", back.id);
  put(json, "m", back.amount);
  json.known("y", back.reason);
  put(json, "t", back.created_at);
  put(json, "b", back.confirmed_at);
  put(json, "z", back.confirmed);
  json.end_object();
}

void put(json_writer& json, const core::attempt& attempt);

template <typename Object>
void put_list(json_writer& json, std::string_view name, const std::vector<Object>& list) {
  if (list.empty()) return;
  json.key(name);
  json.begin_array();
  for (const Object& each : list) put(json, each);
  json.end_array();
}

void put(json_writer& json, const core::attempt& attempt) {
  json.begin_object();
  json.known("t", attempt.transaction_id);
  if (attempt.status != core::attempt_status::none) json.text("st", to_string(attempt.status));
  if (attempt.word != core::payment_word::none) json.text("w", to_string(attempt.word));
  put(json, "x", attempt.texts);
  put(json, "g", attempt.gross_amount);
  put(json, "aa", attempt.authorized_amount);
  put(json, "oa", attempt.original_amount);
  put(json, "f", attempt.customer_imposed_payment_fee);
  if (attempt.currency != core::default_currency) json.text("c", attempt.currency);
  put(json, "tt", attempt.transaction_time);
  put(json, "se", attempt.settlement_time);
  put(json, "ex", attempt.expiry_time);
  put(json, "ca", attempt.challenge_with_authorize);
  put(json, "dk", attempt.deny_known);
  put(json, "sk", attempt.settlement_known);
  put(json, "ad", attempt.amount_from_document);
  put_list(json, "r", attempt.refunds);
  put_list(json, "cb", attempt.chargebacks);
  put(json, "p", attempt.published);
  json.end_object();
}

void put(json_writer& json, const core::payment_state& payment) {
  put_list(json, "a", payment.attempts);
  put(json, "d", payment.document);
  put(json, "da", payment.document_amount);
  if (payment.quarantined != 0) json.number("q", payment.quarantined);
  put(json, "cl", payment.charged_back_last);
}

void put(json_writer& json, const core::invoice_state& invoice) {
  if (invoice.status != core::invoice_status::none) json.text("st", to_string(invoice.status));
  json.known("w", invoice.word);
  put(json, "x", invoice.texts);
  json.known("do", invoice.document_order_id);
  put(json, "m", invoice.total_amount);
  json.known("c", invoice.currency);
  put(json, "du", invoice.due_date);
  put(json, "pa", invoice.paid_at);
  put(json, "p", invoice.published);
}

void put(json_writer& json, const core::subscription_state& subscription) {
  if (subscription.status != core::subscription_status::none) {
    json.text("st", to_string(subscription.status));
  }
  json.known("w", subscription.word);
  put(json, "x", subscription.texts);
  put(json, "m", subscription.amount);
  json.known("c", subscription.currency);
  put(json, "iv", subscription.interval);
  put(json, "mx", subscription.max_interval);
  put(json, "ci", subscription.current_interval);
  put(json, "b", subscription.start_time);
  put(json, "nx", subscription.next_execution_at);
  put(json, "ch", subscription.charges);
  put(json, "fc", subscription.failed_charges);
  put(json, "p", subscription.published);
}

}  // namespace

void encode_state(const core::subject_state& state, std::string& out) {
  out.clear();
  json_writer json{out};
  json.begin_object();
  json.raw("v", state_version);
  if (state.sequence != 0) json.number("s", state.sequence);
  put(json, "o", state.first_offset);
  std::visit([&](const auto& what) { put(json, what); }, state.what);
  json.end_object();
}

}  // namespace sinyal::codec
