#pragma once
// What the process ends with; a public contract.

namespace sinyal::cli {

inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;          // or a difference was found
inline constexpr int exit_usage = 2;           // wrong use of the command line
inline constexpr int exit_configuration = 78;  // sysexits.h: EX_CONFIG

}  // namespace sinyal::cli
