// A subscriber that writes what its handlers get, one line each, and misbehaves when told to:
//
//   probe KEY=VALUE…     bootstrap group instance prefix signals=a,b start=latest merge=1 attempts
//   first_wait
//                        unknown=dead_letter dead_letters merchant commit_ms start_timeout
//                        fail=SUBJECT[,SUBJECT] fail_times later=SUBJECT later_times
//                        reject=SUBJECT handle_ms success_ms (of a call that throws nothing)
//                        says=REASON (of a reject) throws=int|no_reason
//                        once=1 (each handler disconnects itself)
//                        properties=NAME:VALUE[,NAME:VALUE]
//
// Lines: `handled <signal> <subject> <sequence> <continuity> <id> <partition> <offset>`, and at the
// end `statistics <handled> <retries> <rejected> <unknown> <gaps> <repeats> <lag>`.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <sinyal/subscriber.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

using options = std::map<std::string, std::string>;

sinyal::subscriber* running = nullptr;

extern "C" void on_signal(int) {
  running->stop();
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream{text};
  for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  return parts;
}

bool names(const std::string& list, const std::string& one) {
  const auto all = split(list);
  return std::find(all.begin(), all.end(), one) != all.end();
}

std::string word(sinyal::continuity continuity) {
  constexpr const char* words[] = {"first", "next", "gap", "repeat"};
  return words[static_cast<int>(continuity)];
}

sinyal::settings settings_of(options& told) {
  sinyal::settings settings;
  const auto ms = [&](const char* name, std::chrono::milliseconds& to) {
    if (told.contains(name)) to = std::chrono::milliseconds{std::stoi(told[name])};
  };
  settings.bootstrap_servers = told["bootstrap"];
  settings.group = told["group"];
  settings.instance = told["instance"];
  if (told.contains("prefix")) settings.topic_prefix = told["prefix"];
  if (told["start"] == "latest") settings.start = sinyal::start_at::latest;
  settings.merge_topics = told.contains("merge");
  if (told.contains("attempts")) settings.retry.attempts = std::stoi(told["attempts"]);
  if (told["unknown"] == "dead_letter") settings.unknown = sinyal::unknown_events::dead_letter;
  settings.dead_letter_topic = told["dead_letters"];
  ms("first_wait", settings.retry.first_wait);
  ms("commit_ms", settings.commit_interval);
  ms("start_timeout", settings.start_timeout);
  for (const std::string& property : split(told["properties"])) {
    const auto colon = property.find(':');
    settings.properties[property.substr(0, colon)] = property.substr(colon + 1);
  }
  return settings;
}

struct no_reason : std::exception {
  const char* what() const noexcept override { return nullptr; }
};

class misbehaviour {
 public:
  explicit misbehaviour(options told) : told_{std::move(told)} {}

  void apply(const sinyal::event_base& event) {
    if (told_.contains("handle_ms")) {
      std::this_thread::sleep_for(std::chrono::milliseconds{std::stoi(told_["handle_ms"])});
    }
    if (names(told_["reject"], event.subject)) {
      throw sinyal::reject{told_.contains("says") ? told_["says"] : "the order is unknown"};
    }
    if (names(told_["fail"], event.subject) && again("fail_times", event)) {
      if (told_["throws"] == "int") throw 42;
      if (told_["throws"] == "no_reason") throw no_reason{};
      throw std::runtime_error{"the handler cannot"};
    }
    if (names(told_["later"], event.subject) && again("later_times", event)) {
      throw sinyal::try_later{"the database is down"};
    }
    if (told_.contains("success_ms")) {
      std::this_thread::sleep_for(std::chrono::milliseconds{std::stoi(told_["success_ms"])});
    }
  }

 private:
  /// Whether it fails once more: for ever, where no number of times is told.
  bool again(const char* times, const sinyal::event_base& event) {
    std::cout << "called " << event.subject << ' ' << event.sequence << std::endl;
    return !told_.contains(times) || calls_[event.id]++ < std::stoi(told_[times]);
  }

  options told_;
  std::map<std::string, int> calls_;
};

}  // namespace

int main(int count, char** arguments) try {
  options told;
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    const auto equals = argument.find('=');
    told[argument.substr(0, equals)] = argument.substr(equals + 1);
  }
  sinyal::subscriber subscriber{settings_of(told)};
  misbehaviour misbehaviour{told};
  std::vector<sinyal::connection> connections;
  const auto handler = [&](const sinyal::any_event& any) {
    const auto& event = sinyal::base(any);
    misbehaviour.apply(event);
    std::cout << "handled " << event.signal << ' ' << event.subject << ' ' << event.sequence << ' '
              << word(event.continuity) << ' ' << event.id << ' ' << event.partition << ' '
              << event.offset << std::endl;
    if (told.contains("once")) connections.clear();
  };
  const std::string merchant = told["merchant"];
  for (const std::string& each : split(told["signals"])) {
    connections.push_back(subscriber.on(each, handler, merchant));
  }
  running = &subscriber;
  std::signal(SIGTERM, on_signal);
  subscriber.run();
  const auto end = subscriber.statistics();
  std::int64_t lag = 0;
  for (const auto& each : end.lag) lag += each.records;
  std::cout << "statistics " << end.handled << ' ' << end.retries << ' ' << end.rejected << ' '
            << end.unknown << ' ' << end.gaps << ' ' << end.repeats << ' ' << lag << std::endl;
  return EXIT_SUCCESS;
} catch (const std::exception& failure) {
  std::cerr << "probe: " << failure.what() << std::endl;
  return EXIT_FAILURE;
}
