#include "broker/config.hpp"

#include "broker/config/keys.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace sinyal;

namespace {

/// A folder that goes when the test does, with files in it.
class folder {
 public:
  folder() {
    char name[] = "/tmp/sinyal-config-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~folder() { std::filesystem::remove_all(path_); }
  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream{path_ / name, std::ios::binary} << content;
    return (path_ / name).string();
  }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

using environment = std::map<std::string, std::string>;

/// Loads `text` as sinyal.toml; the folder's name is taken out of what is said about it.
config_result load_text(const std::string& text, environment variables = {},
                        std::vector<std::string> sets = {}) {
  const folder at;
  config_result result =
      load_config({at.write("sinyal.toml", text), std::move(variables), std::move(sets)});
  for (std::string& error : result.errors) {
    const std::string prefix = at.path() + '/';
    for (auto found = error.find(prefix); found != error.npos; found = error.find(prefix)) {
      error.erase(found, prefix.size());
    }
  }
  return result;
}

/// One a line, so that a failure shows them.
std::string lines(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += text + '\n';
  return out;
}

using errors = std::vector<std::string>;

}  // namespace

TEST_CASE("without anything given, every key has the contract's default") {
  const config_result result = load_config({});
  CHECK(result.errors.empty());
  CHECK(result.warnings.empty());
  CHECK(result.value.http.listen == "0.0.0.0:8080");
  CHECK(result.value.http.deadline_ms == 4000);
  CHECK(result.value.kafka.partitions == 12);
  CHECK(result.value.kafka.raw_prefix() == "midtrans");
  CHECK(result.value.lifecycle.event_format == event_format::binary);
  CHECK(result.value.merchants.empty());
}

TEST_CASE("each wrong configuration gets the sentence that says what to change") {
  struct row {
    std::string name;
    std::string text;
    errors expected;
  };
  const std::vector<row> rows{
      {"no TOML",
       "[http]\nlisten = \n",
       {"sinyal.toml:2: Error while parsing key-value pair: expected value, saw "
        "'\\n'."}},
      {"an unknown section",
       "[htpp]\nlisten = \"0.0.0.0:80\"\n",
       {"sinyal.toml:1: unknown section htpp. Did you mean http?"}},
      {"an unknown section that is like none",
       "[telemetry]\n",
       {"sinyal.toml:1: unknown section telemetry."}},
      {"a key outside of any section", "level = \"info\"\n", {"sinyal.toml:1: unknown key level."}},
      {"a section given as a value",
       "http = 1\n",
       {"sinyal.toml:1: http must be a section: [http]."}},
      {"an unknown key",
       "[http]\nlistn = \"0.0.0.0:80\"\n",
       {"sinyal.toml:2: unknown key http.listn. Did you mean http.listen?"}},
      {"a key of another section",
       "[kafka]\n\nbatch_wait_ms = 5\n",
       {"sinyal.toml:3: unknown key kafka.batch_wait_ms."}},
      {"a number too small",
       "[http]\ndeadline_ms = 0\n",
       {"sinyal.toml:2: http.deadline_ms must be a whole number from 1 to 3600000 "
        "(milliseconds); it is 0."}},
      {"a number as a text",
       "[http]\ndeadline_ms = \"4000\"\n",
       {"sinyal.toml:2: http.deadline_ms must be a whole number from 1 to 3600000 "
        "(milliseconds); it is \"4000\"."}},
      {"a retention of no days",
       "[kafka]\nretention_signals_days = 0\n",
       {"sinyal.toml:2: kafka.retention_signals_days must be a whole number from 1 to 36500 "
        "(days), or -1; it is 0."}},
      {"a flag as a text",
       "[kafka]\ncreate_topics = \"yes\"\n",
       {"sinyal.toml:2: kafka.create_topics must be true or false; it is \"yes\"."}},
      {"a date",
       "[kafka]\ntopic_prefix = 2026-11-23\n",
       {"sinyal.toml:2: kafka.topic_prefix must be 1 to 200 letters, digits, dots, hyphens or "
        "underscores; it is a date or time."}},
      {"a prefix that is no topic's",
       "[kafka]\ntopic_prefix = \"mid trans\"\n",
       {"sinyal.toml:2: kafka.topic_prefix must be 1 to 200 letters, digits, dots, hyphens or "
        "underscores; it is \"mid trans\"."}},
      {"a listen address by name",
       "[http]\nlisten = \"localhost:8080\"\n",
       {"sinyal.toml:2: http.listen must be an IP address and a port, as in 0.0.0.0:8080 or "
        "[::]:8080; it is \"localhost:8080\"."}},
      {"servers with a scheme",
       "[kafka]\nbootstrap_servers = \"kafka://a:9092\"\n",
       {"sinyal.toml:2: kafka.bootstrap_servers must be hosts with a port, separated by commas, "
        "as in kafka-1:9092; it is \"kafka://a:9092\"."}},
      {"an unknown level",
       "[log]\nlevel = \"verbose\"\n",
       {"sinyal.toml:2: log.level must be error, warning, info or debug; it is \"verbose\"."}},
      {"an unknown format of events",
       "[lifecycle]\nevent_format = \"avro\"\n",
       {"sinyal.toml:2: lifecycle.event_format must be binary or structured; it is \"avro\"."}},
      {"a list of something else",
       "[lifecycle]\nredact = [1]\n",
       {"sinyal.toml:2: lifecycle.redact must be a list of texts, as in [\"name\", \"phone\"]; it "
        "is a list."}},
      {"a record that outlives its transaction",
       "[kafka]\nmessage_timeout_ms = 10001\n",
       {"kafka.message_timeout_ms (10001) must not be above lifecycle.transaction_timeout_ms "
        "(10000): a record may not outlive its transaction."}},
      {"a linger longer than a record lives",
       "[kafka]\nlinger_ms = 10000\n",
       {"kafka.linger_ms (10000) must be below kafka.message_timeout_ms (10000)."}},
      {"a session longer than the poll interval",
       "[lifecycle]\nsession_timeout_ms = 60001\n",
       {"lifecycle.session_timeout_ms (60001) must not be above lifecycle.max_poll_interval_ms "
        "(60000)."}},
      {"several errors at once",
       "[http]\ndeadline_ms = 0\nbody = 1\n[log]\nlevel = 3\n",
       {"sinyal.toml:3: unknown key http.body.",
        "sinyal.toml:2: http.deadline_ms must be a whole number from 1 to 3600000 "
        "(milliseconds); it is 0.",
        "sinyal.toml:5: log.level must be error, warning, info or debug; it is 3."}},
  };
  for (const row& one : rows) {
    CAPTURE(one.name);
    CHECK(lines(load_text(one.text).errors) == lines(one.expected));
  }
}

TEST_CASE("every number may be at its bounds, and not beyond") {
  for (const config_key& key : config_keys()) {
    const auto* form = std::get_if<whole_number>(&key.form);
    if (form == nullptr) continue;
    CAPTURE(key.full_name());
    const auto good = [&](std::int64_t number) {
      config to;
      const auto wrong = assign(key, {"test", number}, to);
      return !wrong && show_value(key, to) == std::to_string(number);
    };
    CHECK(good(form->min));
    CHECK(good(form->max));
    CHECK_FALSE(good(form->min - 1));
    CHECK_FALSE(good(form->max + 1));
    CHECK(good(-1) == form->or_minus_one);
    CHECK_FALSE(good(std::numeric_limits<std::int64_t>::min()));
    CHECK_FALSE(good(std::numeric_limits<std::int64_t>::max()));
  }
}

TEST_CASE("no key takes a value of another type") {
  const std::vector<config_node> others{{"test", std::monostate{}},
                                        {"test", 1.5},
                                        {"test", config_node::table{}},
                                        {"test", std::string{"\n"}}};
  for (const config_key& key : config_keys()) {
    if (key.is_properties() || key.is_secret()) continue;
    CAPTURE(key.full_name());
    for (const config_node& node : others) {
      config to;
      CHECK(assign(key, node, to));
      CHECK(show_value(key, to) == show_value(key, config{}));
    }
  }
}

TEST_CASE("defaults are values that could be given") {
  for (const config_key& key : config_keys()) {
    if (key.is_properties()) continue;
    CAPTURE(key.full_name());
    const std::string text = '[' + std::string{key.section} + "]\n" + std::string{key.name} +
                             " = " + show_value(key, config{});
    CHECK(load_text(text).errors == errors{});
  }
}

TEST_CASE("listen is an IP address and a port, and an IPv6 address has brackets") {
  struct row {
    std::string text;
    bool fits;
  };
  for (const row& one :
       {row{"0.0.0.0:8080", true}, row{"127.0.0.1:0", true}, row{"[::]:8080", true},
        row{"[::1]:65535", true}, row{"0.0.0.0", false}, row{"0.0.0.0:", false},
        row{":8080", false}, row{"0.0.0.0:65536", false}, row{"0.0.0.0:-1", false},
        row{"0.0.0.0:80a", false}, row{"::1:8080", false}, row{"[]:8080", false},
        row{"[127.0.0.1]:8080", false}, row{"256.0.0.1:80", false}, row{"", false}}) {
    CAPTURE(one.text);
    const auto result = load_config({{}, {{"SINYAL_HTTP__LISTEN", one.text}}, {}});
    CHECK(result.errors.empty() == one.fits);
  }
  CHECK(parse_listen("[::1]:80")->host == "::1");
  CHECK(parse_listen("[::1]:80")->port == 80);
}

TEST_CASE("the environment wins over the file, and flags over both") {
  const std::string file = "[http]\ndeadline_ms = 1\nlisten = \"127.0.0.1:1\"\n";
  struct row {
    std::string name;
    environment variables;
    std::vector<std::string> sets;
    std::uint32_t deadline_ms;
  };
  for (const row& one : std::vector<row>{
           {"the file alone", {}, {}, 1},
           {"the environment", {{"SINYAL_HTTP__DEADLINE_MS", "2"}}, {}, 2},
           {"a flag", {}, {"http.deadline_ms=3"}, 3},
           {"both", {{"SINYAL_HTTP__DEADLINE_MS", "2"}}, {"http.deadline_ms=3"}, 3},
           {"the last of two flags", {}, {"http.deadline_ms=3", "http.deadline_ms=4"}, 4},
       }) {
    CAPTURE(one.name);
    const config_result result = load_text(file, one.variables, one.sets);
    CHECK(result.errors == errors{});
    CHECK(result.value.http.deadline_ms == one.deadline_ms);
    CHECK(result.value.http.listen == "127.0.0.1:1");
  }
}

TEST_CASE("an empty SINYAL_CONFIG is an error that names it, unless a flag names the file") {
  const environment variables{{"SINYAL_CONFIG", ""}};
  CHECK(load_config({{}, variables, {}}).errors ==
        errors{"SINYAL_CONFIG is empty: let it name a file, or unset it."});
  CHECK(load_config({"/dev/null", variables, {}}).errors == errors{});
}

TEST_CASE("SINYAL_CONFIG names the file, unless a flag does") {
  const folder at;
  const std::string first = at.write("first.toml", "[http]\ndeadline_ms = 1\n");
  const std::string second = at.write("second.toml", "[http]\ndeadline_ms = 2\n");
  CHECK(load_config({{}, {{"SINYAL_CONFIG", first}}, {}}).value.http.deadline_ms == 1);
  CHECK(load_config({second, {{"SINYAL_CONFIG", first}}, {}}).value.http.deadline_ms == 2);
}

TEST_CASE("a file that cannot be read is an error, and so is a folder") {
  CHECK(load_config({"/nonexistent/sinyal.toml", {}, {}}).errors ==
        errors{"cannot read the configuration file /nonexistent/sinyal.toml: No such file or "
               "directory."});
  CHECK(load_config({"/tmp", {}, {}}).errors ==
        errors{"cannot read the configuration file /tmp: Is a directory."});
}

TEST_CASE("only variables with two underscores are ours") {
  struct row {
    std::string name;
    environment variables;
    errors expected;
  };
  for (const row& one : std::vector<row>{
           {"what Kubernetes injects", {{"SINYAL_PORT", "tcp://10.0.0.1:80"}}, {}},
           {"another program's", {{"OTHER__KEY", "x"}, {"sinyal_http__listen", "x"}}, {}},
           {"a mistyped key",
            {{"SINYAL_HTTP__LISTN", "x"}},
            {"SINYAL_HTTP__LISTN: unknown variable of the environment. Did you mean "
             "SINYAL_HTTP__LISTEN?"}},
           {"an unknown section",
            {{"SINYAL_TELEMETRY__ENDPOINT", "x"}},
            {"SINYAL_TELEMETRY__ENDPOINT: unknown variable of the environment."}},
           {"no section",
            {{"SINYAL__LISTEN", "x"}},
            {"SINYAL__LISTEN: unknown variable of the environment."}},
           {"small letters",
            {{"SINYAL_http__listen", "0.0.0.0:1"}},
            {"SINYAL_http__listen: unknown variable of the environment."}},
           {"a number that is none",
            {{"SINYAL_KAFKA__PARTITIONS", "twelve"}},
            {"SINYAL_KAFKA__PARTITIONS: kafka.partitions must be a whole number from 1 to 100000 "
             "(partitions); it is \"twelve\"."}},
           {"a list that is none",
            {{"SINYAL_LIFECYCLE__REDACT", "name"}},
            {"SINYAL_LIFECYCLE__REDACT must be a TOML value, as in [\"a\", \"b\"] or {name = "
             "\"value\"}: Error while parsing floating-point: expected 'nan', saw "
             "'nam'."}},
           {"a list with something behind it",
            {{"SINYAL_LIFECYCLE__REDACT", "[]\nother = 1"}},
            {"SINYAL_LIFECYCLE__REDACT must be a TOML value, as in [\"a\", \"b\"] or {name = "
             "\"value\"}."}},
       }) {
    CAPTURE(one.name);
    CHECK(lines(load_config({{}, one.variables, {}}).errors) == lines(one.expected));
  }
}

TEST_CASE("scalars of the environment are taken as written, lists and tables as TOML") {
  const config_result result =
      load_config({{},
                   {{"SINYAL_KAFKA__TOPIC_PREFIX", "007"},
                    {"SINYAL_KAFKA__CREATE_TOPICS", "true"},
                    {"SINYAL_KAFKA__RETENTION_SIGNALS_DAYS", "-1"},
                    {"SINYAL_KAFKA__PROPERTIES", "{\"client.id\" = \"a\"}"},
                    {"SINYAL_LIFECYCLE__REDACT", "[\"a\", \"b\"]"}},
                   {}});
  CHECK(result.errors == errors{});
  CHECK(result.value.kafka.topic_prefix == "007");
  CHECK(result.value.kafka.create_topics);
  CHECK(result.value.kafka.retention_signals_days == -1);
  CHECK(result.value.kafka.properties.at("client.id").reveal() == "a");
  CHECK(result.value.lifecycle.redact == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a flag that is none is an error") {
  struct row {
    std::string set;
    errors expected;
  };
  for (const row& one : std::vector<row>{
           {"http.listen",
            {"--set http.listen must be section.key=value, as in --set http.listen=[::]:8080."}},
           {"listen=0.0.0.0:1",
            {"--set listen must be section.key=value, as in --set http.listen=[::]:8080."}},
           {"", {"--set  must be section.key=value, as in --set http.listen=[::]:8080."}},
           {"kafka.topic_prefx=a",
            {"--set kafka.topic_prefx: unknown key. Did you mean kafka.topic_prefix?"}},
           {"kafka.partitions=",
            {"--set kafka.partitions: kafka.partitions must be a whole number from 1 to 100000 "
             "(partitions); it is \"\"."}},
           {"kafka.record_bytes_max=19999",
            {"--set kafka.record_bytes_max: kafka.record_bytes_max must be a whole number from "
             "20000 to 1000000000 (bytes); it is 19999."}},
       }) {
    CAPTURE(one.set);
    CHECK(lines(load_config({{}, {}, {one.set}}).errors) == lines(one.expected));
  }
}

TEST_CASE("what keeps Kafka from being asked is told from what does not") {
  struct row {
    std::string text;
    bool usable;
  };
  for (const row& one :
       {row{"[http]\ndeadline_ms = 0\n", true}, row{"[kafka]\npartitions = 0\n", false},
        row{"[kafka]\nproperties = {acks = 1}\n", false}, row{"[[", false}}) {
    CAPTURE(one.text);
    CHECK(load_text(one.text).kafka_usable == one.usable);
  }
}

TEST_CASE("what is taken but may not be meant is warned of") {
  CHECK(load_text("[lifecycle]\nsession_timeout_ms = 20000\n").warnings.empty());
  CHECK(load_text("[lifecycle]\nsession_timeout_ms = 19999\n").warnings ==
        errors{"lifecycle.session_timeout_ms (19999) is less than 10000 above "
               "lifecycle.transaction_timeout_ms (10000): Kafka needs that long to end what a "
               "frozen process left open."});
  CHECK(load_text("[http]\nbody_bytes_max = 991808\n").warnings.empty());
  CHECK(load_text("[http]\nbody_bytes_max = 991809\n").warnings ==
        errors{"http.body_bytes_max (991809) leaves less than 8192 bytes of "
               "kafka.record_bytes_max (1000000) for what stands beside a body: bodies that large "
               "are taken in but cannot be stored."});
  CHECK(load_text("[kafka]\nrecord_bytes_max = 949999\n").warnings ==
        errors{"kafka.record_bytes_max (949999) is below 950000, to which the state of a subject "
               "may grow: what is told of a larger one goes to quarantine."});
}
