//! The `mermen` program: parse, dispatch, print the chain of errors, exit code.

fn main() -> std::process::ExitCode {
    mermen::cli::main()
}
