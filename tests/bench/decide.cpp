// Lifecycle's thinking without Kafka: normalise, decide and encode each notification of a workload
// against the state of its order, beside simdjson's DOM parser over the same bodies. One thread,
// CPU time, the two in turn; prints the medians as JSON.
//   bench_decide NOTIFICATIONS ROUNDS

#include "broker/lifecycle/transform.hpp"
#include "tests/bench/raw_record.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace sinyal;

struct input {
  std::uint64_t order;
  bench::raw_record record;
};

struct output {
  std::uint64_t records = 0, bytes = 0;
};

std::vector<input> inputs(std::int64_t count) {
  bench::workload source{"SHOP"};
  std::vector<input> made;
  for (std::int64_t i = 0; i < count; ++i) {
    const bench::notification next = source.next();
    made.push_back({next.order, {next, 12, i}});
  }
  return made;
}

output think(const std::vector<input>& all) {
  lifecycle::transform transform{{}};
  std::vector<std::optional<std::string>> states(all.size());
  output total;
  for (const input& each : all) {
    std::optional<std::string>& state = states[each.order];
    auto made = transform.apply(each.record.view(), state).value();
    for (const codec::outgoing_record& out : made.records) {
      total.records += 1;
      total.bytes += out.value->size();
    }
    if (made.state() != nullptr) state = std::move(made.records.back().value);
  }
  return total;
}

std::uint64_t parse(const std::vector<input>& all) {
  simdjson::dom::parser parser;
  std::uint64_t members = 0;
  for (const input& each : all) {
    const std::string_view body = *each.record.view().value;
    members += parser.parse(body.data(), body.size()).get_object().value().size();
  }
  return members;
}

/// CPU nanoseconds that each notification took.
template <typename Work>
double timed(Work work, std::size_t count) {
  const auto now = [] {
    timespec at{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return static_cast<double>(at.tv_sec) * 1e9 + static_cast<double>(at.tv_nsec);
  };
  const double began = now();
  work();
  return (now() - began) / static_cast<double>(count);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const std::vector<input> all = inputs(std::atoll(arguments[1]));
  std::vector<double> thinking;
  std::vector<double> parsing;
  std::vector<double> ratios;
  output made;
  std::uint64_t members = 0;
  for (int round = std::atoi(arguments[2]); round > 0; --round) {
    parsing.push_back(timed([&] { members = parse(all); }, all.size()));
    thinking.push_back(timed([&] { made = think(all); }, all.size()));
    ratios.push_back(thinking.back() / parsing.back());
  }
  std::cout << "{\"decide_ns\":" << median(thinking) << ",\"parse_ns\":" << median(parsing)
            << ",\"ratio\":" << median(ratios) << ",\"notifications\":" << all.size()
            << ",\"members\":" << members << ",\"records_out\":" << made.records
            << ",\"bytes_out\":" << made.bytes << "}\n";
}
