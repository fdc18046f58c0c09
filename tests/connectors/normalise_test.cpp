#include "broker/codec/state.hpp"
#include "tests/connectors/bodies.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace sinyal;
using namespace sinyal::test;
using codec::endpoint;
using core::payment_fact;
using core::payment_text;
using core::payment_word;
using core::subject_kind;

namespace {

payment_fact payment_of(const object& body) {
  return fact_of<payment_fact>(normalise(body.json()));
}

std::string long_text(std::size_t bytes) {
  return std::string(bytes, 'x');
}

object paid_by(std::string_view type) {
  return payment().text("payment_type", type);
}

}  // namespace

TEST_CASE("each payment type's own fields become the fact's") {
  struct row {
    std::string name;
    object body;
    payment_text field;
    std::string expected;
  };
  const std::vector<row> rows{
      {"va", paid_by("bank_transfer").set("va_numbers", R"([{"bank":"bca","va_number":"12"}])"),
       payment_text::va_number, "12"},
      {"va bank", paid_by("bank_transfer").set("va_numbers", R"([{"bank":"bca","va_number":1}])"),
       payment_text::bank, "bca"},
      {"no va", paid_by("bank_transfer").set("va_numbers", "[]"), payment_text::va_number, ""},
      {"permata", paid_by("bank_transfer").text("permata_va_number", "85"), payment_text::va_number,
       "85"},
      {"permata bank", paid_by("bank_transfer").text("permata_va_number", "85"), payment_text::bank,
       "permata"},
      {"echannel", paid_by("echannel").text("bill_key", "990"), payment_text::bill_key, "990"},
      {"biller", paid_by("echannel").set("biller_code", "70012"), payment_text::biller_code,
       "70012"},
      {"cstore", paid_by("cstore").text("store", "indomaret"), payment_text::store, "indomaret"},
      {"code", paid_by("cstore").text("payment_code", "0815"), payment_text::payment_code, "0815"},
      {"card", paid_by("credit_card").text("masked_card", "4811-1114"), payment_text::masked_card,
       "4811-1114"},
      {"qris", paid_by("qris").text("issuer", "gopay"), payment_text::issuer, "gopay"},
      {"acquirer", paid_by("qris").text("acquirer", "airpay"), payment_text::acquirer, "airpay"},
      {"dana", paid_by("dana"), payment_text::payment_type, "dana"},
      {"full name", payment().set("customer_details", R"({"full_name": "Sari Dewi"})"),
       payment_text::customer_first_name, "Sari Dewi"},
      {"first name", payment().set("customer_details", R"({"full_name":"x","first_name":"Sari"})"),
       payment_text::customer_first_name, "Sari"},
      {"odd customer", payment().set("customer_details", "[]"), payment_text::customer_email, ""},
      {"link", payment().text("payment_link_id", "l-1"), payment_text::payment_link_id, "l-1"},
      {"odd type", payment().set("store", "{}"), payment_text::store, ""},
  };
  for (const row& each : rows) {
    CAPTURE(each.name);
    CHECK(payment_of(each.body).texts[each.field] == each.expected);
  }
}

TEST_CASE("a sentence shows the beginning of a long word, and no half of a character") {
  const std::string sixty(60, 'a');
  for (const char* rest : {"bcde", "bcdef", "bc\xc3\xa9", "bcd\xc3\xa9", "\xf0\x9f\x92\xb0",
                           "b\xf0\x9f\x92\xb0", "bcd\xf0\x9f\x92\xb0"}) {
    CAPTURE(rest);
    const auto out = normalise(payment(sixty + rest).json());
    const auto& why = std::get<core::rejection>(out);
    CHECK(why.message.starts_with("transaction_status is \"" + sixty));
    CHECK(codec::is_utf8(why.message));
  }
}

