#include "tests/connectors/bodies.hpp"

#include <doctest/doctest.h>

using namespace sinyal;
using namespace sinyal::test;
using codec::endpoint;
using connectors::admitted_as;
using connectors::refusal;
using core::subject_kind;

namespace {

struct row {
  std::string name;
  std::string body;
  std::optional<refusal> refused;
  endpoint to = endpoint::notifications;
};

void check(const std::vector<row>& rows) {
  for (const row& each : rows) {
    CAPTURE(each.name);
    const auto admission = admit(each.body, each.to);
    CAPTURE(admission.detail);
    CHECK(admission.refused == each.refused);
    CHECK(admission.subjects.empty() == each.refused.has_value());
  }
}

std::string nested(std::size_t depth, const std::string& core) {
  std::string inner = core;
  for (std::size_t i = 2; i < depth; ++i) inner = "[" + inner + "]";
  return payment().set("x", inner).json();
}

const std::string wide_number = "1" + std::string(400, '0');

}  // namespace

TEST_CASE("a body is one JSON object in UTF-8, not too deep") {
  const auto bad = refusal::malformed_body;
  check({{"signed", payment().json(), {}},
         {"empty", "", bad},
         {"blank", "  ", bad},
         {"an array", "[" + payment().json() + "]", bad},
         {"a string", "\"x\"", bad},
         {"a byte order mark", "\xEF\xBB\xBF" + payment().json(), bad},
         {"not UTF-8", payment().text("store", "\xff").json(), bad},
         {"something behind it", payment().json() + "x", bad},
         {"cut", payment().json().substr(0, 90), bad},
         {"32 deep", nested(32, "[1]"), {}},
         {"32 deep, the innermost empty", nested(32, "[]"), {}},
         {"33 deep", nested(33, "[1]"), bad},
         {"33 deep, the innermost empty", nested(33, "[]"), bad}});
}

TEST_CASE("a number that nobody can represent refuses no body unless it is in a field we read") {
  check({{"integer", payment().set("x", wide_number).json(), {}},
         {"nested", payment().set("x", "[{\"y\": -" + wide_number + "}]").json(), {}},
         {"exponent", payment().set("x", "1e999").json(), {}},
         {"not a number", payment().set("x", "01e999").json(), refusal::malformed_body},
         {"amount", payment().set("gross_amount", wide_number).sign().json(),
          refusal::invalid_field}});
}

TEST_CASE("the nine names must not be there twice, and elsewhere the last counts") {
  for (const char* name :
       {"order_id", "status_code", "gross_amount", "signature_key", "transaction_id",
        "transaction_status", "fraud_status", "account_id", "account_status"}) {
    CAPTURE(name);
    const std::string body = payment().text(name, "x").twice(name, "\"x\"").json();
    CHECK(admit(body).refused == refusal::malformed_body);
  }
  CHECK(!admit(payment().twice("currency", "\"IDR\"").json()).refused);
  CHECK(admit(payment().twice("order\\u005fid", "\"x\"").json()).refused ==
        refusal::malformed_body);
}

TEST_CASE("the signed fields have the contract's formats") {
  const auto bad = refusal::invalid_field;
  const auto with = [](const char* key, const std::string& json) {
    return payment().set(key, json).sign().json();
  };
  check({{"order of 255", with("order_id", '"' + std::string(255, 'o') + '"'), {}},
         {"order of 256", with("order_id", '"' + std::string(256, 'o') + '"'), bad},
         {"odd order", with("order_id", "\"[1, a b]\""), {}},
         {"empty order", with("order_id", "\"\""), bad},
         {"order with a control", payment().set("order_id", "\"a\\u0007\"").json(), bad},
         {"order as a number", with("order_id", "17"), bad},
         {"no order", payment().without("order_id").json(), bad},
         {"null order", with("order_id", "null"), bad},
         {"code 199", with("status_code", "\"199\""), bad},
         {"code 600", with("status_code", "\"600\""), bad},
         {"code 20", with("status_code", "\"20\""), bad},
         {"code as a number", with("status_code", "200"), {}},
         {"code as a fraction", with("status_code", "200.0"), bad},
         {"no code", payment().without("status_code").json(), bad},
         {"13 digits", with("gross_amount", "\"1234567890123.99\""), {}},
         {"14 digits", with("gross_amount", "\"12345678901234\""), bad},
         {"three decimals", with("gross_amount", "\"1.000\""), bad},
         {"one decimal as a number", with("gross_amount", "150000.0"), {}},
         {"leading zero", with("gross_amount", "\"01\""), bad},
         {"negative", with("gross_amount", "\"-1.00\""), bad},
         {"exponent", with("gross_amount", "1e5"), bad},
         {"no amount", payment().without("gross_amount").json(), bad},
         {"short signature", payment().text("signature_key", "abc").json(), bad},
         {"signature not hex", payment().text("signature_key", std::string(128, 'g')).json(), bad},
         {"signature as a number", payment().set("signature_key", "1").json(), bad},
         {"no signature", payment().without("signature_key").json(), refusal::is_unsigned},
         {"null signature", payment().set("signature_key", "null").json(), refusal::is_unsigned},
         {"account of 256", account().text("account_id", std::string(256, 'a')).json(), bad},
         {"account without status", account().without("account_status").json(), bad}});
}

