#include "broker/cli/notify.hpp"

#include "broker/cli/exit_status.hpp"
#include "broker/cli/explain_form.hpp"
#include "broker/cli/http_client.hpp"
#include "broker/cli/input.hpp"
#include "broker/cli/notify_scenarios.hpp"
#include "broker/cli/notify_signature.hpp"
#include "broker/cli/padded.hpp"
#include "broker/codec/json_writer.hpp"
#include "broker/ingest/router.hpp"

#include <algorithm>
#include <chrono>
#include <istream>
#include <map>
#include <ostream>
#include <random>
#include <string_view>
#include <thread>
#include <utility>

namespace sinyal::cli {
namespace {

int list_scenarios(const notify_options& options, std::ostream& out) {
  constexpr std::size_t name_width = 28;
  for (const scenario& each : scenarios()) {
    if (options.json) {
      std::string line;
      codec::json_writer json{line};
      json.begin_object();
      json.text("scenario", each.name);
      json.text("about", each.about);
      json.end_object();
      out << line << '\n';
    } else {
      out << padded(each.name, name_width) << each.about << '\n';
    }
  }
  return exit_done;
}

std::vector<message> played(const notify_options& options) {
  stage_props props{options.merchant, options.now, options.seed};
  std::vector<message> all;
  for (const scenario& each : scenarios()) {
    if (options.scenario != "all" && options.scenario != each.name) continue;
    for (message& step : each.play(props)) {
      step.scenario = each.name;
      all.push_back(std::move(step));
    }
  }
  return all;
}

/// False when a file cannot be read; `err` says which.
bool read_files(const notify_options& options, std::istream& in, std::ostream& err,
                std::vector<message>& all) {
  for (const std::string& file : options.files) {
    const auto text = read_input(file, in);
    if (!text) {
      err << "sinyal notify: cannot read " << file << ": " << text.error().message() << '\n';
      return false;
    }
    std::size_t index = 0;
    for (const std::string_view body : split_documents(*text)) {
      all.push_back({file, std::to_string(index++), notified_endpoint(body), std::string{body}});
    }
  }
  return true;
}

/// Fisher and Yates with a generator that is the same everywhere, so that a seed can be replayed.
void shuffle(std::vector<message>& all, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  for (std::size_t left = all.size(); left > 1; --left) {
    std::swap(all[left - 1], all[random() % left]);
  }
}

/// Which of the configured secrets the messages need and the configuration lacks; empty: none.
std::string_view missing_secret(const notify_options& options, const std::vector<message>& all) {
  using ingest::authentication;
  for (const message& each : all) {
    switch (ingest::authentication_of(each.endpoint)) {
      case authentication::signature:
        if (!options.server_key) return "server_keys";
        break;
      case authentication::path_token:
        if (!options.recurring_token) return "recurring_tokens";
        break;
      case authentication::bearer:
        if (!options.api_token) return "api_tokens";
        break;
    }
  }
  return {};
}

std::string target_of(const notify_options& options, codec::endpoint endpoint) {
  std::string target = "/v1/midtrans/" + percent_encoded(options.merchant) + "/";
  target += to_string(endpoint);
  if (ingest::authentication_of(endpoint) == ingest::authentication::path_token) {
    target += "/" + percent_encoded(options.recurring_token->reveal());
  }
  return target;
}

bool takes_bearer(codec::endpoint endpoint) {
  return ingest::authentication_of(endpoint) == ingest::authentication::bearer;
}

std::string body_to_send(const notify_options& options, const message& message) {
  const bool sign =
      options.server_key && !takes_bearer(message.endpoint) && is_signed_form(message.body);
  return sign ? sign_body(message.body, *options.server_key) : message.body;
}

/// A recorded notification may be of another key than ours, and be refused for it.
void tell_of_signed(const std::vector<message>& all, std::ostream& err) {
  const auto count = std::count_if(all.begin(), all.end(), [](const message& each) {
    return !takes_bearer(each.endpoint) && is_signed(each.body);
  });
  if (count == 0) return;
  err << "sinyal notify: " << count << " of " << all.size()
      << " sent with the signature_key that is there. Hint: empty it to have it made anew\n";
}

/// What came back, told as it comes and summed up at the end.
class tally {
 public:
  tally(std::ostream& out, bool json) : out_{out}, json_{json} {}

  void answered(const message& message, const boost::system::result<http_answer>& answer) {
    ++sent_;
    const unsigned status = answer ? answer->status : 0;
    ++answers_[status];
    const std::string what = answer ? answer->body : answer.error().message();
    if (json_) {
      tell_json(message, status, what);
    } else {
      tell_text(message, status, what);
    }
  }

