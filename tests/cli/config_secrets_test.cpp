#include "broker/config.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

using namespace sinyal;

namespace {

using environment = std::map<std::string, std::string>;
/// One a line, so that a failure shows them.
std::string lines(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += text + '\n';
  return out;
}

using errors = std::vector<std::string>;

config_result merchants(const std::string& list, environment variables = {}) {
  variables["SINYAL_MERCHANTS__ALL"] = list;
  return load_config({{}, variables, {}});
}

config_result properties(const std::string& table, environment variables = {}) {
  variables["SINYAL_KAFKA__PROPERTIES"] = table;
  return load_config({{}, variables, {}});
}

std::string file_with(const std::string& content) {
  char name[] = "/tmp/sinyal-secret-XXXXXX";
  ::close(::mkstemp(name));
  std::ofstream{name, std::ios::binary} << content;
  return name;
}

}  // namespace

TEST_CASE("a merchant has an id and at least one key; lists are for rotation") {
  const std::string path = file_with("token\n");
  const config_result result = merchants(
      "[{id = \"G1\", server_keys = [\"env:NEW\", \"env:OLD\"], recurring_tokens = [\"file:" +
          path + "\"]}, {id = \"g-2_\", server_keys = [\"env:OLD\"], api_tokens = [\"env:API\"]}]",
      {{"NEW", "new"}, {"OLD", "old"}, {"API", "api"}});
  std::filesystem::remove(path);
  CHECK(result.errors == errors{});
  REQUIRE(result.value.merchants.size() == 2);
  const merchant& first = result.value.merchants[0];
  CHECK(first.id == "G1");
  REQUIRE(first.server_keys.size() == 2);
  CHECK(first.server_keys[0].reveal() == "new");
  CHECK(first.server_keys[1].reveal() == "old");
  CHECK(first.recurring_tokens.at(0).reveal() == "token");
  CHECK(first.api_tokens.empty());
  CHECK(result.value.merchants[1].api_tokens.at(0).reveal() == "api");
}

TEST_CASE("a key or token that cannot be used is refused where it stands, and not shown") {
  const std::string from = "SINYAL_MERCHANTS__ALL: merchant G1: ";
  const std::string key =
      from + "server_keys[0] has a blank or a control character, as no key of Midtrans's has.";
  const std::string path = from +
                           "recurring_tokens[0] can be in no path: take letters, digits, hyphens "
                           "and underscores.";
  const std::string header = from +
                             "api_tokens[0] can be in no Authorization header: take letters, "
                             "digits, hyphens and underscores.";
  struct row {
    std::string secret;
    errors expected;
  };
  for (const row& one : std::vector<row>{{"aZ09-_.~!$&'()*+,;=:@%41", {}},
                                         {"a\r\n", {}},  // the end of a line is no part of it
                                         {"a/b", {path}},
                                         {"a?b", {path}},
                                         {"a#b", {path}},
                                         {"tok\xc3\xa9n", {path, header}},
                                         {"a b", {key, path, header}},
                                         {" a", {key, path, header}},
                                         {"a \n", {key, path, header}},
                                         {"a\x7f", {key, path, header}},
                                         {"a\tb", {key, path, header}},
                                         {"a\nb", {key, path, header}}}) {
    CAPTURE(one.secret);
    const config_result result = merchants(
        "[{id = \"G1\", server_keys = [\"env:T\"], recurring_tokens = [\"env:T\"], "
        "api_tokens = [\"env:T\"]}]",
        {{"T", one.secret}});
    auto said = result.errors;  // in the order of the table's keys
    std::sort(said.begin(), said.end(), std::greater<>{});
    auto expected = one.expected;
    std::sort(expected.begin(), expected.end(), std::greater<>{});
    CHECK(lines(said) == lines(expected));
  }
}

