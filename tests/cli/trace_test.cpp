#include "broker/cli/trace.hpp"

#include "broker/codec/raw_record.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

using namespace sinyal;

namespace {

const core::subject shop{core::subject_kind::payment, "SHOP-1"};

/// A raw log in which every record is of one subject, and its story.
struct world {
  explicit world(bool json = false, core::subject subject = shop, bool colours = false)
      : story{{.subject = {"G1", subject},
               .topic_prefix = "midtrans",
               .transform = {},
               .json = json,
               .colours = colours},
              out} {
    headers.id = "019ab3f2-7a55-7b0e-9d53-0d2c8f6f8f11";
    headers.connector = "midtrans";
    headers.merchant = "G1";
    headers.received_at = *core::parse_time("2026-11-23T02:15:34.120Z");
    headers.peer = "10.0.0.7";
    headers.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    headers.content_type = "application/json";
    told = subject;
  }

  /// What is shown of a notification.
  std::string tell(const std::string& body, bool with_headers = true) {
    headers.kind = told.kind;
    headers.subject = told.id;
    const codec::header_list encoded = codec::encode_raw_headers(headers);
    std::vector<codec::header_view> views;
    for (std::size_t i = 0; with_headers && i < encoded.size(); ++i) views.push_back(encoded[i]);
    codec::record_view raw;
    raw.partition = 3;
    raw.offset = offset += 5;
    raw.timestamp_ms = core::parse_time("2026-11-23T02:15:34.121Z")->ms_since_epoch;
    raw.key = story.key();
    raw.value = body;
    raw.headers = views;
    out.str("");
    story.tell(raw);
    return out.str();
  }

  std::string conclude() {
    out.str("");
    story.conclude(3, {7, 99});
    return out.str();
  }

  std::ostringstream out;
  cli::story story;
  codec::raw_headers headers;
  core::subject told;
  std::int64_t offset = 12;
};

std::string payment(const std::string& status, const std::string& code,
                    const std::string& amount = "150000.00") {
  return R"({"order_id":"SHOP-1","transaction_id":"t-1","transaction_status":")" + status +
         R"(","status_code":")" + code + R"(","gross_amount":")" + amount +
         R"(","payment_type":"gopay","transaction_time":"2026-11-23 09:10:00"})";
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a story tells what came when, what it meant and what was published") {
  world story;
  CHECK(story.tell(payment("pending", "201")) ==
        "2026-11-23T02:15:34.120Z  019ab3f2-7a55-7b0e-9d53-0d2c8f6f8f11  3:17  as notifications\n"
        "  fact       pending of t-1: 150000.00 IDR, gopay\n"
        "  verdict    advance  none -> pending\n"
        "  signal     payment_received  midtrans.payment.received  #1  2026-11-23T02:10:00.000Z  "
        "59634212-1c55-5407-8ea0-eab7c3e08737\n");
  CHECK(holds(story.tell(payment("settlement", "200")), "payment_settled"));
  CHECK(holds(story.tell(payment("settlement", "200")), "verdict    repeat  settled"));
  CHECK(holds(story.tell(payment("pending", "201")), "verdict    late  settled"));
  CHECK(holds(story.tell(payment("settlement", "200", "1.00")), "quarantine amount_mismatch: "));
  CHECK(story.conclude() ==
        "\nG1:payment:SHOP-1  5 notifications, 2 events\n"
        "  status     paid\n"
        "  money      paid 150000.00, refunded 0.00, charged back 0.00, net 150000.00\n"
        "  attempts   1, 0 open\n"
        "  quarantine 1\n");
}

TEST_CASE("as JSON it is explain's rows, with what is known of the receipt, then the subject") {
  world story{true};
  const std::string row = story.tell(payment("settlement", "200"));
  CHECK(row.starts_with(R"({"partition":3,"offset":17,"received_at":"2026-11-23T02:15:34.120Z",)"
                        R"("id":"019ab3f2-7a55-7b0e-9d53-0d2c8f6f8f11","endpoint":"notifications",)"
                        R"("subject":{"kind":"payment","id":"SHOP-1"},)"
                        R"("fact":{"word":"settlement",)"));
  CHECK(row.ends_with(
      R"("verdict":"advance","reason":null,"status_before":"none","status_after":"settled",)"
      R"("signals":[{"signal":"payment_settled","topic":"midtrans.payment.settled",)"
      R"("subjectsequence":1,"ce_id":"3daac5e1-ee3d-51f1-83aa-d286b12cba8a"}]})"
      "\n"));
  CHECK(story.conclude() ==
        R"({"subject":{"merchant":"G1","kind":"payment","id":"SHOP-1"},"status":"paid",)"
        R"("order":{"status":"paid","paid_amount":"150000.00","refunded_amount":"0.00",)"
        R"("charged_back_amount":"0.00","net_amount":"150000.00","attempts":1,)"
        R"("open_attempts":0,"quarantined":0},"notifications":1,"events":1,"partition":3,)"
        R"("log_start":7,"log_end":99})"
        "\n");
}

TEST_CASE("an invoice and a subscription end with their status") {
  struct row {
    core::subject subject;
    codec::endpoint endpoint;
    std::string body;
    std::string status;
  };
  using core::subject_kind;
  for (const row& one : std::vector<row>{
           {{subject_kind::invoice, "I-1"},
            codec::endpoint::invoices,
            R"({"id":"I-1","status":"voided"})",
            "voided"},
           {{subject_kind::subscription, "S-1"},
            codec::endpoint::subscriptions,
            R"({"id":"S-1","status":"inactive"})",
            "disabled"},
       }) {
    CAPTURE(one.subject.id);
    for (const bool json : {false, true}) {
      world story{json, one.subject};
      story.headers.endpoint = one.endpoint;
      story.tell(one.body);
      const std::string end = story.conclude();
      CAPTURE(end);
      CHECK(holds(end, json ? "\"status\":\"" + one.status + "\",\"notifications\":1"
                            : "1 notification, 1 event\n  status     " + one.status + "\n"));
      CHECK(!holds(end, "order"));
      CHECK(!holds(end, "attempts"));
    }
  }
}

TEST_CASE("a record whose headers cannot be read has no id, and Kafka's time") {
  world text;
  const std::string shown = text.tell(payment("settlement", "200"), false);
  CHECK(shown.starts_with("2026-11-23T02:15:34.121Z  no id  3:17\n"));
  CHECK(holds(shown, "quarantine unsupported_record"));
  world json{true};
  CHECK(holds(json.tell(payment("settlement", "200"), false),
              R"("received_at":"2026-11-23T02:15:34.121Z","id":null,)"));
}

TEST_CASE("a ping is told, and changes nothing") {
  world story{false, {core::subject_kind::payment, "payment_notif_test_G1_1"}};
  std::string body = payment("settlement", "200");
  body.replace(body.find("SHOP-1"), 6, "payment_notif_test_G1_1");
  CHECK(holds(story.tell(body), "verdict    ping"));
  CHECK(holds(story.conclude(), "1 notification, 0 events\n  status     open\n"));
}

TEST_CASE("colours are used only when asked for, and an id does not drive the terminal") {
  world plain{false, {core::subject_kind::payment, "A\x1b[2J"}};
  CHECK(!holds(plain.tell("{}"), "\x1b"));
  CHECK(holds(plain.conclude(), "G1:payment:A?[2J"));
  world coloured{false, shop, true};
  CHECK(holds(coloured.tell(payment("settlement", "200")), "\x1b[32madvance\x1b[0m"));
}