  void sum_up() const {
    if (json_) {
      sum_up_json();
      return;
    }
    out_ << "sent " << sent_;
    for (const auto& [status, count] : answers_) {
      out_ << ", " << count << (status == 0 ? " without an answer" : " answered ");
      if (status != 0) out_ << status;
    }
    out_ << '\n';
  }

  bool all_accepted() const {
    const auto accepted = answers_.find(200);
    return sent_ == 0 || (accepted != answers_.end() && accepted->second == sent_);
  }

 private:
  void tell_text(const message& message, unsigned status, const std::string& what) {
    out_ << (status == 0 ? std::string{"---"} : std::to_string(status)) << "  " << message.scenario
         << "  " << message.step;
    if (status != 200) out_ << "  " << what;
    out_ << '\n';
  }
  void tell_json(const message& message, unsigned status, const std::string& what) {
    std::string line;
    codec::json_writer json{line};
    json.begin_object();
    json.text("from", message.scenario);
    json.text("step", message.step);
    json.text("endpoint", to_string(message.endpoint));
    json.number("status", status);
    json.text("answer", what);
    json.end_object();
    out_ << line << '\n';
  }
  void sum_up_json() const {
    std::string line;
    codec::json_writer json{line};
    json.begin_object();
    json.number("sent", sent_);
    json.key("answers");
    json.begin_object();
    for (const auto& [status, count] : answers_) json.number(std::to_string(status), count);
    json.end_object();
    json.end_object();
    out_ << line << '\n';
  }

  std::ostream& out_;
  bool json_;
  std::size_t sent_ = 0;
  std::map<unsigned, std::size_t> answers_;  // by status; 0: none came
};

void send_all(const notify_options& options, const http_url& base, const std::vector<message>& all,
              tally& tally) {
  using clock = std::chrono::steady_clock;
  http_client client{base, options.deadline_ms};
  const auto start = clock::now();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (options.rate > 0) {
      const std::chrono::duration<double> due{static_cast<double>(i) / options.rate};
      std::this_thread::sleep_until(start + std::chrono::duration_cast<clock::duration>(due));
    }
    const message& each = all[i];
    const std::string target = target_of(options, each.endpoint);
    const std::string body = body_to_send(options, each);
    std::string bearer;
    if (takes_bearer(each.endpoint)) bearer.append("Bearer ").append(options.api_token->reveal());
    tally.answered(each, client.post({target, body, bearer}));
  }
}

/// Checks what can be wrong before anything is sent; `err` says what.
int check(const notify_options& options, const std::optional<http_url>& base, std::ostream& err) {
  if (!base) {
    err << "sinyal notify: --url " << options.url
        << " is not http://HOST[:PORT]. Hint: https:// is for "
        << "what ends TLS in front of ingest\n";
    return exit_usage;
  }
  if (options.files.empty() == options.scenario.empty()) {
    err << "sinyal notify: give either files or --scenario NAME. Hint: --list names the "
           "scenarios\n";
    return exit_usage;
  }
  if (!options.scenario.empty() && options.scenario != "all" &&
      find_scenario(options.scenario) == nullptr) {
    err << "sinyal notify: no scenario is called " << options.scenario
        << ". Hint: --list names those that there are\n";
    return exit_usage;
  }
  return exit_done;
}

}  // namespace

int notify(const notify_options& options, std::istream& in, std::ostream& out, std::ostream& err) {
  if (options.list) return list_scenarios(options, out);
  const std::optional<http_url> base = parse_http_url(options.url);
  if (const int status = check(options, base, err); status != exit_done) return status;

  std::vector<message> once = played(options);
  if (!read_files(options, in, err, once)) return exit_failed;
  if (const std::string_view missing = missing_secret(options, once); !missing.empty()) {
    err << "sinyal notify: merchant " << options.merchant << " has no " << missing
        << " in the configuration. Hint: add one to its [[merchants]] entry\n";
    return exit_configuration;
  }
  tell_of_signed(once, err);
  std::vector<message> all;
  all.reserve(once.size() * options.repeat);
  for (const message& each : once) all.insert(all.end(), options.repeat, each);
  if (options.shuffle_seed) shuffle(all, *options.shuffle_seed);

  tally tally{out, options.json};
  send_all(options, *base, all, tally);
  tally.sum_up();
  return tally.all_accepted() ? exit_done : exit_failed;
}

}  // namespace sinyal::cli