TEST_CASE("only a configured key makes a signature") {
  const std::string body = payment().json();
  const auto key = [&](std::vector<std::string> keys) {
    return admit(body, endpoint::notifications, std::move(keys)).key_index;
  };
  const std::string right{server_key};
  CHECK(key({right}) == 0);
  CHECK(key({"new", right}) == 1);
  CHECK(key({right, right}) == 0);
  CHECK(!key({"other"}));
  CHECK(!key({}));
  CHECK(admit(body, endpoint::notifications, {}).refused == refusal::bad_signature);
  CHECK(admit(payment().sign("").json(), endpoint::notifications, {""}).refused ==
        refusal::bad_signature);
  std::string upper = payment().bare("signature_key");
  for (char& c : upper) c = c >= 'a' ? static_cast<char>(c - 32) : c;
  CHECK(!admit(payment().text("signature_key", upper).json()).refused);
  CHECK(admit(payment().text("gross_amount", "150000.0").json()).refused == refusal::bad_signature);
}

TEST_CASE("digits shifted between the fields still verify: only the amount check can tell") {
  object shifted = payment();
  shifted.text("order_id", "SHOP-100").text("status_code", "1200");
  CHECK(admit(shifted.json()).refused == refusal::invalid_field);
  object cut = payment();
  cut.text("order_id", "SHOP-1001200").text("status_code", "500").text("gross_amount", "0.00");
  CHECK(admit(cut.json()).refused == refusal::bad_signature);
  object moved = payment().text("gross_amount", "200150.00").sign();
  moved.text("order_id", "SHOP-1001200").text("status_code", "200").text("gross_amount", "150.00");
  CHECK(!admit(moved.json()).refused);
}

TEST_CASE("a body concerns its order, its subscription and its invoice, in this order") {
  const auto admission = admit(payment()
                                   .text("subscription_id", "sub-1")
                                   .set("metadata", R"({"midtrans_invoice_id": "inv-1"})")
                                   .json());
  REQUIRE(admission.subjects.size() == 3);
  CHECK(admission.subjects[0] == core::subject{subject_kind::payment, "SHOP-1001"});
  CHECK(admission.subjects[1] == core::subject{subject_kind::subscription, "sub-1"});
  CHECK(admission.subjects[2] == core::subject{subject_kind::invoice, "inv-1"});
  CHECK(admit(payment().text("subscription_id", std::string(129, 's')).json()).subjects.size() ==
        1);
}

TEST_CASE("pings and accounts are told apart") {
  CHECK(admit(payment().text("order_id", "payment_notif_test_G1_x").sign().json()).as ==
        admitted_as::ping);
  CHECK(admit(payment().text("order_id", "payment_notif_test_G1_x").json()).refused ==
        refusal::bad_signature);
  const auto linked = admit(account().json());
  CHECK(linked.as == admitted_as::account);
  CHECK(linked.subjects.at(0) == core::subject{subject_kind::account, "acc-77"});
  CHECK(admit(account().text("account_status", "DISABLED").json()).refused ==
        refusal::bad_signature);
}

TEST_CASE("unsigned forms belong to the recurring URL") {
  const std::string wrapped = charge(R"({"status_code": "411"})").json();
  const std::string bare = subscription().json();
  for (const std::string& body : {wrapped, bare}) {
    CHECK(admit(body).refused == refusal::is_unsigned);
    const auto admission = admit(body, endpoint::recurring);
    REQUIRE(admission.subjects.size() == 1);
    CHECK(admission.subjects[0] == core::subject{subject_kind::subscription, "sub-1"});
    CHECK(!admission.key_index);
  }
  CHECK(admit("{}", endpoint::recurring).subjects.at(0).id == "unknown");
  CHECK(admit(R"({"event_name": "odd", "id": "e-1"})", endpoint::recurring).subjects.at(0).id ==
        "e-1");
  check({{"flat", payment().json(), {}, endpoint::recurring},
         {"flat, unsigned", payment().without("signature_key").json(), refusal::is_unsigned,
          endpoint::recurring},
         {"flat, forged", payment().sign("x").json(), refusal::bad_signature, endpoint::recurring},
         {"bare with a signature", subscription().text("signature_key", "x").json(),
          refusal::invalid_field, endpoint::recurring}});
}

TEST_CASE("a document says what it is about, or is refused") {
  const auto poor = refusal::unprocessable;
  const auto i = endpoint::invoices;
  const auto s = endpoint::subscriptions;
  const auto p = endpoint::payments;
  check({{"invoice", R"({"id": "i", "status": "voided"})", {}, i},
         {"invoice by order", R"({"order_id": "o", "status": "odd"})", {}, i},
         {"no status", R"({"id": "i"})", poor, i},
         {"no id", R"({"status": "paid"})", poor, i},
         {"success alone", R"({"success": true})", poor, i},
         {"id of 129", R"({"id": ")" + std::string(129, 'i') + R"(", "status": "paid"})",
          refusal::invalid_field, i},
         {"subscription", R"({"id": "s", "status": "inactive"})", {}, s},
         {"updated", R"({"status_message": "Subscription is updated."})", poor, s},
         {"payment", R"({"order_id": "o", "gross_amount": 5})", {}, p},
         {"error", R"({"order_id": "o", "status_code": "404"})", poor, p},
         {"error as number", R"({"id": "o", "status_code": 401})", poor, p},
         {"expired", R"({"order_id": "o", "status_code": "407"})", {}, p},
         {"its own transaction", R"({"order_id": "o", "transaction_id": "o"})", poor, p},
         {"no order", R"({"transaction_id": "o"})", poor, p}});
}

TEST_CASE("explain may ask not to check signatures") {
  const std::string body = payment().without("signature_key").json();
  CHECK(!midtrans()->admit({.body = body, .server_keys = {}, .check_signature = false}).refused);
}
