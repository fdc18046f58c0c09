#pragma once
// `sinyal notify`: posts notifications as Midtrans would, signed with the merchant's first key:
// files, or scripted lifecycles.

#include "broker/core/secret.hpp"
#include "broker/core/time.hpp"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace sinyal::cli {

struct notify_options {
  std::string url;                 // http://HOST[:PORT][/PREFIX] of ingest
  std::string merchant;            // whose notifications they are
  std::vector<std::string> files;  // one JSON document or JSON lines each; "-" is standard input
  std::string scenario;            // name or "all"; instead of files
  bool list = false;               // only name the scenarios
  std::uint32_t repeat = 1;        // each notification is sent this often, as Midtrans may
  std::optional<std::uint64_t> shuffle_seed;  // sent in the order that this makes of them
  double rate = 0;                            // a second; 0: as fast as they are answered
  bool json = false;                          // a JSON document per answer, and one at the end
  // The first of the merchant's keys and tokens in the configuration.
  std::optional<core::secret> server_key;
  std::optional<core::secret> recurring_token;
  std::optional<core::secret> api_token;
  std::uint32_t deadline_ms = 15000;  // of one POST, as Midtrans's own
  core::instant now;                  // scenarios play in the three hours before it
  std::uint64_t seed = 0;             // of the scenarios' ids: another one at every run
};

/// Returns the exit status: 0 when everything was answered 200, 1 when not, 2 for wrong use, 78
/// where the configuration lacks a key or token that is needed. Results go to `out`.
int notify(const notify_options& options, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace sinyal::cli
