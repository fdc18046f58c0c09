#include "broker/lifecycle/packing.hpp"

#include "broker/codec/state.hpp"

#include <doctest/doctest.h>

#include <random>
#include <stdexcept>
#include <string>

namespace {

using namespace sinyal;
using lifecycle::pack;
using lifecycle::unpack;

std::string round_trip(const std::string& text) {
  return unpack(pack(text), text.size());
}

/// A payment by bank transfer as Midtrans tells of it.
std::string settled_payment() {
  core::subject_state state = core::empty_state({core::subject_kind::payment, "SHOP-1001"});
  state.sequence = 2;
  state.first_offset = 123456;
  core::attempt attempt;
  attempt.transaction_id = "0f6c2c1e-5f0e-4a53-9d2b-6f1f4f0f3a11";
  attempt.status = core::attempt_status::settled;
  attempt.word = core::payment_word::settlement;
  attempt.settlement_known = true;
  attempt.currency = "IDR";
  attempt.texts.set(core::payment_text::payment_type, "bank_transfer");
  attempt.texts.set(core::payment_text::fraud_status, "accept");
  attempt.texts.set(core::payment_text::status_code, "200");
  attempt.texts.set(core::payment_text::status_message, "midtrans payment notification");
  attempt.texts.set(core::payment_text::bank, "bni");
  attempt.texts.set(core::payment_text::va_number, "9888123456789012");
  attempt.gross_amount = core::money::of_hundredths(15000000);
  attempt.transaction_time = core::instant{1795140600000};
  attempt.settlement_time = core::instant{1795140930000};
  attempt.expiry_time = core::instant{1795227000000};
  attempt.published[0] = attempt.published[1] = 1;
  std::get<core::payment_state>(state.what).attempts.push_back(attempt);
  std::string document;
  codec::encode_state(state, document);
  return document;
}

/// Of pieces of documents and of any bytes, some repeated at length.
std::string any_text(std::mt19937& random) {
  const std::string document = settled_payment();
  std::string text;
  for (auto parts = random() % 8; parts > 0; --parts) {
    const std::size_t from = random() % document.size();
    switch (random() % 4) {
      case 0:
        text += document.substr(from, random() % 100);
        break;
      case 1:
        text.append(random() % 2000, static_cast<char>(random()));
        break;
      case 2:
        text += document;
        break;
      default:
        for (auto i = random() % 300; i > 0; --i) text += static_cast<char>(random());
    }
  }
  return text;
}

}  // namespace

TEST_CASE("what is unpacked is what was packed, byte for byte") {
  const unsigned seed = std::random_device{}();
  MESSAGE("seed " << seed);
  std::mt19937 random{seed};
  for (int i = 0; i < 3000; ++i) {
    const std::string text = any_text(random);
    REQUIRE(round_trip(text) == text);
  }
}

TEST_CASE("texts of every small size, and of the largest, come back") {
  std::mt19937 random{7};
  std::string text;
  for (std::size_t size = 0; size <= 300; ++size) {
    CHECK(round_trip(text) == text);
    text += static_cast<char>(random());
  }
  for (const std::size_t size :
       {std::size_t{65535}, std::size_t{65536}, core::state_bytes_max, 2 * core::state_bytes_max}) {
    while (text.size() < size) text += static_cast<char>(random());
    text.resize(size);
    CHECK(round_trip(text) == text);
    CHECK(round_trip(std::string(size, 'x')).size() == size);
  }
}

TEST_CASE("a payment takes less than half of its document: the dictionary knows the format") {
  const std::string document = settled_payment();
  const std::size_t packed = pack(document).size();
  INFO(document << " takes " << packed);
  CHECK(packed * 2 < document.size());
}

TEST_CASE("bytes without any pattern grow by very little") {
  std::mt19937 random{7};
  std::string text;
  while (text.size() < 100000) text += static_cast<char>(random());
  CHECK(pack(text).size() <= text.size() + text.size() / 255 + 16);
}

TEST_CASE("what does not unpack to the size told is an error, never a text") {
  const std::string text = settled_payment();
  const std::string packed = pack(text);
  CHECK_THROWS_AS(unpack(packed, text.size() - 1), std::logic_error);
  CHECK_THROWS_AS(unpack(packed, text.size() + 1), std::logic_error);
  CHECK_THROWS_AS(unpack(packed.substr(0, packed.size() / 2), text.size()), std::logic_error);
}