TEST_CASE("words are compared in lower case and without blanks") {
  CHECK(payment_of(payment(" PENDING ", "201")).word == payment_word::pending);
  const auto capture = [](const char* fraud) {
    return payment_of(payment("capture").text("fraud_status", fraud)).fraud;
  };
  CHECK(capture("ACCEPT") == core::fraud::accept);
  CHECK(capture("denied") == core::fraud::deny);
  CHECK(capture("challenge") == core::fraud::challenge);
  CHECK(payment_of(payment("expire", "202").text("fraud_status", "odd")).word ==
        payment_word::expire);
}

TEST_CASE("times are WIB, amounts exact, the fee from either place") {
  const payment_fact fact =
      payment_of(payment().text("settlement_time", "odd").set("metadata", R"({"extra_info":
      {"gross_amount_info":{"original_amount":"145000","customer_imposed_payment_fee":"5000"}}})"));
  CHECK(core::format_time(*fact.transaction_time) == "2026-11-23T02:10:00.000Z");
  CHECK(!fact.settlement_time);
  CHECK(fact.gross_amount->to_string() == "150000.00");
  CHECK(fact.original_amount->to_string() == "145000.00");
  CHECK(fact.customer_imposed_payment_fee->to_string() == "5000.00");
  const payment_fact top = payment_of(
      payment().set("extra_info", R"({"gross_amount_info":{"original_amount":145000.5}})"));
  CHECK(top.original_amount->to_string() == "145000.50");
  for (const char* odd : {"0.705", "-1", "\"1,000\"", "[]", "\"\""}) {
    CAPTURE(odd);  // nobody signs them: they hold no payment back
    const std::string info = std::string{R"({"gross_amount_info":{"original_amount":)"} + odd +
                             R"(,"customer_imposed_payment_fee":)" + odd + "}}";
    const payment_fact shown = payment_of(payment().set("extra_info", info));
    CHECK(!shown.original_amount);
    CHECK(!shown.customer_imposed_payment_fee);
  }
}

TEST_CASE("refunds come as a list or flat") {
  const payment_fact listed = payment_of(payment("refund")
                                             .set("refunds", R"([
      {"refund_chargeback_id":202502070943231234,"refund_amount":"50000.00","refund_key":"k",
       "created_at":"2026-11-23 10:00:00","bank_confirmed_at":"2026-11-23 10:05:00"},
      {"refund_chargeback_uuid":"u","refund_amount":100000}])")
                                             .text("refund_amount", "150000.00"));
  REQUIRE(listed.listed);
  REQUIRE(listed.refunds.size() == 2);
  CHECK(listed.refunds[0].id == "202502070943231234");
  CHECK(listed.refunds[0].confirmed);
  CHECK(listed.refunds[1].uuid == "u");
  CHECK(listed.refunds[1].amount->to_string() == "100000.00");
  CHECK(!listed.refunds[1].confirmed);
  const payment_fact unconfirmed = payment_of(payment("refund").set(
      "refunds", R"([{"refund_key":"k","refund_amount":1,"bank_confirmed_at":false}])"));
  CHECK(!unconfirmed.refunds[0].confirmed);
  const payment_fact flat =
      payment_of(payment("partial_refund").text("refund_amount", "5.00").text("refund_key", "k"));
  CHECK(!flat.listed);
  CHECK(flat.refund_amount->to_string() == "5.00");
  CHECK(flat.refund_key == "k");
  CHECK(payment_of(payment("settlement").set("refunds", "[7]")).refunds.empty());
}

