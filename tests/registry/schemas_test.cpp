#include "broker/registry/schemas.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <string>

using namespace sinyal;

TEST_CASE("a schema's subject is its topic's name and -value") {
  CHECK(registry::subject_of("midtrans", core::signal::payment_settled) ==
        "midtrans.payment.settled-value");
  CHECK(registry::subject_of("shop.test", core::signal::subscription_charge_failed) ==
        "shop.test.subscription.charge-failed-value");
}

TEST_CASE("the text of every signal is its own open schema, in draft 7") {
  for (const core::signal_info& each : core::signal_table) {
    const std::string name{each.name};
    CAPTURE(name);
    const std::string_view text = registry::schema_text(*core::parse_signal(each.name));
    const auto schema = boost::json::parse({text.data(), text.size()}).as_object();
    CHECK(schema.at("$id").as_string() == std::string{each.data_schema});
    CHECK(schema.at("title").as_string() == name);
    CHECK(schema.at("$schema").as_string() == "http://json-schema.org/draft-07/schema#");
    CHECK(text.find("unevaluatedProperties") == text.npos);
    CHECK(text.find("additionalProperties") == text.npos);
    CHECK(text.find('\n') == text.npos);
    CHECK(text.find("\"description\":\"") == text.npos);
  }
}
