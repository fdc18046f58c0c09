#include "broker/registry/client.hpp"

#include "broker/codec/json_writer.hpp"
#include "broker/registry/schemas.hpp"

#include <boost/json/parse.hpp>

#include <limits>
#include <utility>
#include <vector>

namespace sinyal::registry {

namespace {

namespace json = boost::json;

// Confluent's error codes: the subject, or this schema under it, is not there.
constexpr std::int64_t subject_not_found = 40401;
constexpr std::int64_t schema_not_found = 40403;

constexpr std::size_t told_bytes_max = 400;  // of a registry's own words

json::object object_of(std::string_view body) {
  json::error_code error;
  const json::value parsed = json::parse({body.data(), body.size()}, error);
  const json::object* object = error ? nullptr : parsed.if_object();
  return object == nullptr ? json::object{} : *object;
}

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains({name.data(), name.size()});
  return found != nullptr && found->is_string() ? std::string{found->get_string()} : std::string{};
}

std::optional<std::int64_t> number_of(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains({name.data(), name.size()});
  if (found == nullptr || !found->is_int64()) return std::nullopt;
  return found->get_int64();
}

/// ` (its words)`, on one line and not without end; nothing where it has none.
std::string told_by(const answer& from) {
  std::string words = text_of(object_of(from.body), "message");
  if (words.empty()) return {};
  if (words.size() > told_bytes_max) {
    std::size_t end = told_bytes_max;
    while ((words[end] & 0xc0) == 0x80) --end;  // no half of a letter
    words.resize(end);
    words += "…";
  }
  for (char& c : words) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return " (" + words + ')';
}

/// `a, b, c and 16 more`
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t told = 3;
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < told; ++i) {
    out += (out.empty() ? "" : ", ") + names[i];
  }
  if (names.size() > told) out += " and " + std::to_string(names.size() - told) + " more";
  return out;
}

/// The id is 32 bits on the wire, and signed in Java.
std::optional<std::uint32_t> id_of(const json::object& object) {
  const auto id = number_of(object, "id");
  if (!id || *id < 0 || *id > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*id);
}

}  // namespace

client::client(const schema_registry_settings& settings, std::string topic_prefix, exchange ask)
    : url_{settings.url},
      ids_{settings.ids},
      timeout_ms_{settings.timeout_ms},
      topic_prefix_{std::move(topic_prefix)},
      exchange_{std::move(ask)} {}

std::string client::subject_of(core::signal signal) const {
  return registry::subject_of(topic_prefix_, signal);
}

/// What concerns the registry as a whole is a failure here.
registry_result<answer> client::post(const std::string& path, core::signal signal) const {
  const std::string named = "the schema registry at " + url_;
  request what{path, {}};
  codec::json_writer json{what.body};
  json.begin_object();
  json.text("schemaType", "JSON");
  json.text("schema", schema_text(signal));
  json.end_object();
  const boost::system::result<answer> got = exchange_(what);
  if (!got) {
    return failure{named + " gave no answer within " + std::to_string(timeout_ms_) +
                   " ms: " + got.error().message() +
                   ". Hint: see that it runs, and that schema_registry.url leads to it" +
                   (url_.starts_with("https:")
                        ? "; SSL_CERT_FILE names the certificate of an authority of your own"
                        : "")};
  }
  if (got->status == 401 || got->status == 403) {
    return failure{named + " does not let us in: it answers " + std::to_string(got->status) +
                   " to " + path + told_by(*got) +
                   ". Hint: set schema_registry.username and schema_registry.password to those of "
                   "an account with the right to that subject"};
  }
  return *got;
}

registry_result<registered> client::read(const answer& from, const std::string& path) const {
  const std::string named = "the schema registry at " + url_;
  const json::object body = object_of(from.body);
  if (from.status == 200) {
    if (const auto id = id_of(body)) return registered{*id, text_of(body, "guid")};
    return failure{named + " answers 200 to " + path +
                   " without the id of a schema. Hint: schema_registry.url must be that of a "
                   "Confluent-compatible API"};
  }
  if (from.status == 404 && !number_of(body, "error_code")) {
    return failure{named + " answers 404 to " + path +
                   ", which every registry has. Hint: schema_registry.url must be that of a "
                   "Confluent-compatible API, with its path if it has one, as in "
                   "http://registry:8080/apis/ccompat/v7"};
  }
  return failure{named + " answers " + std::to_string(from.status) + " to " + path + told_by(from) +
                 ". Hint: its own log says more"};
}

registry_result<std::optional<registered>> client::look_up(core::signal signal) const {
  const std::string path = "/subjects/" + subject_of(signal);
  const registry_result<answer> got = post(path, signal);
  if (!got) return got.error();
  const auto code = number_of(object_of(got->body), "error_code");
  if (got->status == 404 && (code == subject_not_found || code == schema_not_found)) {
    return std::optional<registered>{};
  }
  const registry_result<registered> found = read(*got, path);
  if (!found) return found.error();
  return std::optional{*found};
}

registry_result<registered> client::add(core::signal signal) const {
  const std::string subject = subject_of(signal);
  const std::string path = "/subjects/" + subject + "/versions";
  const registry_result<answer> got = post(path, signal);
  if (!got) return got.error();
  if (got->status == 409) {
    return failure{"the schema of " + subject +
                       " is refused: the registry calls it incompatible with a version that it "
                       "has" +
                       told_by(*got) +
                       ". Hint: versions of Sinyal's schemas differ by optional fields alone; let "
                       "the subject's compatibility be FORWARD_TRANSITIVE, since BACKWARD forbids "
                       "a field more, and see that nobody else registers there",
                   true};
  }
  if (got->status == 422) {
    return failure{"the schema of " + subject + " is refused: the registry calls it invalid" +
                       told_by(*got) +
                       ". Hint: it must take JSON Schema of draft 7 (schemaType JSON)",
                   true};
  }
  return read(*got, path);
}

registry_result<all_registered> client::look_up_all() const {
  all_registered all;
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto found = look_up(static_cast<core::signal>(i));
    if (!found) return found.error();
    all[i] = std::move(*found);
  }
  return all;
}

std::optional<failure> client::unmarkable(const registered& schema) const {
  if (ids_ != schema_ids::header || codec::header_mark(schema.guid)) return std::nullopt;
  const std::string what =
      schema.guid.empty() ? "tells no GUID of a schema" : "tells a GUID of a schema that is none";
  return failure{"the schema registry at " + url_ + ' ' + what +
                 ", and schema_registry.ids = \"header\" is made of it. Hint: set "
                 "schema_registry.ids to \"wire\", or use a registry that tells GUIDs, as "
                 "Confluent's does from version 8 on"};
}

registry_result<codec::schema_marks> client::marks() const {
  using place = codec::schema_marks::place;
  const registry_result<all_registered> all = look_up_all();
  if (!all) return all.error();
  const all_registered& known = *all;
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (!known[i]) missing.push_back(subject_of(static_cast<core::signal>(i)));
  }
  if (!missing.empty()) {
    return failure{"the schema registry at " + url_ + " has not this version's schema of " +
                   some_of(missing) + ". Hint: run `sinyal topics apply`"};
  }
  codec::schema_marks made;
  if (ids_ == schema_ids::off) return made;
  made.where = ids_ == schema_ids::header ? place::header : place::value;
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (auto why = unmarkable(*known[i])) return *std::move(why);
    made.of[i] = ids_ == schema_ids::header ? *codec::header_mark(known[i]->guid)
                                            : codec::value_mark(known[i]->id);
  }
  return made;
}

}  // namespace sinyal::registry
