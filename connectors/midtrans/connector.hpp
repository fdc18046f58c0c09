#pragma once
// Midtrans as a provider.

#include "connectors/connector.hpp"
#include "connectors/midtrans/notification.hpp"
#include "connectors/midtrans/signature.hpp"

namespace sinyal::midtrans {

class connector final : public connectors::connector {
 public:
  std::string_view name() const override { return "midtrans"; }
  connectors::admission admit(const connectors::admission_request& request) override;
  connectors::normalised normalise(const codec::raw_headers& headers,
                                   std::string_view body) override;

 private:
  notification_reader reader_;
  verifier verifier_;
};

}  // namespace sinyal::midtrans
