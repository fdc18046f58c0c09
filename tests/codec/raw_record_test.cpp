#include "broker/codec/raw_record.hpp"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

using namespace sinyal;

namespace {

codec::raw_headers example() {
  codec::raw_headers headers;
  headers.id = "01936f00-0000-7000-8000-000000000001";
  headers.connector = "midtrans";
  headers.merchant = "G1";
  headers.subject = "SHOP:1";
  headers.received_at = *core::parse_time("2026-11-23T02:15:34.120Z");
  headers.key_index = 1;
  headers.peer = "192.0.2.7";
  headers.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  headers.content_type = "application/json";
  return headers;
}

using named = std::pair<std::string_view, std::string_view>;

std::optional<core::rejection> refused(std::vector<codec::header_view> headers,
                                       std::string_view key = "G1:payment:SHOP:1") {
  codec::record_view record;
  record.key = key;
  record.headers = headers;
  return codec::decode_raw(record).why;
}

std::vector<codec::header_view> views(const codec::header_list& list) {
  std::vector<codec::header_view> all;
  for (std::size_t i = 0; i < list.size(); ++i) all.push_back(list[i]);
  return all;
}

}  // namespace

TEST_CASE("headers are written in the contract's order and read back") {
  codec::raw_headers headers = example();
  headers.subjects = "G1:payment:SHOP:1 G1:invoice:i";
  headers.retry_of = "3:17";
  headers.retries = 2;
  const codec::header_list list = codec::encode_raw_headers(headers);
  const std::vector<std::string_view> order{
      "sinyal_version",  "sinyal_id",       "sinyal_connector", "sinyal_endpoint",
      "sinyal_merchant", "sinyal_kind",     "sinyal_subject",   "sinyal_received_at",
      "sinyal_key",      "sinyal_peer",     "traceparent",      "content-type",
      "sinyal_subjects", "sinyal_retry_of", "sinyal_retries"};
  REQUIRE(list.size() == order.size());
  for (std::size_t i = 0; i < order.size(); ++i) CHECK(list[i].name == order[i]);
  const auto all = views(list);
  codec::record_view record;
  record.key = "G1:payment:SHOP:1";
  record.headers = all;
  const auto decoded = codec::decode_raw(record);
  REQUIRE(decoded.headers);
  CHECK(decoded.headers->subject == "SHOP:1");
  CHECK(decoded.headers->received_at == headers.received_at);
  CHECK(decoded.headers->key_index == 1U);
  CHECK(decoded.headers->retry_of == "3:17");
  CHECK(decoded.headers->retries == 2);
}

TEST_CASE("a record that is not one of ours says why") {
  const codec::header_list list = codec::encode_raw_headers(example());
  CHECK(!refused(views(list)));
  for (const char* required :
       {"sinyal_version", "sinyal_id", "sinyal_connector", "sinyal_endpoint", "sinyal_merchant",
        "sinyal_kind", "sinyal_subject", "sinyal_received_at"}) {
    CAPTURE(required);
    auto headers = views(list);
    std::erase_if(headers, [&](const auto& each) { return each.name == required; });
    CHECK(refused(headers)->reason == core::reason::unsupported_record);
    headers = views(list);
    headers.push_back({required, "x"});
    CHECK(refused(headers));
  }
  for (const auto& [name, value] : std::vector<named>{{"sinyal_version", "2"},
                                                      {"sinyal_endpoint", "odd"},
                                                      {"sinyal_kind", "odd"},
                                                      {"sinyal_merchant", "G:1"},
                                                      {"sinyal_received_at", "yesterday"},
                                                      {"sinyal_key", "-1"}}) {
    CAPTURE(name);
    auto headers = views(list);
    for (auto& each : headers) {
      if (each.name == name) each.value = value;
    }
    CHECK(refused(headers));
  }
  CHECK(refused(views(list), "G1:payment:SHOP-2"));
  CHECK(refused(views(list), "G1:invoice:SHOP:1"));
}
