#include "broker/observe/version.hpp"

#include <boost/version.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>

namespace sinyal::observe {

versions read_versions(std::string_view librdkafka) {
  return {SINYAL_VERSION, SINYAL_COMMIT, std::string{librdkafka},
          fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000,
                      BOOST_VERSION % 100),
          OpenSSL_version(OPENSSL_VERSION_STRING)};
}

std::string to_json(const versions& all) {
  return fmt::format(
      R"({{"version":"{}","commit":"{}","librdkafka":"{}","boost":"{}","openssl":"{}"}})",
      all.version, all.commit, all.librdkafka, all.boost, all.openssl);
}

}  // namespace sinyal::observe
