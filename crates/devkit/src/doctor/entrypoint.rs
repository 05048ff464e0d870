//! Judges what is to be run, before it is: the program, what runs it, and the file that it is told to run.

use super::file_head::{Program, program};
use crate::failure::config_failure;
use longshore_images::Platform;
use longshore_protocol::FailureReason;
use longshore_runner::{FileHead, FileKind};

/// The folders in which a program is looked up when nothing says otherwise.
pub(super) const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Programs whose first argument is the file of the connector. `java` names it after `-jar`.
const RUNNERS: [&str; 12] =
    ["python", "python2", "python3", "node", "nodejs", "deno", "bun", "ruby", "perl", "php", "sh", "bash"];

/// Where the files are: in an image, or on this machine.
pub(super) trait Files {
    /// The head of a file; none when there is no such file.
    async fn head(&self, path: &str) -> Result<Option<FileHead>, FailureReason>;
    /// The folders in which programs are looked up.
    fn path(&self) -> String;
    /// The codes and words of failures.
    fn place(&self) -> &Place;
}

/// How failures speak of the place.
pub(super) struct Place {
    /// Whether it is an image.
    pub(super) is_image: bool,
    /// ` of the image x`, or nothing.
    pub(super) of: String,
}

/// A program that was found.
pub(super) struct Located {
    /// Its absolute path, or as it was named.
    pub(super) path: String,
    pub(super) head: FileHead,
}

/// What is wrong with a program; each has a code for images and one for this machine.
enum Flaw {
    NotFound,
    IsFolder,
    NotExecutable,
    Empty,
    NoFirstLine,
    WindowsLineEnds,
    NoInterpreter,
    NoLoader,
    OtherMachine,
}

impl Place {
    fn failure(&self, flaw: &Flaw, message: String) -> FailureReason {
        let code = match (flaw, self.is_image) {
            (Flaw::NotFound, true) => "image.entrypoint_not_found",
            (Flaw::NotFound, false) => "program.not_found",
            (Flaw::IsFolder, true) => "image.entrypoint_is_folder",
            (Flaw::IsFolder, false) => "program.is_folder",
            (Flaw::NotExecutable, true) => "image.entrypoint_not_executable",
            (Flaw::NotExecutable, false) => "program.not_executable",
            (Flaw::Empty, true) => "image.entrypoint_empty",
            (Flaw::Empty, false) => "program.empty",
            (Flaw::NoFirstLine, true) => "image.no_first_line",
            (Flaw::NoFirstLine, false) => "program.no_first_line",
            (Flaw::WindowsLineEnds, true) => "image.windows_line_ends",
            (Flaw::WindowsLineEnds, false) => "program.windows_line_ends",
            (Flaw::NoLoader, true) => "image.no_loader",
            (Flaw::NoLoader, false) => "program.no_loader",
            (Flaw::NoInterpreter, true) => "image.no_interpreter",
            (Flaw::NoInterpreter, false) => "program.no_interpreter",
            (Flaw::OtherMachine, true) => "image.wrong_architecture",
            (Flaw::OtherMachine, false) => "program.wrong_architecture",
        };
        config_failure(code, message)
    }

    /// How the thing is mended, in an image or on this machine.
    fn advice(&self, in_image: &str, here: &str) -> String {
        if self.is_image { format!("{in_image} and build the image again") } else { here.to_owned() }
    }
}

/// Finds a program as the kernel or a shell would.
pub(super) async fn locate(files: &impl Files, name: &str) -> Result<Option<Located>, FailureReason> {
    if name.contains('/') {
        return Ok(files.head(name).await?.map(|head| Located { path: name.to_owned(), head }));
    }
    for folder in files.path().split(':').filter(|folder| !folder.is_empty()) {
        let path = format!("{folder}/{name}");
        if let Some(head) = files.head(&path).await?.filter(|head| head.kind == FileKind::File) {
            return Ok(Some(Located { path, head }));
        }
    }
    Ok(None)
}

