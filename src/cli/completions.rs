//! `mermen completions`: what a shell needs to complete commands and options.

use super::{Arguments, print};
use clap::CommandFactory;
use clap_complete::Shell;

/// Print the script that makes a shell complete mermen's commands
#[derive(clap::Args)]
#[command(after_help = "Examples:
  mermen completions bash > ~/.local/share/bash-completion/completions/mermen
  mermen completions zsh > ~/.zfunc/_mermen
  mermen completions fish > ~/.config/fish/completions/mermen.fish")]
pub struct Args {
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub fn run(args: Args) -> anyhow::Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Arguments::command(), "mermen", &mut script);
    print(&String::from_utf8(script)?);
    Ok(0)
}
