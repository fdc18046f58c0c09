#pragma once
// The configured schema registry, asked over HTTP.

#include "broker/cli/configuration.hpp"
#include "broker/registry/client.hpp"

namespace sinyal::cli {

/// Schemas are of signals, which lifecycle writes.
bool has_registry(const config& all, role role);

/// Where has_registry(). Keeps one connection, made by the first question.
registry::client registry_of(const config& all);

/// What events say of their schemas: nothing where no ids are configured, or the role writes none.
/// Asked once, so that what happens to the registry later changes no event.
registry::registry_result<codec::schema_marks> schema_marks_of(const config& all, role role);

}  // namespace sinyal::cli