/// Whether a program is built for this machine; its machine, if it says one.
pub(super) fn machine(place: &Place, located: Option<&Located>) -> Result<Option<String>, FailureReason> {
    let Some(located) = located else { return Ok(None) };
    let Program::Elf { machine, .. } = program(&located.head.bytes) else { return Ok(None) };
    let here = Platform::of_this_machine();
    if machine == here.architecture || is_emulated(&machine) {
        return Ok(Some(machine));
    }
    let (path, of) = (&located.path, &place.of);
    let advice = place.advice(
        &format!("compile it for this machine (`docker build --platform {here} .`)"),
        "build it for this machine",
    );
    let message = format!("{path}{of} is built for {machine}, and this machine is {}; {advice}", here.architecture);
    Err(place.failure(&Flaw::OtherMachine, message))
}

/// Whether the kernel hands programs of another machine to an emulator.
pub(super) fn is_emulated(machine: &str) -> bool {
    let name = match machine {
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        "386" => "i386",
        other => other,
    };
    std::path::Path::new("/proc/sys/fs/binfmt_misc").join(format!("qemu-{name}")).exists()
        || (machine == "386" && Platform::of_this_machine().architecture == "amd64")
}

/// Whether all that is needed to run these words is there.
pub(super) async fn judge(
    files: &impl Files,
    words: &[String],
    located: Option<Located>,
) -> Result<String, FailureReason> {
    let place = files.place();
    let name = words.first().map_or("", String::as_str);
    let Some(located) = located else { return Err(not_found(place, name)) };
    executable(place, &located)?;
    interpreter(files, &located).await?;
    operand(files, words).await?;
    Ok(format!("{} is there, and may be executed", located.path))
}

fn not_found(place: &Place, name: &str) -> FailureReason {
    let of = if place.is_image { format!("the entry point{}", place.of) } else { "the connector".to_owned() };
    let message = match name.contains('/') {
        true => format!(
            "there is no program {name}, which {of} is; {}",
            place.advice("correct ENTRYPOINT, or copy the program there,", "look at the spelling and the folder")
        ),
        false => format!(
            "no folder of PATH holds a program `{name}`, which {of} is; {}",
            place
                .advice("install it in the Dockerfile", &format!("install it, or name its folder, such as `./{name}`"))
        ),
    };
    place.failure(&Flaw::NotFound, message)
}

fn executable(place: &Place, located: &Located) -> Result<(), FailureReason> {
    let (path, of) = (&located.path, &place.of);
    if located.head.kind == FileKind::Folder {
        let message =
            format!("{path}{of} is a folder; {}", place.advice("name the program in it", "name the program in it"));
        return Err(place.failure(&Flaw::IsFolder, message));
    }
    if located.head.mode & 0o111 == 0 {
        let advice =
            place.advice(&format!("add `RUN chmod +x {path}` to its Dockerfile"), &format!("run `chmod +x {path}`"));
        let message =
            format!("{path}{of} may not be executed (its mode is {:o}); {advice}", located.head.mode & 0o7777);
        return Err(place.failure(&Flaw::NotExecutable, message));
    }
    Ok(())
}

async fn interpreter(files: &impl Files, located: &Located) -> Result<(), FailureReason> {
    let (place, path) = (files.place(), &located.path);
    let of = &place.of;
    let failure = |flaw: Flaw, message: String| Err(place.failure(&flaw, message));
    match program(&located.head.bytes) {
        Program::Unknown { is_empty: true } => {
            let message = format!("{path}{of} is empty; {}", place.advice("look at what makes it", "make it again"));
            failure(Flaw::Empty, message)
        }
        Program::Unknown { .. } => {
            let line = "begin it with a line such as `#!/bin/sh`";
            let message = format!(
                "{path}{of} is no program, and no script that says what shall run it; {}",
                place.advice(line, line)
            );
            failure(Flaw::NoFirstLine, message)
        }
        Program::Script { interpreter, has_windows_end: true, .. } => {
            let message = format!(
                "the first line of {path}{of} ends as on Windows, so `{interpreter}\\r` is looked for; {}",
                place.advice(
                    &format!("add `RUN sed -i 's/\\r$//' {path}` to its Dockerfile"),
                    &format!("run `sed -i 's/\\r$//' {path}`")
                )
            );
            failure(Flaw::WindowsLineEnds, message)
        }
        Program::Script { interpreter, argument, .. } => script(files, located, &interpreter, argument).await,
        Program::Elf { loader: Some(loader), .. } if files.head(&loader).await?.is_none() => {
            let message = format!(
                "{path}{of} needs the loader {loader}, which is not there; {}",
                place.advice(
                    "base the image on the C library that the program was built with, or link it statically,",
                    "install that C library, or link the program statically"
                )
            );
            failure(Flaw::NoLoader, message)
        }
        Program::Elf { .. } => Ok(()),
    }
}

