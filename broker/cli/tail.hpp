#pragma once
// `sinyal tail`: which signals to show, and how one looks. Pure; reading them is broker/kafka's.

#include "broker/codec/record.hpp"
#include "broker/config.hpp"
#include "broker/core/signal.hpp"
#include "broker/core/subject.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sinyal::cli {

struct tail_filter {
  std::string merchant;  // empty: any
  std::optional<core::subject> subject;
  bool lets_through(std::string_view key) const;
};

/// `<merchant>:<kind>:<id>` or `<kind>:<id>`. False when it is neither, or of another merchant than
/// the one that the filter has already.
bool parse_subject(std::string_view text, tail_filter& to);

/// The same, where a subject stands on the command line as `where`: what is wrong with it, or
/// nothing. Where several merchants are configured, it must be said whose it is.
std::optional<std::string> choose_subject(const config& all, std::string_view where,
                                          std::string_view text, tail_filter& to);

struct tail_format {
  bool json = false;
  bool with_notification = false;
  bool colours = false;
};

/// One event, without a line break at its end.
std::string format_event(std::string_view topic, const codec::record_view& record,
                         const tail_format& format);

}  // namespace sinyal::cli
