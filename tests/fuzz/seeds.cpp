// What the targets begin with: the scripted lifecycles of `sinyal notify` and the benchmark's
// notifications, as each target takes them, and dictionaries of the words in them.
//   fuzz_seeds DIR

#include "broker/cli/notify_scenarios.hpp"
#include "broker/cli/notify_signature.hpp"
#include "broker/lifecycle/transform.hpp"
#include "connectors/midtrans/notification.hpp"
#include "tests/bench/workload.hpp"
#include "tests/fuzz/history.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sinyal::fuzz {

namespace {

/// An endpoint and a body each.
using history = std::vector<cli::message>;

std::map<std::string, history> histories() {
  std::map<std::string, history> all;
  const core::instant now = core::parse_time("2026-11-23T02:15:34.120Z").value();
  cli::stage_props props{std::string{merchant}, now, 1};
  const core::secret key{std::string{server_key}};
  for (const cli::scenario& each : cli::scenarios()) {
    history& told = all[std::string{each.name}] = each.play(props);
    for (cli::message& step : told) step.body = cli::sign_body(step.body, key);
  }
  bench::workload orders{"SHOP"};
  for (int i = 0; i < 6; ++i) {
    cli::message step;
    step.body = orders.next().body;
    all["bench"].push_back(step);
  }
  return all;
}

class folder {
 public:
  folder(const std::filesystem::path& parent, std::string_view name) : path_{parent / name} {
    std::filesystem::create_directories(path_);
  }
  void write(const std::string& name, std::string_view text) {
    std::ofstream out{path_ / name, std::ios::binary};
    out << text;
    if (!out.flush()) throw std::runtime_error{"cannot write " + (path_ / name).string()};
  }

 private:
  std::filesystem::path path_;
};

std::string line_of(const cli::message& step) {
  return endpoint_letters[static_cast<std::size_t>(step.endpoint)] + step.body;
}

/// The raw headers of each notification, and the states that it led to.
class record_seeds {
 public:
  explicit record_seeds(folder& into) : into_{into} {}

  void tell(const std::string& name, const cli::message& step) {
    const posted what{step.endpoint, step.body};
    for (const core::subject& subject : admit(*connector_, what, false).subjects) {
      const raw_record record{what, subject, 7};
      std::optional<std::string>& state = states_[std::string{record.view().key}];
      const auto made = transform_.apply(record.view(), state).value();
      if (made.state() != nullptr) {
        state = *made.state();
        const std::string kind{to_string(subject.kind)};
        into_.write(name + "-" + kind, kind.front() + *state);  // p, i or s
      }
      std::string text = "h" + std::string{record.view().key};
      for (const codec::header_view& each : record.view().headers) {
        text.append("\n").append(each.name).append("\n").append(each.value);
      }
      into_.write(name + "-headers", text + "\nsinyal_retry_of\n3:7\nsinyal_retries\n2");
    }
  }

