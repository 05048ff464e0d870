//! The steps of an image: whose it is and who asks for it, here or brought, for which machine, and what it runs.

use super::Doctor;
use super::chart::{Chart, Found};
use super::entrypoint::{self, DEFAULT_PATH, Files, Place, file_to_run};
use crate::failure::config_failure;
use longshore_images::{Access, CheckStep, ImageName, Platform};
use longshore_protocol::{FailureOrigin, FailureReason};
use longshore_runner::{EngineImage, EngineImages, FileHead, ImageFiles};

/// The variable by which other platforms run an image.
const VARIABLE: &str = "AIRBYTE_ENTRYPOINT";

/// How files of programs end that an interpreter runs.
const FILE_ENDS: [&str; 9] = [".py", ".js", ".mjs", ".cjs", ".jar", ".sh", ".rb", ".php", ".pl"];

/// What images of systems have as their CMD.
const SHELLS: [&str; 3] = ["/bin/sh", "/bin/bash", "/bin/ash"];

/// The files of one image.
struct Inside<'a> {
    files: &'a ImageFiles,
    path: String,
    folder: &'a str,
    place: Place,
}

impl Files for Inside<'_> {
    async fn head(&self, path: &str) -> Result<Option<FileHead>, FailureReason> {
        self.files.head(&absolute(self.folder, path)).await
    }

    fn path(&self) -> String {
        self.path.clone()
    }

    fn place(&self) -> &Place {
        &self.place
    }
}

impl Doctor<'_> {
    /// From the name of an image to whether its program can be run.
    pub(super) async fn image(
        &self,
        image: &str,
        origin: FailureOrigin,
        chart: &mut Chart,
    ) -> Result<(), FailureReason> {
        let name = chart.judge("resolve", || {
            let name: ImageName = image.parse()?;
            let message = format!("the image {name}");
            Ok(Found::new(name, message))
        })?;
        let engine = EngineImages::connect(self.settings).await;
        let known = match &engine {
            Ok(engine) => engine.find(image, origin).await?.is_some(),
            Err(_) => true, // there is no use in asking a registry
        };
        let refused = chart.step("credentials", self.credentials(&name, known)).await?;
        let found = chart.step("pull", async {
            let engine = engine?;
            if let Some(failure) = refused {
                return Err(failure);
            }
            let found = engine.have(self.settings, image, origin).await?;
            let message = described(&found, known);
            Ok(Found::new((engine, found), message))
        });
        let (engine, found) = found.await?;
        let files = engine.files(&found).await?;
        let judged = look_into(image, &found, &files, chart).await;
        files.close().await;
        judged
    }

    /// Who asks the registry; and why it would not hand the image out, which the next step tells.
    async fn credentials(&self, name: &ImageName, known: bool) -> Result<Found<Option<FailureReason>>, FailureReason> {
        if known {
            return Ok(Found::skipped(None, "the Docker Engine has the image; no registry is asked"));
        }
        let mut steps = self.images.check(name, Access::Pull).await;
        let of_credentials = |step: &CheckStep| step.name != "pull";
        if let Some(at) = steps.iter().position(|step| step.failure.is_some() && of_credentials(step)) {
            return Err(steps.swap_remove(at).failure.unwrap_or_else(|| config_failure("registry.denied", "")));
        }
        let found: Vec<&str> = steps.iter().filter(|it| of_credentials(it)).map(|step| step.message.as_str()).collect();
        let message = found.join("; ");
        let refused = steps.into_iter().find(|step| step.name == "pull").and_then(|step| step.failure);
        Ok(Found::new(refused, message))
    }
}

fn described(image: &EngineImage, was_here: bool) -> String {
    let id = image.digests.first().and_then(|digest| digest.split_once('@')).map_or(image.id.as_str(), |(_, id)| id);
    let came = if was_here { "the Docker Engine has it" } else { "pulled" };
    format!("{came}: {id}, {:.1} MB", image.size_bytes as f64 / 1e6)
}

