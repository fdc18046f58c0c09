#pragma once
// The command line: one program, a table of commands.

namespace sinyal::cli {

/// Parses, runs the command, returns the exit status. Results go to standard output, everything
/// else to standard error.
int run(int argc, char** argv);

}  // namespace sinyal::cli
