#include "connectors/subscriber/src/decode.hpp"

#include "connectors/subscriber/src/json.hpp"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <sinyal/signals.hpp>
#include <string>
#include <utility>
#include <vector>

namespace sinyal::detail {
namespace {

/// One of schemas/examples as a record.
class example {
 public:
  explicit example(std::string_view name) {
    const auto file = "schemas/examples/" + std::string{name} + ".json";
    simdjson::dom::parser parser;
    const simdjson::dom::element whole = parser.load(file);
    for (const auto& [key, value] : whole["headers"].get_object()) {
      headers_.emplace_back(std::string{key}, std::string{std::string_view{value}});
    }
    value_ = simdjson::minify(whole["value"]);
  }

  void set(const std::string& name, const std::string& value) {
    std::erase_if(headers_, [&](const auto& each) { return each.first == name; });
    headers_.emplace_back(name, value);
  }
  void replace(const std::string& what, const std::string& with) {
    const auto at = value_.find(what);
    REQUIRE(at != std::string::npos);
    value_.replace(at, what.size(), with);
  }
  /// Attributes and data in one JSON object.
  void make_structured() {
    std::string whole = "{";
    for (const auto& [name, value] : headers_) {
      if (name.starts_with("ce_")) whole += '"' + name.substr(3) + "\":\"" + value + "\",";
    }
    value_ = whole + "\"data\":" + value_ + "}";
    set("content-type", "application/cloudevents+json");
  }
  std::string& value() { return value_; }
  auto& headers() { return headers_; }

  void decode(decoder& with, decode_result& result) const {
    std::vector<header> views;
    for (const auto& [name, value] : headers_) views.push_back({name, value});
    with.decode({"midtrans.topic", 3, 17, "key", value_, views}, result);
  }
  decode_result decode() const {
    decoder once;
    decode_result result;
    decode(once, result);
    return result;
  }

 private:
  std::vector<std::pair<std::string, std::string>> headers_;
  std::string value_;
};

template <class Subject>
event<Subject> decode(example from) {
  auto result = from.decode();
  if (const auto* wrong = std::get_if<malformed>(&result)) FAIL(wrong->sentence);
  return std::get<event<Subject>>(std::get<decoded>(result).event);
}

const std::string order =
    R"({"status":"paid","paid_amount":"1.00","refunded_amount":"0.00",)"
    R"("charged_back_amount":"0.00","net_amount":"1.00","attempts":1,"open_attempts":0,)"
    R"("quarantined":0})";

/// Of a payment, each with a text that is longer than a string keeps without memory of its own.
const std::string every_optional_field = [] {
  std::string fields;
  for (const char* name : {"fraud_status",
                           "status_code",
                           "status_message",
                           "bank",
                           "va_number",
                           "biller_code",
                           "bill_key",
                           "payment_code",
                           "store",
                           "masked_card",
                           "acquirer",
                           "issuer",
                           "customer_last_name",
                           "customer_email",
                           "customer_first_name",
                           "customer_phone",
                           "refund_key",
                           "custom_field1",
                           "custom_field2",
                           "custom_field3",
                           "payment_link_id",
                           "subscription_id",
                           "midtrans_invoice_id"}) {
    fields += "\"" + std::string{name} + R"(":"a text that is not a short one",)";
  }
  for (const char* name :
       {"transaction_time", "settlement_time", "expiry_time", "reversible_until"}) {
    fields += "\"" + std::string{name} + R"(":"2026-11-23T02:10:00.000Z",)";
  }
  for (const char* name :
       {"refund_amount", "original_amount", "customer_imposed_payment_fee", "authorized_amount"}) {
    fields += "\"" + std::string{name} + R"(":"1.00",)";
  }
  return fields + R"("previous_status":"pending","other_transaction_ids":["a","b"],)";
}();
const std::string beside_the_payment =
    R"(,"refund":{"key":"k","full":true},"chargeback":{"id":"i","full":false},)"
    R"("notification":{"a":1})";

