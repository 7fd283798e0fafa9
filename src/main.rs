//! The program: picks the cryptography every connection uses, and hands what was typed to `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    // An error means that one was picked already, which nobody before us can have done.
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    quaymaster::cli::main(std::env::args_os(), std::env::vars_os())
}