async fn look_into(
    name: &str,
    image: &EngineImage,
    files: &ImageFiles,
    chart: &mut Chart,
) -> Result<(), FailureReason> {
    let place = Place { is_image: true, of: format!(" of the image {name}") };
    let inside =
        Inside { files, folder: &image.folder, path: image.variable("PATH").unwrap_or(DEFAULT_PATH).to_owned(), place };
    let words = words(image);
    let located = match words.first() {
        Some(program) => entrypoint::locate(&inside, program).await?,
        None => None,
    };
    chart.judge("architecture", || {
        let built = architecture(name, image)?;
        let program = entrypoint::machine(&inside.place, located.as_ref())?;
        let program = program.map_or_else(String::new, |machine| format!(", its program for {machine}"));
        Ok(Found::new((), format!("built for {built}{program}")))
    })?;
    let judge = async {
        if words.is_empty() {
            return Err(no_entry_point(name, &image.command));
        }
        let message = entrypoint::judge(&inside, &words, located).await?;
        let note = variable(name, image)?;
        Ok(Found::new((), format!("{message}{note}")))
    };
    chart.step("entrypoint", judge).await
}

/// Where a path leads that is seen from a folder.
fn absolute(folder: &str, path: &str) -> String {
    match path.strip_prefix("./").unwrap_or(path) {
        whole if whole.starts_with('/') => whole.to_owned(),
        rest => format!("{}/{rest}", folder.trim_end_matches('/')),
    }
}

/// The words of the image: its entry point, else those of the variable.
fn words(image: &EngineImage) -> Vec<String> {
    if !image.entrypoint.is_empty() {
        return image.entrypoint.clone();
    }
    let command = image.variable(VARIABLE).unwrap_or_default();
    shell_words::split(command).unwrap_or_default()
}

fn architecture(name: &str, image: &EngineImage) -> Result<Platform, FailureReason> {
    let built = Platform { os: image.os.clone(), architecture: image.architecture.clone(), variant: None };
    let here = Platform::of_this_machine();
    if here.runs(&built) || (built.os == "linux" && entrypoint::is_emulated(&built.architecture)) {
        return Ok(built);
    }
    let message = format!(
        "the image {name} is built for {built}, and this machine is {here}; build it with `docker build --platform {here} .`"
    );
    Err(config_failure("image.wrong_architecture", message))
}

