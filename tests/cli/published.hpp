#pragma once
// The published documents, read for comparing them with the tables that the broker works by.

#include <boost/json.hpp>

#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>
#include <string>

namespace sinyal::cli::test {

namespace json = boost::json;
using names = std::set<std::string>;

/// A file under schemas/. Tests run in the repository's root.
inline json::value published(const std::string& name) {
  std::ifstream file{"schemas/" + name};
  if (!file) throw std::runtime_error{"schemas/" + name + " cannot be read"};
  return json::parse(std::string{std::istreambuf_iterator<char>{file}, {}});
}

inline std::string text(const json::value& value) {
  return std::string{value.as_string()};
}

inline names keys_of(const json::value& object) {
  names all;
  for (const auto& each : object.as_object()) all.emplace(each.key());
  return all;
}

inline names texts_of(const json::value& list) {
  names all;
  for (const json::value& each : list.as_array()) all.insert(text(each));
  return all;
}

/// The fields that a hand-written part names.
inline names fields_of_part(const std::string& part) {
  return keys_of(published("parts/" + part + ".json").at("properties"));
}

}  // namespace sinyal::cli::test