TEST_CASE("what cannot be applied is rejected with its reason") {
  struct row {
    std::string name, body, reason;
  };
  std::string many = "[{}";
  for (int i = 0; i < 256; ++i) many += ",{}";
  const std::string huge = "1" + std::string(400, '0');
  const std::vector<row> rows{
      {"no transaction", payment().without("transaction_id").json(), "missing_field"},
      {"empty transaction", payment().text("transaction_id", "").json(), "missing_field"},
      {"no status", payment().without("transaction_status").json(), "missing_field"},
      {"unknown status", payment("settled").json(), "unknown_status"},
      {"none is no status of Midtrans's", payment("none").json(), "unknown_status"},
      {"unknown fraud", payment("capture").text("fraud_status", "odd").json(), "bad_field"},
      {"fraud in a list", payment("capture").set("fraud_status", R"(["deny"])").json(),
       "bad_field"},
      {"fraud as a truth", payment().set("fraud_status", "true").json(), "bad_field"},
      {"fraud as a number", payment().set("fraud_status", "0").json(), "bad_field"},
      {"fraud null", payment().set("fraud_status", "null").json(), ""},
      {"odd fraud of a pending", payment("pending").set("fraud_status", "[]").json(), ""},
      {"id of 128", payment().text("transaction_id", long_text(128)).json(), ""},
      {"id of 129", payment().text("transaction_id", long_text(129)).json(), "bad_field"},
      {"text of 1024", payment().text("store", long_text(1024)).json(), ""},
      {"an id of 128", payment().text("payment_link_id", long_text(128)).json(), ""},
      {"an id of 129", payment().text("payment_link_id", long_text(129)).json(), "bad_field"},
      {"text of 1025", payment().text("store", long_text(1025)).json(), "bad_field"},
      {"fraud status of 1024", payment("pending").text("fraud_status", long_text(1024)).json(), ""},
      {"fraud status of 1025", payment("pending").text("fraud_status", long_text(1025)).json(),
       "bad_field"},
      {"257 refunds", payment("refund").set("refunds", many + "]").json(), "bad_field"},
      {"odd refund", payment("refund").set("refunds", "[7]").json(), "bad_field"},
      {"bad refund", payment("refund").set("refunds", R"([{"refund_amount":1.005}])").json(),
       "bad_field"},
      {"huge refund",
       payment("refund").set("refunds", R"([{"refund_amount":)" + huge + "}]").json(), "bad_field"},
      {"negative", payment("refund").text("refund_amount", "-5").json(), "bad_field"},
      {"ping", payment("odd").text("order_id", "payment_notif_test_1").json(), "ignored"},
      {"not JSON", "{", "unsupported_record"},
  };
  for (const row& each : rows) {
    CAPTURE(each.name);
    CHECK(reason_of(normalise(each.body)) == each.reason);
  }
  CHECK(reason_of(normalise(account().json(), subject_kind::account)) == "ignored");
}

TEST_CASE("an invoice hears of the payments that name it") {
  using core::invoice_word;
  const auto copy = [](object body) {
    body.set("metadata", R"({"midtrans_invoice_id": "inv-1"})");
    return normalise(body.json(), subject_kind::invoice);
  };
  const auto settled = fact_of<core::invoice_fact>(copy(payment()));
  CHECK(settled.word == invoice_word::payment_settled);
  CHECK(settled.id == "inv-1");
  CHECK(settled.amount->to_string() == "150000.00");
  CHECK(fact_of<core::invoice_fact>(copy(payment("expire", "202"))).word ==
        invoice_word::payment_expired);
  CHECK(fact_of<core::invoice_fact>(copy(payment("pending", "201"))).word ==
        invoice_word::payment_other);
  CHECK(reason_of(copy(payment("settlement", "202"))) == "status_code_mismatch");
  CHECK(reason_of(copy(payment().text("fraud_status", "deny"))) == "impossible_transition");
}

