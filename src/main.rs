//! Parses the command line, starts telemetry, hands over.

use std::process::ExitCode;

fn main() -> ExitCode {
    wakeup_coach::cli::main()
}
