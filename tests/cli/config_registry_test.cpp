// The settings of a schema registry.

#include "broker/config.hpp"
#include "broker/config/keys.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

using namespace sinyal;

namespace {

using texts = std::vector<std::string>;

/// One key a variable: `{"URL", "http://r"}`.
config_result registry(const std::map<std::string, std::string>& keys,
                       std::map<std::string, std::string> others = {}) {
  for (const auto& [name, value] : keys) others["SINYAL_SCHEMA_REGISTRY__" + name] = value;
  return load_config({{}, others, {}});
}

std::string lines(const texts& all) {
  std::string out;
  for (const std::string& each : all) out += each + '\n';
  return out;
}

}  // namespace

TEST_CASE("without a word of it there is no schema registry") {
  const schema_registry_settings none = load_config({}).value.schema_registry;
  CHECK(none.url.empty());
  CHECK(none.ids == schema_ids::off);
  CHECK(none.username.empty());
  CHECK(none.password.reveal().empty());
  CHECK(none.timeout_ms == 5000);
}

TEST_CASE("a schema registry is configured by its address, the ids' place and an account") {
  struct row {
    std::string ids;
    schema_ids expected;
  };
  for (const row& each : {row{"off", schema_ids::off}, row{"header", schema_ids::header},
                          row{"wire", schema_ids::wire}}) {
    CAPTURE(each.ids);
    const config_result result = registry({{"URL", "https://r:8081/api"},
                                           {"IDS", each.ids},
                                           {"USERNAME", "sinyal"},
                                           {"PASSWORD", "env:P"},
                                           {"TIMEOUT_MS", "100"}},
                                          {{"P", "geheim"}});
    CHECK(lines(result.errors) == "");
    CHECK(lines(result.warnings) == "");
    CHECK(result.value.schema_registry.ids == each.expected);
    CHECK(result.value.schema_registry.password.reveal() == "geheim");
    CHECK(result.value.schema_registry.timeout_ms == 100);
  }
}

TEST_CASE("each wrong setting of a schema registry gets the sentence that says what to change") {
  const std::string key = "SINYAL_SCHEMA_REGISTRY__";
  const std::string url = key +
                          "URL: schema_registry.url must be empty, or an http or https "
                          "address without user and password, as in https://registry:8081.";
  const std::string both =
      "schema_registry.username and schema_registry.password go together: set both or neither.";
  struct row {
    std::string name;
    std::map<std::string, std::string> keys;
    texts expected;
  };
  for (const row& each : std::vector<row>{
           {"no address", {{"URL", "registry:8081"}}, {url}},
           {"a password in the address", {{"URL", "http://me:geheim@registry"}}, {url}},
           {"no such place",
            {{"URL", "http://r"}, {"IDS", "wires"}},
            {key + "IDS: schema_registry.ids must be off, header or wire; it is \"wires\"."}},
           {"ids of no registry",
            {{"IDS", "wire"}},
            {"schema_registry.ids needs a registry to ask for them: set schema_registry.url, or "
             "leave ids off."}},
           {"ids of a registry whose address is wrong: one error",
            {{"URL", "r"}, {"IDS", "wire"}},
            {url}},
           {"a name with a colon",
            {{"USERNAME", "me:geheim"}, {"PASSWORD", "env:P"}},
            {key + "USERNAME: schema_registry.username must be a name without a colon or control "
                   "characters."}},
           {"a password in the open",
            {{"USERNAME", "me"}, {"PASSWORD", "geheim"}},
            {key + "PASSWORD: schema_registry.password is a secret, and it stands in the open. "
                   "Write env:NAME or file:PATH instead."}},
           {"a password that is a number",
            {{"USERNAME", "me"}, {"PASSWORD", "1234"}},
            {key + "PASSWORD: schema_registry.password must be a text: env:NAME or file:PATH."}},
           {"a password that is not there",
            {{"USERNAME", "me"}, {"PASSWORD", "env:NOT_SET"}},
            {key + "PASSWORD: schema_registry.password is a secret, and the environment variable "
                   "NOT_SET is not set."}},
           {"a name alone", {{"USERNAME", "me"}}, {both}},
           {"a password alone", {{"PASSWORD", "env:P"}}, {both}},
           {"no time",
            {{"TIMEOUT_MS", "0"}},
            {key + "TIMEOUT_MS: schema_registry.timeout_ms must be a whole number from 1 to "
                   "3600000 (milliseconds); it is 0."}},
       }) {
    CAPTURE(each.name);
    const config_result result = registry(each.keys, {{"P", "geheim"}});
    CHECK(lines(result.errors) == lines(each.expected));
    CHECK(lines(result.errors).find("geheim") == std::string::npos);
    CHECK(result.kafka_usable);
  }
}

TEST_CASE("ids are told of a value, so that a structured event has none") {
  const std::map<std::string, std::string> structured{
      {"SINYAL_LIFECYCLE__EVENT_FORMAT", "structured"}};
  for (const std::string ids : {"header", "wire"}) {
    CAPTURE(ids);
    CHECK(lines(registry({{"URL", "http://r"}, {"IDS", ids}}, structured).errors) ==
          "schema_registry.ids needs lifecycle.event_format to be binary: the schemas are of an "
          "event's value, and a structured event wraps it.\n");
  }
  CHECK(registry({{"URL", "http://r"}}, structured).errors.empty());
}

TEST_CASE("a password that goes over plain http is warned of") {
  const std::map<std::string, std::string> p{{"P", "geheim"}};
  const config_result plain =
      registry({{"URL", "http://r"}, {"USERNAME", "me"}, {"PASSWORD", "env:P"}}, p);
  CHECK(plain.warnings == texts{"schema_registry.url is plain http: schema_registry.password goes "
                                "there in the open."});
  CHECK(registry({{"URL", "http://r"}}).warnings.empty());
}

TEST_CASE("a password is never shown, only that there is one") {
  config all;
  const auto keys = config_keys();
  const auto password = std::find_if(keys.begin(), keys.end(), [](const config_key& each) {
    return each.full_name() == "schema_registry.password";
  });
  REQUIRE(password != keys.end());
  CHECK(show_value(*password, all) == "\"\"");
  all.schema_registry.password = core::secret{"geheim"};
  CHECK(show_value(*password, all) == "\"…\"");
}
