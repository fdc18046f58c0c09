#include "connectors/midtrans/connector.hpp"

#include <array>

namespace sinyal::connectors {
namespace {

std::unique_ptr<connector> make_midtrans() {
  return std::make_unique<midtrans::connector>();
}

constexpr std::array<provider, 1> all{{{"midtrans", make_midtrans}}};

}  // namespace

std::span<const provider> providers() {
  return all;
}

}  // namespace sinyal::connectors
