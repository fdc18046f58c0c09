#include "broker/cli/explain.hpp"

#include "broker/cli/explain_form.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

using namespace sinyal;

namespace {

struct outcome {
  int status = 0;
  std::string out, err;
};

outcome explained(const std::string& text, cli::explain_options options = {}) {
  if (options.files.empty()) options.files = {"-"};
  options.merchant = "G1";
  options.received_at = *core::parse_time("2026-11-23T02:15:34.120Z");
  std::istringstream in{text};
  std::ostringstream out, err;
  const int status = cli::explain(options, in, out, err);
  return {status, out.str(), err.str()};
}

outcome explained_json(const std::string& text, cli::explain_options options = {}) {
  options.json = true;
  return explained(text, std::move(options));
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string notification(const std::string& status, const std::string& code,
                         const std::string& amount = "150000.00") {
  return R"({"order_id":"SHOP-1","transaction_id":"t-1","transaction_status":")" + status +
         R"(","status_code":")" + code + R"(","gross_amount":")" + amount +
         R"(","payment_type":"gopay","signature_key":"none"})";
}

}  // namespace

TEST_CASE("the form of a body is told from the body") {
  struct row {
    const char* name;
    const char* body;
    codec::endpoint endpoint;
  };
  using enum codec::endpoint;
  const row rows[] = {
      {"a signed payment", R"({"order_id":"1","signature_key":"x"})", notifications},
      {"a pay account", R"({"account_id":"1"})", notifications},
      {"a flat subscription payment",
       R"({"order_id":"1","subscription_id":"2","signature_key":""})", notifications},
      {"a charge", R"({"event_name":"subscription.charge","transaction":{}})", recurring},
      {"a bare subscription", R"({"id":"1","status":"active","schedule":{}})", recurring},
      {"an invoice", R"({"id":"1","invoice_number":"7","status":"pending","order_id":"2"})",
       invoices},
      {"a voided invoice", R"({"id":"1","status":"voided"})", invoices},
      {"a disabled subscription", R"({"id":"1","status":"inactive"})", subscriptions},
      {"a cancelled subscription", R"({"id":"1","status":"cancelled"})", subscriptions},
      {"an answer of the API", R"({"order_id":"1","transaction_status":"pending"})", payments},
      {"anything else", R"({"success":true})", notifications},
      {"no JSON", "{", notifications},
      {"no object", "[]", notifications},
  };
  for (const row& each : rows) {
    CAPTURE(each.name);
    CHECK(cli::guess_endpoint(each.body) == each.endpoint);
  }
}

TEST_CASE("a file is one document, or one a line") {
  using list = std::vector<std::string_view>;
  CHECK(cli::split_documents("{\n\"a\": 1\n}\n") == list{"{\n\"a\": 1\n}"});
  CHECK(cli::split_documents("{\"a\":1}\n\n {\"b\":2}\r\n") == list{"{\"a\":1}", "{\"b\":2}"});
  CHECK(cli::split_documents("{\"a\":1}\nbroken\n") == list{"{\"a\":1}", "broken"});
  CHECK(cli::split_documents("{\n\"a\": 1,\n}") == list{"{\n\"a\": 1,\n}"});
  CHECK(cli::split_documents("  \n") == list{""});
}

TEST_CASE("a line of JSON says what the contract lists, for each notification and subject") {
  const outcome told = explained_json(notification("settlement", "200"));
  CHECK(told.status == 0);
  CHECK(told.err.empty());
  CHECK(told.out ==
        R"({"file":"-","index":0,"subject":{"kind":"payment","id":"SHOP-1"},)"
        R"("fact":{"word":"settlement","fraud":"accept","document":false,"order_id":"SHOP-1",)"
        R"("transaction_id":"t-1","payment_type":"gopay","status_code":"200",)"
        R"("gross_amount":"150000.00"},"verdict":"advance","reason":null,)"
        R"("status_before":"none","status_after":"settled",)"
        R"("signals":[{"signal":"payment_settled","topic":"midtrans.payment.settled",)"
        R"("subjectsequence":1}]})"
        "\n");
}

TEST_CASE("several notifications are one history, over lines and over files") {
  const outcome told = explained_json(
      notification("pending", "201") + "\n" + notification("settlement", "200") + "\n" +
      notification("settlement", "200") + "\n" + notification("expire", "202"));
  CHECK(told.status == 0);
  std::istringstream lines{told.out};
  std::string line;
  std::vector<std::string> verdicts;
  while (std::getline(lines, line)) {
    const auto begin = line.find("\"verdict\":\"") + 11;
    verdicts.push_back(line.substr(begin, line.find('"', begin) - begin));
  }
  CHECK(verdicts == std::vector<std::string>{"advance", "advance", "repeat", "late"});
  CHECK(holds(told.out, R"("subjectsequence":2)"));
}

