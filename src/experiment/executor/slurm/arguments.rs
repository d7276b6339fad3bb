//! `--slurm-args`: what the user adds to `sbatch`.

use super::SlurmError;

/// Options that this program sets itself, with what to do instead.
const OWN: [(&str, &str, &str); 14] = [
    ("--array", "-a", "use --array-limit for the number of tasks at a time"),
    ("--chdir", "-D", "tasks start in the folder that the command is given in"),
    ("--clusters", "-M", "log in to the cluster that is to make the runs"),
    ("--error", "-e", "`mermen status` tells where each log is"),
    ("--input", "-i", "tasks read nothing"),
    ("--job-name", "-J", "jobs are found again by their name"),
    ("--no-requeue", "", "a task that is put back goes on from its checkpoint"),
    ("--open-mode", "", "a task that is put back goes on in its log"),
    ("--output", "-o", "`mermen status` tells where each log is"),
    ("--parsable", "", "it is set already"),
    ("--signal", "", "tasks are warned a minute before their time is up"),
    ("--test-only", "", "use --dry-run to see what would be submitted"),
    ("--wait", "-W", "`mermen run` waits, unless --detach is given"),
    ("--wrap", "", "the script is made by this program"),
];

/// The words of all `--slurm-args`, split as a shell does.
///
/// # Errors
/// On a quote that is not closed, and on an option that this program sets itself.
pub fn sbatch_arguments(given: &[String]) -> Result<Vec<String>, SlurmError> {
    let mut words = Vec::new();
    for text in given {
        let split = shlex::split(text);
        words.extend(
            split.ok_or_else(|| SlurmError::Arguments(format!("`{text}` has a quote that is not closed, or ends with a backslash")))?,
        );
    }
    for word in &words {
        let name = word.split_once('=').map_or(word.as_str(), |(name, _)| name);
        let is = |long: &str, short: &str| name == long || (!short.is_empty() && !word.starts_with("--") && word.starts_with(short));
        if let Some((long, _, instead)) = OWN.iter().find(|(long, short, _)| is(long, short)) {
            return Err(SlurmError::Arguments(format!("`{word}` cannot be given, since this program sets {long} itself: {instead}")));
        }
    }
    if words.first().is_some_and(|word| !word.starts_with('-')) {
        let word = &words[0];
        return Err(SlurmError::Arguments(format!(
            "`{word}` is not an option; expected options of sbatch, as in `--partition=NAME --time=4:00:00`"
        )));
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(given: &[&str]) -> Result<Vec<String>, String> {
        sbatch_arguments(&given.iter().map(|&text| text.into()).collect::<Vec<_>>()).map_err(|error| error.to_string())
    }

    #[test]
    fn words_are_split_as_a_shell_does() {
        assert_eq!(
            words(&["--partition=long -t 4:00:00", "--comment='two words'"]).unwrap(),
            ["--partition=long", "-t", "4:00:00", "--comment=two words"]
        );
        assert_eq!(words(&[]).unwrap(), [""; 0]);
        assert_eq!(words(&["-A lab -c 2 -C avx2"]).unwrap().len(), 6, "options that differ by their case are others");
    }

    #[test]
    fn what_the_program_sets_itself_is_refused_with_what_to_do_instead() {
        for (given, part) in [
            ("--array=0-3", "use --array-limit"),
            ("-a0-3", "use --array-limit"),
            ("--mem=1G --output x", "mermen status"),
            ("-W", "--detach"),
            ("--comment='a", "quote that is not closed"),
            ("debug", "`debug` is not an option"),
        ] {
            let error = words(&[given]).unwrap_err();
            assert!(error.starts_with("--slurm-args: ") && error.contains(part), "{error}");
        }
    }
}
