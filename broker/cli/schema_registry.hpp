#pragma once
// The configured schema registry, asked over HTTP.

#include "broker/cli/configuration.hpp"
#include "broker/registry/client.hpp"

namespace sinyal::cli {

/// Schemas are of signals, which lifecycle writes.
bool has_registry(const config& all, role role);

/// Where has_registry(). Keeps one connection, made by the first question.
registry::client registry_of(const config& all);

}  // namespace sinyal::cli
