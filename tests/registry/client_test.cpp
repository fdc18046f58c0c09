// Every answer that a registry may give, and what is made of it.

#include "broker/registry/client.hpp"

#include "broker/registry/schemas.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

using namespace sinyal;
using core::signal;
using registry::answer;

namespace {

constexpr auto guid = "0f6c2c1e-7a55-4b0e-9d53-0d2c8f6f8f11";

schema_registry_settings settings(schema_ids ids = schema_ids::off) {
  schema_registry_settings out;
  out.url = "http://registry:8081";
  out.ids = ids;
  out.username = "sinyal";
  out.password = core::secret{"geheim"};
  return out;
}

/// Answers all with the same, and keeps what it was asked.
struct fake {
  boost::system::result<answer> says = answer{};
  std::vector<registry::request> asked{};

  registry::client client(const schema_registry_settings& of = settings()) {
    return {of, "midtrans", [this](const registry::request& what) {
              asked.push_back(what);
              return says;
            }};
  }
};

const std::string at = "the schema registry at http://registry:8081 ";
const std::string path = "/subjects/midtrans.payment.settled-value";
const std::string no_api = ". Hint: schema_registry.url must be that of a Confluent-compatible API";

}  // namespace

TEST_CASE("a look-up posts the schema to its subject, a registration to the subject's versions") {
  fake one{answer{200, R"({"id":7})"}};
  CHECK(one.client().look_up(signal::payment_settled).has_value());
  CHECK(one.client().add(signal::payment_settled).has_value());
  REQUIRE(one.asked.size() == 2);
  CHECK(one.asked[0].path == path);
  CHECK(one.asked[1].path == path + "/versions");
  CHECK(one.asked[0].body == one.asked[1].body);
  const auto body = boost::json::parse(one.asked[0].body).as_object();
  CHECK(body.size() == 2);
  CHECK(body.at("schemaType").as_string() == "JSON");
  CHECK(std::string{body.at("schema").as_string()} ==
        registry::schema_text(signal::payment_settled));
}

TEST_CASE("a look-up tells id and GUID, or that there is none") {
  struct row {
    const char* name;
    answer says;
    std::optional<std::uint32_t> id;
    std::string guid;
  };
  for (const row& each : std::vector<row>{
           {"Confluent's, from version 8 on",
            {200, R"({"subject":"s","version":1,"id":7,"guid":")" + std::string{guid} + "\"}"},
            7U,
            guid},
           {"one without GUIDs",
            {200, R"({"subject":"s","version":1,"id":7,"schema":"{}"})"},
            7U,
            ""},
           {"the largest id", {200, R"({"id":2147483647})"}, 2147483647U, ""},
           {"no such subject", {404, R"({"error_code":40401,"message":"Subject"})"}, {}, ""},
           {"another schema there", {404, R"({"error_code":40403,"message":"Schema"})"}, {}, ""},
       }) {
    CAPTURE(each.name);
    const auto found = fake{each.says}.client().look_up(signal::payment_settled);
    REQUIRE(found.has_value());
    CHECK(found->has_value() == each.id.has_value());
    if (!*found) continue;
    CHECK((*found)->id == *each.id);
    CHECK((*found)->guid == each.guid);
  }
}

TEST_CASE("each other answer to a look-up is a sentence that says what to do") {
  struct row {
    const char* name;
    boost::system::result<answer> says;
    std::string message;
  };
  const std::string account =
      ". Hint: set schema_registry.username and schema_registry.password to those of an account "
      "with the right to that subject";
  const std::string without_id =
      at + "answers 200 to " + path + " without the id of a schema" + no_api;
  const std::string log = ". Hint: its own log says more";
  const std::string there = ", which every registry has" + no_api +
                            ", with its path if it has one, as in "
                            "http://registry:8080/apis/ccompat/v7";
  for (const row& each : std::vector<row>{
           {"nobody there", make_error_code(boost::system::errc::connection_refused),
            at + "gave no answer within 5000 ms: Connection refused. Hint: see that it runs, and "
                 "that schema_registry.url leads to it"},
           {"no password", answer{401, R"({"error_code":401,"message":"Unauthorized"})"},
            at + "does not let us in: it answers 401 to " + path + " (Unauthorized)" + account},
           {"a page of a proxy's", answer{401, "<html>"},
            at + "does not let us in: it answers 401 to " + path + account},
           {"no right", answer{403, R"({"error_code":40301,"message":"Denied"})"},
            at + "does not let us in: it answers 403 to " + path + " (Denied)" + account},
           {"a path that is none", answer{404, "<html>"}, at + "answers 404 to " + path + there},
           {"a 404 of other JSON", answer{404, R"({"message":"no"})"},
            at + "answers 404 to " + path + there},
           {"a 404 that is new", answer{404, R"({"error_code":40499,"message":"no"})"},
            at + "answers 404 to " + path + " (no)" + log},
           {"not JSON", answer{200, "<html>"}, without_id},
           {"no object", answer{200, "[]"}, without_id},
           {"nothing", answer{200, ""}, without_id},
           {"no id", answer{200, R"({"version":1})"}, without_id},
           {"an id as a text", answer{200, R"({"id":"7"})"}, without_id},
           {"a negative id", answer{200, R"({"id":-1})"}, without_id},
           {"an id of 33 bits", answer{200, R"({"id":2147483648})"}, without_id},
           {"somewhere else", answer{302, ""}, at + "answers 302 to " + path + log},
           {"a failure", answer{500, R"({"error_code":50001,"message":"store"})"},
            at + "answers 500 to " + path + " (store)" + log},
           {"words on two lines", answer{503, "{\"message\":\"a\\nb\\u001b[1m\"}"},
            at + "answers 503 to " + path + " (a b [1m)" + log},
       }) {
    CAPTURE(each.name);
    const auto found = fake{each.says}.client().look_up(signal::payment_settled);
    REQUIRE(found.has_error());
    CHECK(found.error().message == each.message);
    CHECK_FALSE(found.error().of_one);
    CHECK(found.error().message.find("geheim") == std::string::npos);
  }
}