TEST_CASE("each wrong merchant gets the sentence that says what to change") {
  const std::string from = "SINYAL_MERCHANTS__ALL: ";
  struct row {
    std::string name;
    std::string list;
    errors expected;
  };
  for (const row& one : std::vector<row>{
           {"no list", "{}", {from + "merchants must be a list of tables: [[merchants]]."}},
           {"no table", "[1]", {from + "merchants must be tables: [[merchants]]."}},
           {"no id", "[{server_keys = [\"env:K\"]}]", {from + "merchants[0]: id is missing."}},
           {"no keys",
            "[{id = \"G1\"}]",
            {from + "merchant G1: server_keys is missing: without a key no notification is "
                    "genuine."}},
           {"an empty list of keys",
            "[{id = \"G1\", server_keys = []}]",
            {from + "merchant G1: server_keys is empty: without a key no notification is "
                    "genuine."}},
           {"an id with a colon",
            "[{id = \"G:1\", server_keys = [\"env:K\"]}]",
            {from + "merchants[0]: id must be 1 to 64 letters, digits, hyphens or underscores; it "
                    "is \"G:1\"."}},
           {"an id of 65 letters",
            "[{id = \"" + std::string(65, 'G') + "\", server_keys = [\"env:K\"]}]",
            {from +
             "merchants[0]: id must be 1 to 64 letters, digits, hyphens or underscores; it "
             "is \"" +
             std::string(65, 'G') + "\"."}},
           {"a number as id",
            "[{id = 1, server_keys = [\"env:K\"]}]",
            {from + "merchants[0]: id must be 1 to 64 letters, digits, hyphens or underscores; it "
                    "is 1."}},
           {"the same id twice",
            "[{id = \"G1\", server_keys = [\"env:K\"]}, {id = \"G1\", server_keys = [\"env:K\"]}]",
            {from + "merchant G1 is there twice: put all its keys into one server_keys."}},
           {"an unknown key",
            "[{id = \"G1\", server_key = [\"env:K\"]}]",
            {from + "merchant G1: unknown key server_key. Did you mean server_keys?",
             from + "merchant G1: server_keys is missing: without a key no notification is "
                    "genuine."}},
           {"a key that is no list",
            "[{id = \"G1\", server_keys = \"env:K\"}]",
            {from + "merchant G1: server_keys must be a list, as in [\"env:NAME\"]."}},
           {"a key that is no text",
            "[{id = \"G1\", server_keys = [1]}]",
            {from + "merchant G1: server_keys[0] must be a text: env:NAME or file:PATH."}},
           {"a variable that is not set",
            "[{id = \"G1\", server_keys = [\"env:K\", \"env:GONE\"]}]",
            {from + "merchant G1: server_keys[1]: the environment variable GONE is not set."}},
           {"an empty variable",
            "[{id = \"G1\", server_keys = [\"env:EMPTY\"]}]",
            {from + "merchant G1: server_keys[0]: the environment variable EMPTY is empty."}},
           {"a file that is not there",
            "[{id = \"G1\", server_keys = [\"file:/nonexistent/key\"]}]",
            {from + "merchant G1: server_keys[0]: the file /nonexistent/key cannot be read: No "
                    "such file or directory."}},
           {"all at once",
            "[{id = \"\", server_keys = [\"env:GONE\"], api_tokens = [\"env:EMPTY\"]}]",
            {from + "merchants[0]: id must be 1 to 64 letters, digits, hyphens or underscores; it "
                    "is \"\".",
             from + "merchants[0]: api_tokens[0]: the environment variable EMPTY is empty.",
             from + "merchants[0]: server_keys[0]: the environment variable GONE is not set."}},
       }) {
    CAPTURE(one.name);
    CHECK(lines(merchants(one.list, {{"K", "key"}, {"EMPTY", ""}}).errors) == lines(one.expected));
  }
}

TEST_CASE("a secret in the open is refused, and not shown") {
  const std::string open = "SB-Mid-server-in-the-open";
  const auto result = merchants("[{id = \"G1\", server_keys = [\"" + open + "\"]}]");
  CHECK(result.errors == errors{"SINYAL_MERCHANTS__ALL: merchant G1: server_keys[0]: it stands in "
                                "the open. Write env:NAME or file:PATH instead."});
}

TEST_CASE("a secret's file or variable loses its trailing line breaks and nothing else") {
  struct row {
    std::string name;
    std::string content;
    std::string secret;  // empty: an error
  };
  for (const row& one :
       std::vector<row>{{"none", "key", "key"},
                        {"a line break", "key\n", "key"},
                        {"of Windows", "key\r\n", "key"},
                        {"two", "key\n\n", "key"},
                        {"spaces", " key \n", " key "},
                        {"lines within", "a\nb\n", "a\nb"},
                        {"nothing", "", ""},
                        {"a line break alone", "\n", ""},
                        {"64 KiB", std::string(65536, 'k'), std::string(65536, 'k')},
                        {"more", std::string(65537, 'k'), ""}}) {
    CAPTURE(one.name);
    const std::string path = file_with(one.content);
    const auto of_file = properties("{\"sasl.password\" = \"file:" + path + "\"}");
    const auto of_variable = properties("{\"sasl.password\" = \"env:P\"}", {{"P", one.content}});
    std::filesystem::remove(path);
    const bool too_long = one.content.size() > 65536;  // a variable is in memory already
    CHECK(of_file.errors.empty() == !one.secret.empty());
    CHECK(of_variable.errors.empty() == (too_long || !one.secret.empty()));
    if (one.secret.empty()) continue;
    CHECK(of_file.value.kafka.properties.at("sasl.password").reveal() == one.secret);
    CHECK(of_variable.value.kafka.properties.at("sasl.password").reveal() == one.secret);
  }
}

