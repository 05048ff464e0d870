//! What mends each complaint, in an image and on this machine.

use super::Complaint;

const NETWORK: &str = "answer `spec` from what is in the connector; of `check`, look at the address in the configuration, \
                       and let a connector that cannot reach it print a CONNECTION_STATUS that says FAILED";

const VERBS: &str = "let the program take the verb as its first argument: `spec`, `check --config FILE`, `discover …`";

impl Complaint {
    /// Its own words, and what mends it.
    pub(crate) fn sentence(&self, is_image: bool) -> String {
        let (words, in_image, here) = match self {
            Self::LibraryMissing(words) => (
                words,
                "install the package that has the library in the Dockerfile",
                "install the package that has the library (`ldd PROGRAM` lists all of them)",
            ),
            Self::LibraryTooOld(words) => (
                words,
                "base the image on a distribution as new as the one that it was compiled on",
                "compile it on this machine, or link it statically",
            ),
            Self::ModuleMissing(words) => (
                words,
                "add it to what the Dockerfile installs",
                "install what the connector needs (`pip install -r requirements.txt`, `npm ci`)",
            ),
            Self::RuntimeTooOld(words) => {
                (words, "base the image on a newer runtime", "install a newer runtime, or compile for the older one")
            }
            Self::FileMissing(words) => (
                words,
                "copy the file into the image, or correct ENTRYPOINT",
                "correct the path; a whole path is safest",
            ),
            Self::InterpreterMissing(words) => (
                words,
                "add the interpreter to the image",
                "install the interpreter, or correct the first line of the file",
            ),
            Self::CommandMissing(words) => {
                (words, "install the command in the Dockerfile", "install the command, or correct the script")
            }
            Self::WrongMachine(words) => {
                (words, "build the image for this machine (`docker build --platform`)", "build it for this machine")
            }
            Self::NotExecutable(words) => (words, "add `RUN chmod +x FILE` to the Dockerfile", "run `chmod +x FILE`"),
            Self::CannotWrite(words) => (
                words,
                "let it write below /tmp, or give its user the folder: `RUN chown USER FOLDER` in the Dockerfile",
                "let it write below /tmp, or give this user the folder",
            ),
            Self::OutOfMemory(words) => (words, "let it take less memory", "let it take less memory"),
            Self::VariableMissing(words) => (
                words,
                "set it with ENV in the Dockerfile, or better make it a property of the configuration",
                "set it before, or better make it a property of the configuration",
            ),
            Self::NetworkNeeded(words) => (words, NETWORK, NETWORK),
            Self::VerbUnknown(words) => (words, VERBS, VERBS),
        };
        match is_image {
            true => format!("{words}; {in_image}, and build the image again"),
            false => format!("{words}; {here}"),
        }
    }
}
