// The HTTP side: endpoints, answers and problems are those of schemas/openapi.json.

#include "broker/ingest/problem.hpp"
#include "broker/ingest/router.hpp"
#include "tests/cli/published.hpp"

#include <doctest/doctest.h>

#include <map>

namespace sinyal::cli::test {

namespace {

using ingest::authentication;
using ingest::problem;

std::string filled(std::string path) {
  for (const auto& [name, value] : {std::pair{"{merchant}", "G1"}, {"{token}", "secret"}}) {
    const auto at = path.find(name);
    if (at != path.npos) path.replace(at, std::string_view{name}.size(), value);
  }
  return path;
}

/// status -> the problem types that an endpoint may answer with it.
std::map<std::string, names> answers_of(codec::endpoint endpoint) {
  std::map<std::string, names> all{{"200", {}}};
  const bool document = ingest::authentication_of(endpoint) == authentication::bearer;
  for (std::size_t i = 0; i < ingest::problem_count; ++i) {
    const ingest::problem_row& row = ingest::row_of(static_cast<problem>(i));
    if (row.what == problem::unprocessable && !document) continue;
    all[std::to_string(row.status)].insert("urn:sinyal:problem:" + std::string{row.type});
  }
  return all;
}

/// The answer's body, and its fields by lower-case name.
struct response {
  json::value body;
  std::map<std::string, std::string> fields;
};

response problem_of(problem what, bool bearer) {
  ingest::answer_options options;
  options.detail = "detail";
  options.challenge = bearer ? ingest::challenge::bearer : ingest::challenge::midtrans;
  std::string out;
  ingest::append_problem(out, what, options);
  response made;
  const auto end = out.find("\r\n\r\n");
  made.body = json::parse(out.substr(end + 4));
  for (std::size_t at = out.find("\r\n") + 2; at < end;) {
    const auto colon = out.find(": ", at);
    const auto line_end = out.find("\r\n", at);
    made.fields[out.substr(at, colon - at)] = out.substr(colon + 2, line_end - colon - 2);
    at = line_end + 2;
  }
  return made;
}

void check_problem(const json::value& documented, problem what, bool bearer) {
  const response real = problem_of(what, bearer);
  const json::value& content = documented.at("content");
  REQUIRE(keys_of(content) == names{real.fields.at("Content-Type")});
  const json::value& schema = content.at("application/problem+json").at("schema");
  CHECK(keys_of(real.body) == keys_of(schema.at("properties")));
  CHECK(schema.at("properties").at("title").at("const") == real.body.at("title"));
  CHECK(schema.at("properties").at("status").at("const") == real.body.at("status"));
  names fields{"Cache-Control", "Content-Type", "Content-Length"};
  for (const auto& each : documented.at("headers").as_object()) {
    fields.emplace(each.key());
    const json::value* fixed = each.value().as_object().if_contains("schema");
    const json::value* value = fixed ? fixed->as_object().if_contains("const") : nullptr;
    REQUIRE(real.fields.contains(std::string{each.key()}));
    if (value) CHECK(text(*value) == real.fields.at(std::string{each.key()}));
  }
  names sent;
  for (const auto& each : real.fields) sent.insert(each.first);
  CHECK(sent == fields);
}

}  // namespace

TEST_CASE("openapi.json knows the endpoints that are served, and no other") {
  const json::value document = published("openapi.json");
  names served;
  for (const auto& each : document.at("paths").as_object()) {
    CAPTURE(each.key());
    const auto found = ingest::find_route(filled(std::string{each.key()}));
    REQUIRE(found);
    const std::string endpoint{to_string(found->endpoint)};
    served.insert(endpoint);
    const json::value& post = each.value().at("post");
    CHECK(text(post.at("operationId")) == "post_" + endpoint);
    const bool bearer = !post.at("security").as_array().empty();
    CHECK(bearer == (ingest::authentication_of(found->endpoint) == authentication::bearer));
  }
  names all;
  for (std::size_t i = 0; i < codec::endpoint_count; ++i) {
    all.emplace(to_string(static_cast<codec::endpoint>(i)));
  }
  CHECK(served == all);
}

TEST_CASE("openapi.json knows every answer, with its fields and its problem types") {
  const json::value document = published("openapi.json");
  for (const auto& each : document.at("paths").as_object()) {
    CAPTURE(each.key());
    const auto found = ingest::find_route(filled(std::string{each.key()}));
    REQUIRE(found);
    const auto expected = answers_of(found->endpoint);
    const json::value& responses = each.value().at("post").at("responses");
    names statuses;
    for (const auto& answer : expected) statuses.insert(answer.first);
    CHECK(keys_of(responses) == statuses);
    for (const auto& [status, types] : expected) {
      if (types.empty()) continue;
      CAPTURE(status);
      const json::value& schema =
          responses.at(status).at("content").at("application/problem+json").at("schema");
      CHECK(texts_of(schema.at("properties").at("type").at("enum")) == types);
    }
  }
}

TEST_CASE("a problem looks as openapi.json says") {
  const json::value document = published("openapi.json");
  for (const auto& each : document.at("paths").as_object()) {
    const auto found = ingest::find_route(filled(std::string{each.key()}));
    REQUIRE(found);
    const bool bearer = ingest::authentication_of(found->endpoint) == authentication::bearer;
    for (std::size_t i = 0; i < ingest::problem_count; ++i) {
      const ingest::problem_row& row = ingest::row_of(static_cast<problem>(i));
      if (row.what == problem::unprocessable && !bearer) continue;
      CAPTURE(each.key());
      CAPTURE(row.type);
      const json::value& responses = each.value().at("post").at("responses");
      check_problem(responses.at(std::to_string(row.status)), row.what, bearer);
    }
  }
}

TEST_CASE("an acceptance looks as openapi.json says") {
  std::string out;
  ingest::append_accepted(out, "0190b0e6-0000-7000-8000-000000000000", false);
  const json::value body = json::parse(out.substr(out.find("\r\n\r\n") + 4));
  const json::value schema = published("openapi.json").at("components").at("schemas");
  CHECK(keys_of(body) == keys_of(schema.at("accepted").at("properties")));
}

}  // namespace sinyal::cli::test