TEST_CASE("merchants of the environment replace the file's, whose secrets are not asked for then") {
  const std::string path =
      file_with("[[merchants]]\nid = \"FILE\"\nserver_keys = [\"env:NOT_THERE\"]\n");
  const auto alone = load_config({path, {}, {}});
  CHECK(alone.errors ==
        errors{path +
               ":3: merchant FILE: server_keys[0]: the environment variable NOT_THERE is not "
               "set."});
  const environment variables{
      {"SINYAL_MERCHANTS__ALL", "[{id = \"ENV\", server_keys = [\"env:K\"]}]"}, {"K", "key"}};
  const auto replaced = load_config({path, variables, {}});
  const auto by_flag = load_config(
      {path, variables, {"merchants.all=[{id = \"FLAG\", server_keys = [\"env:K\"]}]"}});
  std::filesystem::remove(path);
  CHECK(replaced.errors == errors{});
  CHECK(replaced.value.merchants.at(0).id == "ENV");
  CHECK(by_flag.value.merchants.at(0).id == "FLAG");
}

TEST_CASE("properties reach librdkafka as texts, and nested tables are dotted names") {
  const std::string path = file_with(
      "[kafka.properties]\nsecurity.protocol = \"SASL_SSL\"\nsasl.password = \"env:P\"\n"
      "\"socket.timeout.ms\" = 1000\nsocket.keepalive.enable = true\n"
      "client.rack = \"env:RACK\"\n");
  const auto result = load_config({path, {{"P", "secret"}, {"RACK", "a"}}, {}});
  std::filesystem::remove(path);
  CHECK(result.errors == errors{});
  const auto& given = result.value.kafka.properties;
  CHECK(given.size() == 5);
  CHECK(given.at("security.protocol").reveal() == "SASL_SSL");
  CHECK(given.at("sasl.password").reveal() == "secret");
  CHECK(given.at("socket.timeout.ms").reveal() == "1000");
  CHECK(given.at("socket.keepalive.enable").reveal() == "true");
  CHECK(given.at("client.rack").reveal() == "a");
}

TEST_CASE("properties that the promises rest on are refused, with where to set them") {
  struct row {
    std::string name;
    const char* part;  // of the sentence
  };
  for (const row& one : {
           row{"acks", "is always all"},
           row{"request.required.acks", "is always all"},
           row{"isolation.level", "exactly once rests on it"},
           row{"enable.idempotence", "exactly once rests on it"},
           row{"enable.auto.commit", "exactly once rests on it"},
           row{"auto.offset.reset", "exactly once rests on it"},
           row{"retries", "exactly once rests on it"},
           row{"transactional.id", "lifecycle.instance"},
           row{"partitioner", "the order of a subject's records rests on it"},
           row{"partition.assignment.strategy", "the order of a subject's records rests on it"},
           row{"group.id", "lifecycle.group"},
           row{"group.instance.id", "lifecycle.instance"},
           row{"bootstrap.servers", "kafka.bootstrap_servers"},
           row{"linger.ms", "kafka.linger_ms"},
           row{"message.timeout.ms", "kafka.message_timeout_ms"},
           row{"transaction.timeout.ms", "lifecycle.transaction_timeout_ms"},
           row{"session.timeout.ms", "lifecycle.session_timeout_ms"},
           row{"delivery.report.only.error", "no record is lost"},
           row{"statistics.interval.ms", "would pile up in memory"},
           row{"log.queue", "would pile up in memory"},
           row{"test.mock.num.brokers", "serve --embedded"},
       }) {
    CAPTURE(one.name);
    const auto result = properties("{\"" + std::string{one.name} + "\" = \"1\"}");
    REQUIRE(result.errors.size() == 1);
    const std::string start =
        "SINYAL_KAFKA__PROPERTIES: kafka.properties: " + std::string{one.name} + " is ";
    CHECK(result.errors[0].starts_with(start));
    CHECK(result.errors[0].find(one.part) != std::string::npos);
    CHECK(result.value.kafka.properties.empty());
  }
}

TEST_CASE("passwords and keys in the open are refused in properties, and not shown") {
  for (const char* name : {"sasl.password", "ssl.key.password", "ssl.keystore.password",
                           "ssl.key.pem", "sasl.oauthbearer.client.secret"}) {
    CAPTURE(name);
    const auto result = properties("{\"" + std::string{name} + "\" = \"hunter2\"}");
    CHECK(result.errors ==
          errors{"SINYAL_KAFKA__PROPERTIES: kafka.properties: " + std::string{name} +
                 " is a secret, and it stands in the open. Write env:NAME or file:PATH instead."});
  }
}

TEST_CASE("properties must be a table of scalars") {
  CHECK(properties("[1]").errors ==
        errors{"SINYAL_KAFKA__PROPERTIES: kafka.properties must be a table, as in {\"client.id\" = "
               "\"sinyal\"}."});
  CHECK(properties("{\"client.id\" = [1]}").errors ==
        errors{"SINYAL_KAFKA__PROPERTIES: kafka.properties: client.id must be a text, a whole "
               "number, true or false."});
}
