#pragma once
// What this program is and what it is made of.

#include <string>
#include <string_view>

namespace sinyal::observe {

struct versions {
  std::string version;
  std::string commit;
  std::string librdkafka;  // as it says itself
  std::string boost;
  std::string openssl;
};

/// Only broker/kafka knows librdkafka: its version is handed in.
versions read_versions(std::string_view librdkafka);

/// A JSON object in one line.
std::string to_json(const versions& all);

}  // namespace sinyal::observe
