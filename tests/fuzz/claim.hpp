#pragma once
// What a target's oracle says when it is broken, which libFuzzer takes for a crash.

#include <cstdio>
#include <cstdlib>

namespace sinyal::fuzz {

inline void claim(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "it does not hold that %s\n", what);
  std::abort();
}

}  // namespace sinyal::fuzz