 private:
  folder& into_;
  std::unique_ptr<connectors::connector> connector_ = connectors::providers().front().make();
  lifecycle::transform transform_{{}};
  std::map<std::string, std::optional<std::string>> states_;
};

void write_http(folder into) {
  const std::string line = "POST /v1/midtrans/G1/notifications HTTP/1.1\r\nHost: s\r\n";
  const std::string json = "Content-Type: application/json\r\n";
  const std::string plain = line + json + "Content-Length: 2\r\n\r\n{}";
  const std::string chunked = line + json +
                              "Transfer-Encoding: chunked\r\n\r\n"
                              "2;a=\"b\tc\"\r\n{ \r\n1\r\n}\r\n0;d\r\nX: y\r\n\r\n";
  into.write("plain", plain);
  into.write("chunked", chunked);
  into.write("pipelined", plain + chunked + plain);
  into.write("unknown-media", line + "Content-Length: 2\r\n\r\n{}" + plain);
  into.write("expecting", line + json + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}");
  into.write("closing", line + json + "Connection: close\r\nContent-Length: 2\r\n\r\n{}");
  into.write("head", "HEAD / HTTP/1.1\r\nHost: s\r\n\r\n" + plain);
  into.write("old", "POST /v1/midtrans/G1/notifications HTTP/1.0\r\nHost: s\r\n" + json +
                        "Content-Length: 2\r\n\r\n{}");
  into.write("token", "POST /v1/midtrans/G1/recurring/rec-1 HTTP/1.1\r\nHost: [::1]:8080\r\n" +
                          json + "Content-Length: 2\r\n\r\n{}");
  into.write("bearer", "POST /v1/midtrans/G1/invoices HTTP/1.1\r\nHost: s\r\n" + json +
                           "Authorization: Bearer api-1\r\nContent-Length: 2\r\n\r\n{}");
}

/// A word of libFuzzer's dictionaries.
std::string word(std::string_view text) {
  std::string out = "\"";
  for (const char each : text) {
    if (each == '\r' || each == '\n') {
      out += each == '\r' ? "\\x0d" : "\\x0a";
      continue;
    }
    if (each == '"' || each == '\\') out += '\\';
    out += each;
  }
  return out + "\"\n";
}

void write_dictionaries(folder into) {
  std::string names;
  for (std::size_t i = 0; i < midtrans::field_count; ++i) {
    names += word('"' + std::string{to_string(static_cast<midtrans::field>(i))} + "\":");
  }
  for (std::size_t i = 0; i < core::payment_word_count; ++i) {
    names += word('"' + std::string{to_string(static_cast<core::payment_word>(i))} + '"');
  }
  for (const char* each : {"\"accept\"",
                           "\"challenge\"",
                           "\"deny\"",
                           "\"200\"",
                           "\"201\"",
                           "\"202\"",
                           "\"active\"",
                           "\"inactive\"",
                           "\"voided\"",
                           "\"paid\"",
                           "\"subscription.charge\"",
                           "\"refund_chargeback_id\":",
                           "\"refund_chargeback_uuid\":",
                           "\"bank_confirmed_at\":",
                           "\"created_at\":",
                           "\"midtrans_invoice_id\":",
                           "\"token\":",
                           "\\u0022",
                           "1e400",
                           "\nn{",
                           "\ni{",
                           "\np{",
                           "\nr{",
                           "\ns{"}) {
    names += word(each);
  }
  into.write("notification.dict", names);
  std::string http;
  for (const char* each :
       {"Content-Length: ", "Transfer-Encoding: chunked\r\n", "\r\n", "\r\n\r\n", "HTTP/1.1",
        "HTTP/1.0", "Host: s\r\n", "0\r\n\r\n", "0\r\nX: y\r\n\r\n", "2\r\n{}\r\n", ";a=\"",
        "Expect: 100-continue\r\n", "Connection: close\r\n", "Connection: upgrade\r\n", "HEAD ",
        "POST ", "/v1/midtrans/G1/notifications", "Content-Type: application/json\r\n"}) {
    http += word(each);
  }
  into.write("http.dict", http);
}

void write_all(const std::filesystem::path& where) {
  folder notification{where, "notification"};
  folder records{where, "records"};
  record_seeds made{records};
  for (const auto& [name, steps] : histories()) {
    std::string text;
    for (const cli::message& step : steps) {
      if (!text.empty()) text += '\n';
      text += line_of(step);
      made.tell(name, step);
    }
    notification.write(name, text);
  }
  records.write("position", R"(o{"offset":1207})");
  write_http({where, "http"});
  write_dictionaries({where, "."});
}

}  // namespace

}  // namespace sinyal::fuzz

int main(int count, char** arguments) {
  if (count != 2) return 2;
  try {
    sinyal::fuzz::write_all(arguments[1]);
  } catch (const std::exception& error) {
    std::cerr << "fuzz_seeds: " << error.what() << '\n';
    return 1;
  }
}