TEST_CASE("a subscription hears of its charges in both forms") {
  using core::subscription_word;
  struct row {
    std::string name, body;
    subscription_word word;
    std::string reason;
  };
  const auto flat = [](const char* status, const char* code) {
    return payment(status, code).text("subscription_id", "sub-1").json();
  };
  const auto wrapped = [](std::string_view transaction) { return charge(transaction).json(); };
  const auto of_order = [&](const std::string& id) {
    return wrapped(R"({"transaction_status":"capture","transaction_id":"t","status_code":"200",)"
                   R"("order_id":")" +
                   id + "\"}");
  };
  const auto none = subscription_word::active;
  const std::vector<row> rows{
      {"flat", flat("settlement", "200"), subscription_word::charged, ""},
      {"flat failed", flat("deny", "202"), subscription_word::charge_failed, ""},
      {"flat pending", flat("pending", "201"), subscription_word::charge_pending, ""},
      {"flat mismatch", flat("capture", "202"), none, "status_code_mismatch"},
      {"charged",
       wrapped(R"({"transaction_status":"capture","transaction_id":"t","status_code":"200"})"),
       subscription_word::charged, ""},
      {"failed", wrapped(R"({"status_message":"no","status_code":"411"})"),
       subscription_word::charge_failed, ""},
      {"error", wrapped(R"({"status_code":500})"), subscription_word::charge_failed, ""},
      {"pending",
       wrapped(R"({"transaction_status":"pending","transaction_id":"t","status_code":"201"})"),
       subscription_word::charge_pending, ""},
      {"no status", wrapped(R"({"status_code":"200"})"), none, "missing_field"},
      {"no code", wrapped("{}"), none, "missing_field"},
      {"no transaction", charge("{}").without("transaction").json(), none, "missing_field"},
      {"wrong code",
       wrapped(R"({"transaction_status":"capture","transaction_id":"t","status_code":"202"})"),
       none, "status_code_mismatch"},
      {"order of 255", of_order(long_text(255)), subscription_word::charged, ""},
      {"order of 256", of_order(long_text(256)), none, "bad_field"},
      {"settled against its fraud word",
       wrapped(R"({"transaction_status":"settlement","transaction_id":"t","status_code":"200",)"
               R"("fraud_status":"challenge"})"),
       none, "impossible_transition"},
      {"unknown fraud",
       wrapped(R"({"transaction_status":"capture","transaction_id":"t","status_code":"200",)"
               R"("fraud_status":"review"})"),
       none, "bad_field"},
      {"captured and denied",
       wrapped(R"({"transaction_status":"capture","transaction_id":"t","status_code":"202",)"
               R"("fraud_status":"denied"})"),
       subscription_word::charge_failed, ""},
      {"id as a number",
       charge(R"({"status_code":"411"})").set("subscription", R"({"id":7})").json(), none,
       "bad_field"},
      {"id as a number beside another",
       charge(R"({"status_code":"411"})").set("subscription", R"({"id":7})").text("id", "x").json(),
       none, "bad_field"},
      {"bare with an id as a number", subscription().set("id", "7").json(), none, "bad_field"},
      {"bare with a control character", subscription().text("id", R"(a\u0001)").json(), none,
       "bad_field"},
      {"unknown status", wrapped(R"({"transaction_status":"odd","status_code":"200"})"), none,
       "unknown_status"},
      {"an event in other letters", charge("{}").text("event_name", " Subscription.CHARGE ").json(),
       none, "missing_field"},
      {"unknown event", charge("{}").text("event_name", "subscription.odd").json(), none,
       "unknown_event"},
      {"bare", subscription().json(), subscription_word::active, ""},
      {"bare inactive", subscription("INACTIVE").json(), subscription_word::inactive, ""},
      {"bare odd", subscription("odd").json(), none, "unknown_status"},
      {"bare without status", subscription().without("status").json(), none, "missing_field"},
      {"nothing", "{}", none, "missing_field"},
  };
  for (const row& each : rows) {
    CAPTURE(each.name);
    const auto meaning = normalise(each.body, subject_kind::subscription, endpoint::recurring);
    CHECK(reason_of(meaning) == each.reason);
    if (!each.reason.empty()) continue;
    const auto fact = fact_of<core::subscription_fact>(meaning);
    CHECK(fact.word == each.word);
    CHECK(fact.id == "sub-1");
  }
}

TEST_CASE("a subscription's schedule is read whole") {
  const auto fact = fact_of<core::subscription_fact>(
      normalise(subscription().json(), subject_kind::subscription, endpoint::subscriptions));
  CHECK(fact.amount->to_string() == "14000.00");
  CHECK(fact.interval == 1);
  CHECK(fact.current_interval == 2);
  CHECK(fact.max_interval == 12);
  CHECK(core::format_time(*fact.next_execution_at) == "2026-11-26T04:20:00.000Z");
  CHECK(fact.next_execution_text == "2026-11-26T04:20:00.000000Z");
  CHECK(fact.texts[core::subscription_text::customer_email] == "sari@example.com");
}