money rupiah(std::int64_t amount) {
  return money::of_hundredths(amount * 100);
}

TEST_CASE("every signal of the catalogue has an example that is understood whole") {
  for (const signal_info& signal : catalogue) {
    CAPTURE(signal.name);
    auto result = example{signal.name}.decode();
    REQUIRE(std::holds_alternative<decoded>(result));
    const decoded& read = std::get<decoded>(result);
    CHECK(catalogue[read.signal].name == signal.name);
    CHECK(base(read.event).signal == signal.name);
    CHECK(read.event.index() == static_cast<std::size_t>(signal.kind));
    CHECK(read.key.ends_with(":" + base(read.event).subject));
    CHECK(read.cause >= 0);
  }
}

TEST_CASE("a payment comes as typed values") {
  const auto event = decode<payment>(example{"payment_settled"});
  CHECK(event.id == "e58c9fad-01ee-5abc-9936-a584731ae9d1");
  CHECK(event.sender == sender{"midtrans", "G141532850"});
  CHECK(event.subject == "SHOP-1001");
  CHECK(event.sequence == 2);
  CHECK(to_string(event.time) == "2026-11-23T02:15:30.000Z");
  CHECK(to_string(event.recorded_time) == "2026-11-23T02:15:34.120Z");
  CHECK(event.traceparent.value_or("").starts_with("00-4bf92f3577b34da6"));
  CHECK(event.topic == "midtrans.topic");
  CHECK(event.partition == 3);
  CHECK(event.offset == 17);
  CHECK(event.payment.gross_amount == rupiah(150'000));
  CHECK(event.payment.bank == "bca");
  CHECK(event.payment.customer_email == "sari@example.com");
  CHECK(event.payment.settlement_time == event.time);
  CHECK(event.payment.order.status == order_status::paid);
  CHECK(event.payment.order.net_amount == rupiah(150'000));
  CHECK(event.payment.order.attempts == 1);
  CHECK_FALSE(event.payment.masked_card);
  CHECK_FALSE(event.payment.refund_amount);
  CHECK_FALSE(event.refund);
}

TEST_CASE("nothing is left of the event that was read before") {
  const auto event_of = [](const decode_result& read) { return std::get<decoded>(read).event; };
  decoder one;
  decode_result result;
  for (const signal_info& before : catalogue) {
    for (const signal_info& after : catalogue) {
      CAPTURE(before.name);
      CAPTURE(after.name);
      example full{before.name};
      full.set("ce_anomaly", "paid_twice amount_differs");
      full.decode(one, result);
      const example next{after.name};
      next.decode(one, result);
      CHECK(event_of(result) == event_of(next.decode()));
    }
  }
  // every field that may be there, then none of them
  example bare{"payment_settled"};
  std::erase_if(bare.headers(), [](const auto& each) { return each.first.ends_with("parent"); });
  bare.value() = R"({"payment":{"order_id":"A","transaction_id":"B","payment_type":"C",)"
                 R"("transaction_status":"D","gross_amount":"1.00","currency":"IDR","order":)" +
                 order + "}}";
  std::string full = bare.value();
  full.insert(full.find("\"order\":"), every_optional_field);
  example whole{bare};
  whole.value() = full.insert(full.size() - 1, beside_the_payment);
  const auto told = whole.decode();
  CHECK(std::get<event<payment>>(event_of(told)).payment.other_transaction_ids.size() == 2);
  CHECK(std::get<event<payment>>(event_of(told)).payment.previous_status == "pending");
  whole.decode(one, result);
  CHECK(event_of(result) == event_of(told));
  bare.decode(one, result);
  CHECK(event_of(result) == event_of(bare.decode()));
  CHECK_FALSE(base(event_of(result)).notification);
  CHECK_FALSE(base(event_of(result)).traceparent);
}

TEST_CASE("what stands beside the subject comes typed as well") {
  const auto refunded = decode<payment>(example{"payment_refunded"});
  REQUIRE(refunded.refund);
  CHECK(refunded.refund->amount == rupiah(50'000));
  CHECK(refunded.refund->key == "refund-1");
  CHECK_FALSE(refunded.refund->full);
  CHECK_FALSE(refunded.refund->confirmed_at);
  const auto charged_back = decode<payment>(example{"payment_charged_back"});
  REQUIRE(charged_back.chargeback);
  CHECK(charged_back.chargeback->full);
  const auto charged = decode<subscription>(example{"subscription_charged"});
  REQUIRE(charged.charge);
  CHECK(charged.charge->amount == rupiah(49'000));
  CHECK(charged.subscription.interval == 1);
  const auto paid = decode<invoice>(example{"invoice_paid"});
  CHECK(paid.invoice.total_amount == rupiah(150'000));
}

TEST_CASE("the notification is the text that was sent, number tokens and escapes untouched") {
  example from{"payment_settled"};
  const auto begin = from.value().find("\"notification\":") + 15;
  from.value().erase(begin, from.value().size() - begin - 1);
  const std::string sent =
      R"({"a":"}\\\"{","gross_amount":150000.00,"b":[1e2,{"notification":1}]})";
  from.value().insert(begin, sent);
  CHECK(decode<payment>(from).notification == sent);
}

TEST_CASE("no number of the notification makes an event unreadable") {
  for (const std::string& number :
       {std::string{"1e99999999999999999999"}, std::string{"-1e400"},
        std::string{"123456789012345678901234567890"}, std::string(5000, '9')}) {
    CAPTURE(number);
    const std::string sent = R"({"metadata":{"x":[)" + number + R"(]},"y":"z"})";
    for (const bool structured : {false, true}) {
      CAPTURE(structured);
      example from{"payment_settled"};
      const auto begin = from.value().find("\"notification\":") + 15;
      from.value().erase(begin, from.value().size() - begin - 1);
      from.value().insert(begin, sent);
      if (structured) from.make_structured();
      const auto read = decode<payment>(from);
      CHECK(read.notification == sent);
      CHECK(read.payment.gross_amount == rupiah(150'000));
    }
  }
  example broken{"payment_settled"};
  broken.value() = R"({"payment":{"gross_amount":1e999},"notification":{}})";
  CHECK(std::holds_alternative<malformed>(broken.decode()));
  broken.value() = R"({"payment":{},"x":1e999)";
  CHECK(std::holds_alternative<malformed>(broken.decode()));
}

TEST_CASE("a merchant's document has no notification") {
  example from{"invoice_created"};
  const auto begin = from.value().find("\"notification\":") + 15;
  from.value().erase(begin, from.value().size() - begin - 1);
  from.value().insert(begin, "null");
  CHECK_FALSE(decode<invoice>(from).notification);
}

TEST_CASE("fields that this version does not know are left alone") {
  example from{"payment_settled"};
  from.replace("{\"order_id\"", R"({"new":{"order":[{"status":"x"}]},"order_id")");
  from.replace("\"status\":\"paid\"", "\"status\":\"pondering\"");
  CHECK(decode<payment>(from).payment.order.status == order_status::other);
}

TEST_CASE("an id of a schema registry, before the value or in a header, changes nothing") {
  const auto plain = decode<payment>(example{"payment_settled"});
  for (const bool before : {true, false}) {
    CAPTURE(before);
    example with_id{"payment_settled"};
    if (before) with_id.value().insert(0, std::string{"\0\0\0\1\7", 5});
    if (!before) with_id.set("__value_schema_id", "\x01\xff\xfe");
    const auto read = decode<payment>(with_id);
    CHECK(read.id == plain.id);
    CHECK(read.notification == plain.notification);
  }
  example bare{"payment_settled"};
  bare.value() = std::string(5, '\0');
  CHECK(std::holds_alternative<malformed>(bare.decode()));
}

TEST_CASE("anomalies are a list of words") {
  example from{"payment_settled"};
  CHECK(decode<payment>(from).anomalies.empty());
  from.set("ce_anomaly", "paid_twice amount_differs");
  CHECK(decode<payment>(from).anomalies ==
        std::vector<std::string>{"paid_twice", "amount_differs"});
}

TEST_CASE("an unknown type or version is said to be one") {
  for (const char* type : {"sinyal.payment.settled.v2", "sinyal.payment.new.v1", "other"}) {
    example from{"payment_settled"};
    from.set("ce_type", type);
    const auto result = from.decode();
    REQUIRE(std::holds_alternative<unknown_type>(result));
    CHECK(std::get<unknown_type>(result).type == type);
  }
}

TEST_CASE("no value of a malformed event stands in the sentence about it") {
  example from{"payment_settled"};
  from.replace("\"gross_amount\":\"150000.00\"", "\"gross_amount\":\"secret\"");
  const auto result = from.decode();
  REQUIRE(std::holds_alternative<malformed>(result));
  CHECK(std::get<malformed>(result).sentence ==
        "payment.gross_amount is no amount with two decimals");
}

TEST_CASE("half of any event, or one with a byte changed, is read without a crash") {
  const example whole{"payment_refunded"};
  const std::string value = example{whole}.value();
  for (std::size_t size = 0; size < value.size(); ++size) {
    example cut{whole};
    cut.value().resize(size);
    CHECK(std::holds_alternative<malformed>(cut.decode()));
  }
  for (std::size_t at = 0; at < value.size(); ++at) {
    for (const char with : {'"', '\\', '{', '}', '0'}) {
      example changed{whole};
      changed.value()[at] = with;
      static_cast<void>(changed.decode());
    }
  }
}

TEST_CASE("a structured event whose data is not one plain object is malformed") {
  const auto decode_structured = [](const std::string& members) {
    const std::string value = R"({"specversion":"1.0",)" + members + "}";
    const std::vector<header> headers{{"content-type", "application/cloudevents+json"}};
    decode_result result;
    decoder{}.decode({"midtrans.topic", 3, 17, "key", value, headers}, result);
    return result;
  };
  for (const char* members : {
           R"("d\u0061ta":{"notification":{}})",
           R"("data":5,"data":{"notification":{}})",
           R"("data":{"notification":{}},"data":{})",
           R"("data":{},"d\u0061ta":{"notification":{}})",
           R"("data":5)",
           R"("data":"{}")",
       }) {
    CAPTURE(members);
    const auto result = decode_structured(members);
    REQUIRE(std::holds_alternative<malformed>(result));
    CHECK(std::get<malformed>(result).reason == "not_a_cloudevent");
    CHECK(std::get<malformed>(result).sentence ==
          "data does not stand once, as an object, under its plain name");
  }
}

TEST_CASE("a member's text is found whatever stands before it") {
  struct row {
    std::string_view object, text;
  };
  for (const row& each : std::vector<row>{
           {R"({"x":1})", "1"},
           {R"( { "x" : -1.50e+3 } )", "-1.50e+3"},
           {R"({"a":{"x":2},"x":[{"x":"]"}]})", R"([{"x":"]"}])"},
           {R"({"a":"\\","x":"\"}"})", R"("\"}")"},
           {R"({"a":"\\\"x\":1","x":null,"b":1})", "null"},
           {R"({"":"","x":{}})", "{}"},
           {R"({"x" : [ 1 , {} ]	 , "y":{}})", "[ 1 , {} ]"},
           {R"({"x":{}  })", "{}"},
           {R"({"x":1,"x":2})", "1"},
           {R"({"\u0078":1})", ""},
           {R"({"y":1})", ""},
           {R"({})", ""},
       }) {
    CAPTURE(each.object);
    json json;
    simdjson::dom::element whole;
    REQUIRE_FALSE(json.parse(each.object, whole));
    CHECK(json.member_text(json.text(), "x") == each.text);
  }
}

}  // namespace
}  // namespace sinyal::detail
