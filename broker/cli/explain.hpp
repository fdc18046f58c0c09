#pragma once
// `sinyal explain`: what notifications mean: fact, verdict, signals, and why. All files together
// are one history, in the order given; nothing is sent anywhere.

#include "broker/codec/raw_record.hpp"
#include "broker/core/secret.hpp"
#include "broker/core/time.hpp"

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace sinyal::cli {

struct explain_options {
  std::vector<std::string> files;           // "-" is the standard input
  std::string merchant = "G000000000";      // whose notifications they are
  std::optional<codec::endpoint> endpoint;  // guessed from each body where not given
  bool verify = false;                      // check signatures, with server_keys
  std::vector<core::secret> server_keys;    // of the merchant; used only to verify
  std::size_t json_depth_max = 32;
  std::string topic_prefix = "midtrans";
  bool json = false;          // one JSON document per notification and subject, a line each
  bool colours = false;       // in text; the caller knows whether `out` is a terminal
  core::instant received_at;  // of all of them: now, for a person at the command line
};

/// Returns the exit status: 0; 1 if anything is a conflict, is not admitted, or cannot be opened.
/// Results go to `out`, complaints about files to `err`.
int explain(const explain_options& options, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace sinyal::cli
