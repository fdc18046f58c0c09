#include "broker/config/secrets.hpp"

#include "broker/config/file.hpp"

#include <utility>

namespace sinyal {

namespace {

constexpr std::string_view env_prefix = "env:";
constexpr std::string_view file_prefix = "file:";
constexpr std::size_t secret_bytes_max = 65536;  // a chain of certificates and its key fit

secret_result failure(std::string error) {
  return {std::nullopt, std::move(error)};
}

secret_result without_line_ends(std::string text, const std::string& named) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.empty()) return failure(named + " is empty");
  return {core::secret{std::move(text)}, {}};
}

secret_result of_file(const std::string& path) {
  const auto content = read_file(path, secret_bytes_max);
  const std::string named = "the file " + path;
  if (!content) return failure(named + " cannot be read: " + content.error().message());
  return without_line_ends(*content, named);
}

}  // namespace

bool is_secret_reference(std::string_view text) {
  return text.starts_with(env_prefix) || text.starts_with(file_prefix);
}

secret_result resolve_secret(const std::string& reference,
                             const std::map<std::string, std::string>& environment) {
  if (reference.starts_with(file_prefix)) return of_file(reference.substr(file_prefix.size()));
  if (!reference.starts_with(env_prefix)) {
    return failure("it stands in the open. Write env:NAME or file:PATH instead");
  }
  const std::string name = reference.substr(env_prefix.size());
  const auto found = environment.find(name);
  const std::string named = "the environment variable " + name;
  if (found == environment.end()) return failure(named + " is not set");
  return without_line_ends(found->second, named);
}

}  // namespace sinyal