TEST_CASE("a registry's long words are cut between two letters") {
  std::string words(399, 'a');
  words += "éé";
  const auto found = fake{answer{500, "{\"message\":\"" + words + "\"}"}}.client().look_up(
      signal::payment_settled);
  CHECK(found.error().message.find(std::string(399, 'a') + "…)") != std::string::npos);
}

TEST_CASE("a server with TLS that cannot be reached hints at its certificate") {
  schema_registry_settings tls = settings();
  tls.url = "https://registry";
  fake none{make_error_code(boost::system::errc::connection_refused)};
  const auto found = none.client(tls).look_up(signal::payment_settled);
  CHECK(found.error().message.ends_with(
      "; SSL_CERT_FILE names the certificate of an authority of your own"));
}

TEST_CASE("what a registration is refused for concerns one subject; the rest concerns all") {
  struct row {
    const char* name;
    answer says;
    std::string begins;
    bool of_one;
  };
  for (const row& each : std::vector<row>{
           {"incompatible",
            {409, R"({"error_code":409,"message":"TYPE_CHANGED"})"},
            "the schema of midtrans.payment.settled-value is refused: the registry calls it "
            "incompatible with a version that it has (TYPE_CHANGED). Hint: versions",
            true},
           {"invalid",
            {422, R"({"error_code":42201,"message":"draft"})"},
            "the schema of midtrans.payment.settled-value is refused: the registry calls it "
            "invalid (draft). Hint: it must take JSON Schema of draft 7",
            true},
           {"not let in", {401, ""}, at + "does not let us in: it answers 401", false},
           {"read only", {405, ""}, at + "answers 405 to " + path + "/versions. Hint", false},
           {"no subject to add to",
            {404, ""},
            at + "answers 404 to " + path + "/versions, which",
            false},
           {"not there although added",
            {404, R"({"error_code":40401,"message":"Subject"})"},
            at + "answers 404 to " + path + "/versions (Subject). Hint",
            false},
           {"no id", {200, "{}"}, at + "answers 200 to " + path + "/versions without", false},
       }) {
    CAPTURE(each.name);
    const auto added = fake{each.says}.client().add(signal::payment_settled);
    REQUIRE(added.has_error());
    CAPTURE(added.error().message);
    CHECK(added.error().message.starts_with(each.begins));
    CHECK(added.error().of_one == each.of_one);
  }
}

TEST_CASE("marks are made of every signal's id, in the form that is configured") {
  const answer known{200, R"({"id":66051,"guid":")" + std::string{guid} + "\"}"};
  using place = codec::schema_marks::place;
  struct row {
    schema_ids ids;
    place where;
    std::string mark;
  };
  for (const row& each : std::vector<row>{
           {schema_ids::off, place::none, ""},
           {schema_ids::wire, place::value, std::string{"\0\0\1\2\3", 5}},
           {schema_ids::header, place::header,
            "\x01\x0f\x6c\x2c\x1e\x7a\x55\x4b\x0e\x9d\x53\x0d\x2c\x8f\x6f\x8f\x11"},
       }) {
    fake one{known};
    const auto marks = one.client(settings(each.ids)).marks();
    REQUIRE(marks.has_value());
    CHECK(one.asked.size() == core::signal_count);
    CHECK(marks->where == each.where);
    for (const std::string& mark : marks->of) CHECK(mark == each.mark);
  }
}

TEST_CASE("no marks are made where a schema is missing, or known by no GUID") {
  struct row {
    const char* name;
    answer says;
    schema_ids ids;
    std::string message;
  };
  const std::string instead =
      ", and schema_registry.ids = \"header\" is made of it. Hint: set schema_registry.ids to "
      "\"wire\", or use a registry that tells GUIDs, as Confluent's does from version 8 on";
  for (const row& each : std::vector<row>{
           {"nothing is registered",
            {404, R"({"error_code":40401})"},
            schema_ids::wire,
            at + "has not this version's schema of midtrans.payment.received-value, "
                 "midtrans.payment.settled-value, midtrans.payment.denied-value and 16 more. "
                 "Hint: run `sinyal topics apply`"},
           {"no GUID",
            {200, R"({"id":7})"},
            schema_ids::header,
            at + "tells no GUID of a schema" + instead},
           {"a GUID of another form",
            {200, R"({"id":7,"guid":"7"})"},
            schema_ids::header,
            at + "tells a GUID of a schema that is none" + instead},
       }) {
    CAPTURE(each.name);
    const auto marks = fake{each.says}.client(settings(each.ids)).marks();
    REQUIRE(marks.has_error());
    CHECK(marks.error().message == each.message);
  }
}

TEST_CASE("the first look-up that fails ends them all") {
  fake none{answer{500, ""}};
  CHECK(none.client(settings(schema_ids::wire)).marks().has_error());
  CHECK(none.asked.size() == 1);
}
