#pragma once
// `sinyal lifecycle`: the life cycles as they are decided, printed from the tables themselves.

#include <cstdint>
#include <string>

namespace sinyal::cli {

enum class lifecycle_format : std::uint8_t {
  text,     // every cell of the three tables
  dot,      // Graphviz: statuses as nodes, advances as edges
  mermaid,  // one stateDiagram-v2, a composite state per table, for a README
  json,     // every transition, also those that change nothing
};

std::string render_lifecycle(lifecycle_format format);

}  // namespace sinyal::cli
