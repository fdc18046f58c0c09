#include "broker/config/keys.hpp"

namespace sinyal {

namespace {

constexpr std::string_view introduction =
    R"(# Every key of Sinyal, with its default. Generated from broker/config/keys.cpp.
#
# The environment wins over this file and flags over both: SINYAL_HTTP__LISTEN=0.0.0.0:80, or
# --set http.listen=0.0.0.0:80. Lists and tables are given there as TOML values.
# Secrets are never written here: env:NAME is a variable's value, file:PATH a file's content.
# SIGHUP reads merchants, their secrets and log.level again; anything else needs a restart. So does
# a new value of an env:NAME, since a process's environment stays as it was.
)";

constexpr std::string_view merchants = R"(
# One such table a merchant. Every key and token of a list is good: add the new one, wait until
# sinyal_signature_key_used_total shows that the old one is not used any more, take it away. A
# recurring token stands in a path as it is: letters, digits, hyphens and underscores.
# [[merchants]]
# id = "G141532850"                              # in the path of its notification URLs
# server_keys = ["env:MIDTRANS_SERVER_KEY"]      # of the Midtrans dashboard; at least one
# recurring_tokens = ["file:/run/secrets/token"] # in the path of its recurring notification URL
# api_tokens = ["env:MERCHANT_API_TOKEN"]        # bearers that may post its own documents
)";

}  // namespace

std::string example_config() {
  const config defaults;
  std::string out{introduction};
  std::string_view section;
  for (const config_key& key : config_keys()) {
    if (key.section != section) {
      section = key.section;
      out += "\n[" + std::string{section} + "]\n";
    }
    out += "# " + std::string{key.unit} + (key.unit.empty() ? "" : ", ") + std::string{key.help};
    out += "\n# " + std::string{key.name} + " = " + show_value(key, defaults) + '\n';
  }
  return out.append(merchants);
}

}  // namespace sinyal
