#include "broker/lifecycle/packing.hpp"

#include <lz4.h>
#include <stdexcept>

namespace sinyal::lifecycle {

namespace {

// Pieces of documents as codec/state.cpp writes them. What is most frequent stands last, where LZ4
// looks first; a run that is found whole costs three bytes.
constexpr std::string_view dictionary =
    R"("iv":1,"mx":,"ci":,"nx":17,"ch":[""],"fc":[""],"p":{"created":1,"charged":,"disabled":1,)"
    R"("cancelled":1,"charge-failed":1,"voided":1,"paid":1}"in":"","oi":"","cn":"","ti":"")"
    R"("nm":"","iu":"month","du":17,"pa":17,"do":"","aa":,"oa":,"f":,"ca":1,"dk":1,"ad":1,"q":1)"
    R"("c":"","bc":"","bl":"","pc":"","so":"alfamart","so":"indomaret","pt":"cstore")"
    R"("pl":"","si":"","ii":"","c1":"","c2":"","c3":"","pt":"echannel","pt":"akulaku")"
    R"("pt":"kredivo","pt":"dana","pt":"ovo","pt":"shopeepay","bk":"mandiri","bk":"permata")"
    R"("bk":"cimb","bk":"bni","bk":"bri","st":"authorized","w":"authorize""st":"challenged")"
    R"("st":"denied","w":"deny""st":"failed","w":"failure""st":"voided","w":"cancel")"
    R"("st":"reversed""st":"charged_back","w":"chargeback""cb":[{"i":"","st":"cancelled")"
    R"("st":"part_back_published","w":"partial_refund""st":"refunded","w":"refund")"
    R"(000,"sk":1,"r":[{"i":"","k":"","n":"","m":00000,"y":"","t":17,"b":17,"z":1}],)"
    R"("p":{"received":1,"settled":1,"denied":1,"cancelled":1,"failed":1,"authorized":1)"
    R"("st":"captured","w":"capture","x":{"pt":"credit_card","fs":"accept","sc":"200")"
    R"("sm":"Success, transaction is found","mc":"","st":"expired","w":"expire","sc":"202")"
    R"("p":{"received":1,"expired":1}}]@yahoo.com","cp":"08"@gmail.com","cp":"+628")"
    R"("st":"pending","w":"pending","x":{"pt":"qris","fs":"accept","sc":"201",)"
    R"("sm":"midtrans payment notification","aq":"gopay","is":"gopay"},"g":00000,"tt":17)"
    R"({"v":1,"s":2,"o":1,"a":[{"t":"","st":"settled","w":"settlement",)"
    R"("x":{"pt":"bank_transfer","fs":"accept","sc":"200","sm":"midtrans payment notification",)"
    R"("bk":"bca","va":"},"g":00000,"tt":17000,"se":17000,"ex":17000,"sk":1,)"
    R"("p":{"received":1,"settled":1}}],"d":{"cf":"","cl":"","ce":"@gmail.com","cp":"+628"},)"
    R"("da":00000})";

LZ4_stream_t with_dictionary() {
  LZ4_stream_t stream;
  LZ4_initStream(&stream, sizeof stream);
  LZ4_loadDict(&stream, dictionary.data(), static_cast<int>(dictionary.size()));
  return stream;
}

}  // namespace

std::string pack(std::string_view text) {
  static const LZ4_stream_t fresh = with_dictionary();
  const int most =
      text.size() > LZ4_MAX_INPUT_SIZE ? 0 : LZ4_compressBound(static_cast<int>(text.size()));
  if (most <= 0) throw std::length_error{"a text of more than 2 GB cannot be packed"};
  LZ4_stream_t stream = fresh;  // a copy of 16 KiB takes less time than reading the dictionary
  std::string packed(static_cast<std::size_t>(most), '\0');
  const int size = LZ4_compress_fast_continue(&stream, text.data(), packed.data(),
                                              static_cast<int>(text.size()), most, 1);
  packed.resize(static_cast<std::size_t>(size));
  return packed;
}

std::string unpack(std::string_view packed, std::size_t text_bytes) {
  std::string text(text_bytes, '\0');
  const int size = LZ4_decompress_safe_usingDict(
      packed.data(), text.data(), static_cast<int>(packed.size()), static_cast<int>(text.size()),
      dictionary.data(), static_cast<int>(dictionary.size()));
  if (size < 0 || static_cast<std::size_t>(size) != text_bytes) {
    throw std::logic_error{"a packed state does not unpack: this process's memory is damaged"};
  }
  return text;
}

}  // namespace sinyal::lifecycle
