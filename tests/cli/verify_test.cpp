#include "broker/cli/verify.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

using namespace sinyal;
using lifecycle::difference;

namespace {

std::string shown(const lifecycle::finding& found, const cli::verify_style& style) {
  std::ostringstream out;
  cli::show_difference(out, found, style);
  return out.str();
}

std::string shown(const cli::verified& all, const cli::verify_style& style) {
  std::ostringstream out;
  cli::show_verified(out, all, style);
  return out.str();
}

const cli::verify_style text{.topic_prefix = "shop"};
const cli::verify_style json{.topic_prefix = "shop", .json = true};

constexpr lifecycle::output refunds{codec::destination::signal, core::signal::payment_refunded};

}  // namespace

TEST_CASE("each difference says where it is, and what is wrong with it") {
  struct row {
    lifecycle::finding found;
    const char* text;
    const char* json;
  };
  const std::vector<row> rows{
      {{difference::missing, refunds, 3, {}, 17, "G1:payment:A"},
       "missing  shop.payment.refunded 3  G1:payment:A\n"
       "  raw offset 17 causes it, and it is not there\n",
       R"({"difference":"missing","topic":"shop.payment.refunded","partition":3,"offset":null,)"
       R"("raw_offset":17,"key":"G1:payment:A","parts":[]})"},
      {{difference::unexpected, {codec::destination::quarantine}, 0, 4, 17, "G1:payment:A"},
       "unexpected  shop.quarantine 0:4  G1:payment:A\n"
       "  it is there, and raw offset 17 does not cause it\n",
       R"({"difference":"unexpected","topic":"shop.quarantine","partition":0,"offset":4,)"
       R"("raw_offset":17,"key":"G1:payment:A","parts":[]})"},
      {{difference::unexpected, {codec::destination::state}, 0, 4},
       "unexpected  shop.state 0:4\n"
       "  it is there, and names no cause in this partition of the raw log\n",
       R"({"difference":"unexpected","topic":"shop.state","partition":0,"offset":4,)"
       R"("raw_offset":null,"key":"","parts":[]})"},
      {{difference::different, refunds, 1, 0, 2, "G1:payment:\x1b[2J", "value,headers"},
       "different  shop.payment.refunded 1:0  G1:payment:?[2J\n"
       "  raw offset 2 causes another value,headers\n",
       R"({"difference":"different","topic":"shop.payment.refunded","partition":1,"offset":0,)"
       R"("raw_offset":2,"key":"G1:payment:\u001b[2J","parts":["value","headers"]})"},
      {{difference::unexpected, refunds, 1, 0, {}, "\xff\xfe"},
       "unexpected  shop.payment.refunded 1:0  ??\n"
       "  it is there, and names no cause in this partition of the raw log\n",
       R"({"difference":"unexpected","topic":"shop.payment.refunded","partition":1,"offset":0,)"
       R"("raw_offset":null,"key":"??","parts":[]})"},
      {{difference::doubled, refunds, 1, 0, 2, "k"},
       "doubled  shop.payment.refunded 1:0  k\n  raw offset 2 causes it once less\n",
       R"({"difference":"doubled","topic":"shop.payment.refunded","partition":1,"offset":0,)"
       R"("raw_offset":2,"key":"k","parts":[]})"},
      {{difference::out_of_order, refunds, 1, 0, 2, "k"},
       "out_of_order  shop.payment.refunded 1:0  k\n"
       "  it is there behind what a later one than raw offset 2 caused\n",
       R"({"difference":"out_of_order","topic":"shop.payment.refunded","partition":1,"offset":0,)"
       R"("raw_offset":2,"key":"k","parts":[]})"},
  };
  for (const row& each : rows) {
    CHECK(shown(each.found, text) == each.text);
    CHECK(shown(each.found, json) == std::string{each.json} + "\n");
  }
}

TEST_CASE("the end counts what was compared, and says no more than there is to say") {
  cli::verified all;
  all.partitions = 12;
  all.totals.notifications = 7;
  all.totals.events = 5;
  all.totals.quarantined = 1;
  all.totals.states = 3;
  CHECK(shown(all, text) ==
        "7 notifications in 12 partitions judged anew\n"
        "  the same      5 events, 1 in quarantine, 3 states\n"
        "no difference\n");
  CHECK(shown(all, json) ==
        R"({"partitions":12,"notifications":7,"events":5,"quarantined":1,"states":3,)"
        R"("differences":0,"other_rules":0,"later":0,"cannot_be_concluded":0,"torn":null})"
        "\n");

  const std::vector<lifecycle::torn_notification> torn{{"id-1", 0, 4}};
  all.torn = torn;
  all.totals.later = 2;
  all.totals.cannot_be_concluded = 4;
  all.totals.other_rules = 8;
  all.totals.differences = {1, 0, 0, 0, 0};
  const std::string told = shown(all, text);
  for (const char* line : {"  other rules   8  ", "  later         2  ", "  not concluded 4  ",
                           "  torn          1  ", "\n1 difference\n"}) {
    CHECK(told.find(line) != std::string::npos);
  }
  CHECK(shown(all, json).find(R"("differences":1,"other_rules":8,"later":2,)"
                              R"("cannot_be_concluded":4,"torn":["id-1"]})") != std::string::npos);
  all.totals.differences[3] = 4;
  CHECK(shown(all, text).ends_with("\n5 differences\n"));
  CHECK(shown(all, {"shop", false, true}).ends_with("\x1b[31m5 differences\x1b[0m\n"));
}