TEST_CASE("a notification about two subjects is told for both") {
  const std::string body =
      R"({"order_id":"SHOP-1","transaction_id":"t-1","transaction_status":"settlement",)"
      R"("status_code":"200","gross_amount":"150000.00","signature_key":"",)"
      R"("metadata":{"midtrans_invoice_id":"6f1a"}})";
  const outcome told = explained_json(body);
  CHECK(told.status == 0);
  CHECK(holds(told.out, R"("subject":{"kind":"payment","id":"SHOP-1"})"));
  CHECK(holds(told.out, R"("subject":{"kind":"invoice","id":"6f1a"})"));
  CHECK(holds(told.out, R"("signal":"invoice_paid","topic":"midtrans.invoice.paid")"));
}

TEST_CASE("a conflict is told with its reason, and is the exit status") {
  const outcome told = explained_json(notification("settlement", "201"));
  CHECK(told.status == 1);
  CHECK(holds(told.out, R"("verdict":"conflict","reason":"status_code_mismatch")"));
  CHECK(holds(told.out, R"("signals":[])"));
  const outcome text = explained(notification("settlement", "201"));
  CHECK(text.status == 1);
  CHECK(holds(text.out, "quarantine status_code_mismatch: "));
}

TEST_CASE("what is not admitted is told with the refusal and why, and is the exit status") {
  struct row {
    const char* name;
    const char* body;
    const char* part;
  };
  const row rows[] = {
      {"no JSON", "{\"a\":", "malformed_body"},
      {"nothing", "", "malformed_body"},
      {"an ill-formed amount",
       R"({"order_id":"1","status_code":"200","gross_amount":"1,0","signature_key":""})",
       "invalid_field"},
      {"BI-SNAP", R"({"originalReferenceNo":"1","latestTransactionStatus":"00"})", "BI-SNAP"},
      {"a document that says too little", R"({"id":"1","invoice_number":"7"})", "unprocessable"},
  };
  for (const row& each : rows) {
    CAPTURE(each.name);
    const outcome json = explained_json(each.body);
    CHECK(json.status == 1);
    CHECK(holds(json.out, R"("verdict":"refused","reason":")"));
    CHECK(holds(json.out, each.part));
    const outcome text = explained(each.body);
    CHECK(text.status == 1);
    CHECK(holds(text.out, each.part));
  }
}

TEST_CASE("signatures are checked only when asked for") {
  const std::string body = notification("settlement", "200");
  CHECK(explained(body).status == 0);
  cli::explain_options options;
  options.verify = true;
  options.server_keys = {core::secret{"SB-Mid-server-sinyal-test"}};
  const outcome told = explained_json(body, options);
  CHECK(told.status == 1);
  CHECK(holds(told.out, R"("verdict":"refused")"));
}

TEST_CASE("an endpoint that is given is not guessed") {
  cli::explain_options options;
  options.endpoint = codec::endpoint::subscriptions;
  const outcome told = explained_json(R"({"id":"1","status":"voided"})", options);
  CHECK(holds(told.out, "subscription"));
}

TEST_CASE("a test ping and an account have no verdict and are no failure") {
  const outcome told = explained_json(
      R"({"order_id":"payment_notif_test_G1_1","status_code":"200","gross_amount":"1.00",)"
      R"("signature_key":""})"
      "\n"
      R"({"account_id":"a","account_status":"ENABLED","status_code":"200","signature_key":""})");
  CHECK(told.status == 0);
  CHECK(holds(told.out, R"("verdict":"ping")"));
  CHECK(holds(told.out, R"("verdict":"account")"));
}

TEST_CASE("text names the fact, the verdict, the signal and its topic, and sums up") {
  const outcome told =
      explained(notification("pending", "201") + "\n" + notification("settlement", "200"));
  CHECK(holds(told.out, "subject    payment SHOP-1\n"));
  CHECK(holds(told.out, "fact       settlement of t-1: 150000.00 IDR, gopay\n"));
  CHECK(holds(told.out, "verdict    advance  pending -> settled\n"));
  CHECK(holds(told.out, "signal     payment_settled  midtrans.payment.settled  #2"));
  CHECK(holds(told.out, "2 notifications, 2 advance\n"));
  CHECK(!holds(told.out, "\x1b["));
}

TEST_CASE("colours are for terminals, and a stranger's text cannot drive one") {
  cli::explain_options options;
  options.colours = true;
  CHECK(holds(explained(notification("settlement", "200"), options).out, "\x1b[32madvance"));
  std::string body = notification("settlement", "200");
  body.replace(body.find("t-1"), 3, "t\\u001b[31m");
  CHECK(!holds(explained(body).out, "\x1b"));
}

TEST_CASE("a file that cannot be read is said and fails the run, and the others are explained") {
  cli::explain_options options;
  options.files = {"/no/such/file", "/tmp", "-"};
  const outcome told = explained(notification("settlement", "200"), options);
  CHECK(told.status == 1);
  CHECK(told.err ==
        "sinyal explain: cannot read /no/such/file: No such file or directory\n"
        "sinyal explain: cannot read /tmp: Is a directory\n");
  CHECK(holds(told.out, "payment_settled"));
}
