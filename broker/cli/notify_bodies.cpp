#include "broker/cli/notify_bodies.hpp"

#include "broker/codec/json_writer.hpp"

#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <utility>

namespace sinyal::cli {

stage_props::stage_props(std::string merchant, core::instant now, std::uint64_t seed)
    : merchant_{std::move(merchant)},
      start_{now.ms_since_epoch - std::int64_t{3} * 60 * 60 * 1000},
      random_{seed} {
  static constexpr std::string_view hex = "0123456789abcdef";
  std::uint64_t bits = random_();
  for (int i = 0; i < 8; ++i, bits >>= 4) suffix_ += hex[bits & 15];
}

std::string stage_props::order_id(std::string_view name) const {
  return "DEMO-" + std::string{name} + "-" + suffix_;
}

std::string stage_props::transaction_id() {
  return boost::uuids::to_string(boost::uuids::basic_random_generator{random_}());
}

core::instant stage_props::at(int minute) const {
  return {start_.ms_since_epoch + std::int64_t{minute} * 60 * 1000};
}

std::string stage_props::wib(int minute) const {
  const std::int64_t shift_ms = std::int64_t{core::wib_offset_minutes} * 60 * 1000;
  std::string text = core::format_time({at(minute).ms_since_epoch + shift_ms});
  text[10] = ' ';
  return text.substr(0, 19);
}

std::string stage_props::utc(int minute) const {
  return core::format_time(at(minute));
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  codec::append_escaped(out, text);
  return out += '"';
}

std::string object(const members& all) {
  std::string out;
  codec::json_writer json{out};
  json.begin_object();
  for (const member& each : all) json.raw(each.name, each.json);
  json.end_object();
  return out;
}

std::string notify_body(const stage_props& props, const attempt& attempt, std::string_view status,
                        std::string_view code, const members& more) {
  members all{{"transaction_time", quoted(props.wib(0))},
              {"transaction_status", quoted(status)},
              {"transaction_id", quoted(attempt.transaction_id)},
              {"status_message", quoted("midtrans payment notification")},
              {"status_code", quoted(code)},
              {"signature_key", quoted("")},
              {"payment_type", quoted(attempt.payment_type)},
              {"order_id", quoted(attempt.order_id)},
              {"merchant_id", quoted(props.merchant())},
              {"gross_amount", quoted(attempt.gross_amount)},
              {"currency", quoted("IDR")}};
  all.insert(all.end(), attempt.details.begin(), attempt.details.end());
  all.insert(all.end(), more.begin(), more.end());
  return object(all);
}

member fraud(std::string_view word) {
  return {"fraud_status", quoted(word)};
}
member customer() {
  return {"customer_details", R"({"first_name":"Sari","last_name":"Dewi",)"
                              R"("email":"sari@example.com","phone":"+628110000000"})"};
}
member settled(const stage_props& props, int minute) {
  return {"settlement_time", quoted(props.wib(minute))};
}

attempt bca(stage_props& props, std::string_view name, std::string_view amount) {
  return {props.order_id(name),
          props.transaction_id(),
          "bank_transfer",
          amount,
          {{"va_numbers", R"([{"va_number":"12345678901","bank":"bca"}])"},
           {"payment_amounts", "[]"},
           {"expiry_time", quoted(props.wib(60))}}};
}
attempt card(stage_props& props, std::string_view name, std::string_view amount) {
  return {props.order_id(name),
          props.transaction_id(),
          "credit_card",
          amount,
          {{"masked_card", quoted("48111111-1114")},
           {"bank", quoted("bni")},
           {"card_type", quoted("credit")},
           {"approval_code", quoted("1763863800123")}}};
}
attempt gopay(stage_props& props, std::string_view name, std::string_view amount) {
  return {props.order_id(name), props.transaction_id(), "gopay", amount, {}};
}
attempt permata(stage_props& props, std::string_view name) {
  return {props.order_id(name),
          props.transaction_id(),
          "bank_transfer",
          "99000.00",
          {{"permata_va_number", quoted("8562000012345678")}}};
}

}  // namespace sinyal::cli