async fn script(
    files: &impl Files,
    located: &Located,
    interpreter: &str,
    argument: Option<String>,
) -> Result<(), FailureReason> {
    let (place, path) = (files.place(), &located.path);
    let by_env = interpreter.ends_with("/env").then(|| argument.as_deref().and_then(by_env)).flatten();
    let is_there = match files.head(interpreter).await? {
        None => false,
        Some(_) => match &by_env {
            Some(name) => locate(files, name).await?.is_some(),
            None => true,
        },
    };
    if is_there {
        return Ok(());
    }
    let missing = by_env.unwrap_or_else(|| interpreter.to_owned());
    let message = format!(
        "{path}{} shall be run by `{missing}`, which is not there; {}",
        place.of,
        place.advice(
            "add it to the image, or correct the first line,",
            "install it, or correct the first line of the file"
        )
    );
    Err(place.failure(&Flaw::NoInterpreter, message))
}

/// The program that `env` is to find, behind its options and variables.
fn by_env(argument: &str) -> Option<String> {
    let mut words = argument.split_whitespace().filter(|word| !word.starts_with('-') && !word.contains('='));
    words.next().map(str::to_owned)
}

/// The file that an interpreter is told to run must be there, too.
async fn operand(files: &impl Files, words: &[String]) -> Result<(), FailureReason> {
    let place = files.place();
    let Some(file) = file_to_run(words).filter(|file| file.starts_with('/')) else { return Ok(()) };
    if files.head(file).await?.is_some() {
        return Ok(());
    }
    let message = format!(
        "there is no file {file}{}, which `{}` is to run; {}",
        place.of,
        words[0],
        place.advice("copy it there, or correct ENTRYPOINT,", "look at the spelling and the folder")
    );
    Err(place.failure(&Flaw::NotFound, message))
}

/// The file among the words of an interpreter that holds the connector.
pub(super) fn file_to_run(words: &[String]) -> Option<&str> {
    let (first, rest) = words.split_first()?;
    let name = first.rsplit('/').next().unwrap_or(first);
    if name == "java" {
        let at = rest.iter().position(|word| word == "-jar")?;
        return rest.get(at + 1).map(String::as_str);
    }
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let is_runner = RUNNERS.contains(&name) || RUNNERS.contains(&plain);
    let file = rest.first().filter(|word| is_runner && !word.starts_with('-'))?;
    Some(file)
}

#[cfg(test)]
mod tests {
    use super::{by_env, file_to_run};

    fn file(words: &str) -> Option<String> {
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        file_to_run(&words).map(str::to_owned)
    }

    #[test]
    fn the_file_of_an_interpreter_is_found_and_no_other_word_taken_for_one() {
        assert_eq!(file("python3.11 /app/main.py --debug").as_deref(), Some("/app/main.py"));
        assert_eq!(file("/usr/bin/java -Xmx1g -jar app.jar").as_deref(), Some("app.jar"));
        assert_eq!(file("node index.js").as_deref(), Some("index.js"));
        assert!(
            ["python -m source_x", "/app/run serve", "java Main", "sh -c exec"].iter().all(|it| file(it).is_none())
        );
    }

    #[test]
    fn env_finds_what_stands_behind_its_options() {
        assert_eq!(by_env("-S A=1 python3 -u").as_deref(), Some("python3"));
        assert_eq!(by_env("node").as_deref(), Some("node"));
    }
}
