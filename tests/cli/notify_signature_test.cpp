#include "broker/cli/notify_signature.hpp"

#include "broker/cli/explain_form.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sinyal;

namespace {

constexpr std::string_view test_key = "SB-Mid-server-sinyal-test";
// sha512 of "SHOP-1" "200" "10000.00" and the test key, by coreutils' sha512sum
const std::string signature =
    "4d21ece422325d41f0bae9bf43c03c703a7b1de0579adfccc66fb1116ba14cd6"
    "81b7b041053fea590c515bede0d1e0517a74755170216b5928d091ff16efba2e";

}  // namespace

TEST_CASE("a signature is made from the body's own fields, and nothing else of it changes") {
  struct row {
    const char* name;
    std::string body, expected;
  };
  const std::string fields = R"("order_id":"SHOP-1","status_code":"200","gross_amount":"10000.00")";
  const std::string made = "\"signature_key\":\"" + signature + "\"";
  const std::string other(128, 'a');
  const row rows[] = {
      {"missing", "{" + fields + "}", "{" + made + "," + fields + "}"},
      {"missing, behind blanks", " { " + fields + " }\n", " {" + made + ", " + fields + " }\n"},
      {"empty", "{" + fields + R"(,"signature_key":""})", "{" + fields + "," + made + "}"},
      {"a placeholder", R"({"signature_key" : "sign me" ,)" + fields + "}",
       R"({"signature_key" : ")" + signature + "\" ," + fields + "}"},
      {"null", "{" + fields + R"(,"signature_key":null})", "{" + fields + "," + made + "}"},
      {"a number", "{" + fields + R"(,"signature_key":0 })", "{" + fields + "," + made + " }"},
      {"one that looks real", "{" + fields + R"(,"signature_key":")" + other + "\"}",
       "{" + fields + R"(,"signature_key":")" + other + "\"}"},
      {"a nested one is not ours", R"({"x":{"signature_key":""},)" + fields + "}",
       "{" + made + R"(,"x":{"signature_key":""},)" + fields + "}"},
      {"numbers are signed as written",
       R"({"order_id":"SHOP-1","status_code":200,"gross_amount":10000.00})",
       "{" + made + R"(,"order_id":"SHOP-1","status_code":200,"gross_amount":10000.00})"},
      {"escapes are signed as what they mean",
       R"({"order_id":"\u0053HOP-1","status_code":"200","gross_amount":"10000.00"})",
       "{" + made + R"(,"order_id":"\u0053HOP-1","status_code":"200","gross_amount":"10000.00"})"},
      {"a field is missing", R"({"order_id":"SHOP-1"})", R"({"order_id":"SHOP-1"})"},
      {"no JSON", "{\"order_id\"", "{\"order_id\""},
      {"nothing", "", ""},
  };
  for (const row& each : rows) {
    CAPTURE(each.name);
    CHECK(cli::sign_body(each.body, core::secret{std::string{test_key}}) == each.expected);
    CHECK(cli::is_signed(each.body) == (std::string_view{each.name} == "one that looks real"));
  }
}

TEST_CASE("a payment's status, code and amount without a signature are a notification to sign") {
  struct row {
    const char* name;
    const char* body;
    codec::endpoint expected;
  };
  const row rows[] = {
      {"a notification",
       R"({"order_id":"A","transaction_status":"pending","status_code":"201","gross_amount":"1"})",
       codec::endpoint::notifications},
      {"a charge request", R"({"order_id":"A","customer_details":{}})", codec::endpoint::payments},
      {"no code", R"({"order_id":"A","transaction_status":"pending","gross_amount":"1"})",
       codec::endpoint::payments},
      {"an invoice", R"({"id":"I","status":"paid"})", codec::endpoint::invoices},
      {"no JSON", "{", codec::endpoint::notifications},
  };
  for (const row& each : rows) {
    CAPTURE(each.name);
    CHECK(cli::notified_endpoint(each.body) == each.expected);
  }
}
