//! Completion scripts and manual pages, made from the same table as the parser.

use clap::CommandFactory as _;

use super::args::Cli;
use super::console;
use super::exit::{Exit, Outcome};
use super::failure::Failure;

/// The whole command tree, with the exit codes at the end of the help.
pub(super) fn tree() -> clap::Command {
    Cli::command().after_help(Exit::table())
}

/// Prints a completion script.
pub(super) fn completions(shell: clap_complete::Shell) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut tree(), "quaymaster", &mut script);
    print(&script)
}

/// Prints a command's manual page.
pub(super) fn man(words: &[String]) -> Outcome {
    let mut command = tree();
    command.build();
    for word in words {
        let Some(found) = command.find_subcommand(word) else {
            let what = format!("{} has no command {word}", command.get_name());
            return Err(Failure::usage(what).try_this("to see the commands: quaymaster --help"));
        };
        command = found.clone();
    }
    let command = command.after_help(Exit::table());
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(command).render(&mut page);
    rendered.map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    print(&page)
}

fn print(text: &[u8]) -> Outcome {
    console::data(&String::from_utf8_lossy(text))?;
    Ok(Exit::Done)
}