/// The CMD is no entry point: the verb takes its place. What it names is what was meant, more often than not.
fn no_entry_point(name: &str, command: &[String]) -> FailureReason {
    let meant = command.first().filter(|word| word.starts_with('/') && !SHELLS.contains(&word.as_str()));
    let (but, words) = match meant {
        Some(_) => (", and the verb replaces its CMD", serde_json::json!(command).to_string()),
        None => ("", r#"["/path/of/the/connector"]"#.to_owned()),
    };
    let message = format!(
        "the image {name} does not say what to run: it has neither ENTRYPOINT nor {VARIABLE}{but}; write `ENTRYPOINT \
         {words}` into its Dockerfile and build it again"
    );
    config_failure("image.no_entrypoint", message)
}

/// Other platforms start the image by the variable, in a folder of their own. A note when it has none.
fn variable(name: &str, image: &EngineImage) -> Result<String, FailureReason> {
    let entrypoint = image.entrypoint.join(" ");
    let Some(variable) = image.variable(VARIABLE) else {
        return Ok(format!("; for other platforms, add `ENV {VARIABLE}=\"{entrypoint}\"` to its Dockerfile"));
    };
    if let Some(word) = relative(&image.entrypoint) {
        let message = format!(
            "the ENTRYPOINT of the image {name} names `{word}`, which depends on the folder that it is started in; write \
             its whole path into the Dockerfile, such as `ENTRYPOINT [\"/connector/run\"]`"
        );
        return Err(config_failure("image.entrypoint_relative", message));
    }
    let words = shell_words::split(variable).unwrap_or_else(|_| vec![variable.to_owned()]);
    if let Some(word) = relative(&words) {
        let message = format!(
            "{VARIABLE} of the image {name} names `{word}`, and other platforms start it in a folder of their own; write \
             its whole path into the Dockerfile, such as `ENV {VARIABLE}=\"/connector/run\"`"
        );
        return Err(config_failure("image.entrypoint_relative", message));
    }
    if !image.entrypoint.is_empty() && words != image.entrypoint && variable.trim() != entrypoint {
        let message = format!(
            "{VARIABLE} of the image {name} is `{variable}`, and its ENTRYPOINT `{entrypoint}`, so platforms run different \
             programs; write `ENV {VARIABLE}=\"{entrypoint}\"` into its Dockerfile"
        );
        return Err(config_failure("image.entrypoint_differs", message));
    }
    Ok(String::new())
}

/// The word of a command line that means another file in another folder.
fn relative(words: &[String]) -> Option<&str> {
    let is_relative = |word: &str| {
        let is_path =
            word.starts_with("./") || word.starts_with("../") || FILE_ENDS.iter().any(|end| word.ends_with(end));
        !word.starts_with(['/', '-']) && is_path
    };
    let program = words.first().map(String::as_str).filter(|word| word.contains('/') && !word.starts_with('/'));
    program
        .or_else(|| file_to_run(words).filter(|word| is_relative(word)))
        .or_else(|| words.first().map(String::as_str).filter(|word| is_relative(word)))
}

#[cfg(test)]
mod tests {
    use super::{absolute, no_entry_point, relative, variable};
    use longshore_runner::EngineImage;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn code(entrypoint: &str, value: &str) -> String {
        let environment = vec![format!("AIRBYTE_ENTRYPOINT={value}")];
        let image = EngineImage { entrypoint: words(entrypoint), environment, ..EngineImage::default() };
        variable("x", &image).unwrap_or_else(|failure| failure.code)
    }

    #[test]
    fn words_that_depend_on_the_folder_are_found() {
        assert_eq!(relative(&words("python main.py")), Some("main.py"));
        assert_eq!(relative(&words("./run")), Some("./run"));
        assert_eq!(relative(&words("java -jar app.jar")), Some("app.jar"));
        assert!(
            ["python /app/main.py", "/run -c x", "java -cp a/b Main", "python -m x"]
                .iter()
                .all(|it| relative(&words(it)).is_none())
        );
    }

    #[test]
    fn a_relative_program_is_looked_for_in_the_folder_of_the_image() {
        assert_eq!(absolute("/app", "./run"), "/app/run");
        assert_eq!(absolute("/app/", "bin/run"), "/app/bin/run");
        assert_eq!(absolute("", "run"), "/run");
        assert_eq!(absolute("/app", "/run"), "/run");
    }

    #[test]
    fn a_command_is_offered_as_the_entry_point_and_a_shell_is_not() {
        let advice = |command: &str| no_entry_point("x", &words(command)).message;
        assert!(advice("/run -v").contains("ENTRYPOINT [\"/run\",\"-v\"]"), "{}", advice("/run -v"));
        assert!(advice("/bin/sh").contains("ENTRYPOINT [\"/path/of/the/connector\"]"));
    }

    #[test]
    fn the_variable_says_the_same_as_the_entry_point() {
        assert_eq!(code("/run", "/run"), "");
        assert_eq!(code("python /a b/x", "python '/a b/x'"), "image.entrypoint_differs");
        assert_eq!(code("/run", "/other"), "image.entrypoint_differs");
        assert_eq!(code("/run", "./run"), "image.entrypoint_relative");
        assert_eq!(code("./run", "./run"), "image.entrypoint_relative");
        assert_eq!(code("", "/run"), "");
        let silent = EngineImage { entrypoint: words("/run"), ..EngineImage::default() };
        assert!(variable("x", &silent).unwrap().contains("ENV AIRBYTE_ENTRYPOINT=\"/run\""));
    }
}