TEST_CASE("documents are told by the merchant's own systems") {
  const auto fact = fact_of<payment_fact>(
      normalise(R"({"order_id": "o", "gross_amount": 13324.5, "customer_details":
                 {"first_name": "Sari", "email": "s@example.com"}})",
                subject_kind::payment, endpoint::payments));
  CHECK(fact.document);
  CHECK(fact.word == payment_word::none);
  CHECK(fact.gross_amount->to_string() == "13324.50");
  CHECK(fact.texts[payment_text::customer_email] == "s@example.com");
  using core::invoice_word;
  for (const auto& [status, word] :
       std::vector<std::pair<std::string, invoice_word>>{{"draft", invoice_word::open},
                                                         {"sent", invoice_word::open},
                                                         {"Pending", invoice_word::open},
                                                         {"overdue", invoice_word::overdue},
                                                         {"paid", invoice_word::paid},
                                                         {"void", invoice_word::voided},
                                                         {"voided", invoice_word::voided},
                                                         {"expired", invoice_word::expired}}) {
    CAPTURE(status);
    const std::string body = R"({"id": "i", "gross_amount": 13324, "due_date":
        "2026-08-06 20:03:04 +0700", "status": ")" +
                             status + "\"}";
    const auto invoice =
        fact_of<core::invoice_fact>(normalise(body, subject_kind::invoice, endpoint::invoices));
    CHECK(invoice.word == word);
    CHECK(invoice.amount->to_string() == "13324.00");
    CHECK(core::format_time(*invoice.due_date) == "2026-08-06T13:03:04.000Z");
  }
  const auto refused = [](const char* body, endpoint to) {
    return reason_of(normalise(body, subject_kind::invoice, to));
  };
  CHECK(refused(R"({"id": "i", "status": "odd"})", endpoint::invoices) == "unknown_status");
  CHECK(refused(R"({"id": "i", "status": "paid", "gross_amount": 1.005})", endpoint::invoices) ==
        "bad_field");
  CHECK(refused(R"({"order_id": "o", "gross_amount": 1.005})", endpoint::payments) == "bad_field");
}

TEST_CASE("mutated bodies never crash, and what is admitted can be read again") {
  const unsigned seed = std::random_device{}();
  INFO("seed ", seed);
  MESSAGE("mutation seed " << seed);
  std::mt19937 random{seed};
  const std::vector<std::string> originals{
      payment().json(), payment("refund").set("refunds", R"([{"refund_key":"k"}])").json(),
      account().json(), subscription().json(), charge(R"({"status_code":"411"})").json()};
  const std::string alphabet = "{}[]\",:\\u0019eE+-.tfn \x80\xff";
  const auto connector = midtrans();
  const std::vector<core::secret> keys{core::secret{std::string{server_key}}};
  for (int i = 0; i < 20000; ++i) {
    std::string body = originals[random() % originals.size()];
    for (auto changes = random() % 4 + 1; changes > 0 && !body.empty(); --changes) {
      const std::size_t at = random() % body.size();
      if (random() % 4 == 0) {
        body.erase(at, random() % 8);
      } else {
        body[at] = alphabet[random() % alphabet.size()];
      }
    }
    const auto to = static_cast<endpoint>(random() % codec::endpoint_count);
    const auto admission = connector->admit({.endpoint = to, .body = body, .server_keys = keys});
    codec::raw_headers headers;
    headers.endpoint = to;
    if (!admission.subjects.empty()) headers.kind = admission.subjects[0].kind;
    const bool unsupported = reason_of(connector->normalise(headers, body)) == "unsupported_record";
    if (!admission.refused && unsupported) FAIL_CHECK("admitted, but unreadable: " << body);
  }
}
