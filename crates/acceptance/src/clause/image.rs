//! Images and metadata: how other platforms find and start a connector.

mod metadata;
mod rules;

use super::{Binds, Clause, Judge};
use crate::bench::{Bench, Unavailable};
use crate::finding::Finding;
use crate::rule::Wrong;
use longshore_devkit::Metadata;
use longshore_runner::{ConnectorRef, EngineImage, EngineImages};
use rules::{ENTRYPOINT, LABELS, RULES};

pub(crate) static CLAUSE: Clause = Clause {
    title: "Images and metadata",
    binds: Binds::Both,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const VARIABLE: &str = "AIRBYTE_ENTRYPOINT";

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let project = bench.plan.project.as_ref().map(longshore_devkit::Project::metadata);
    let mut findings = match image(bench).await {
        Ok(image) => vec![labels(&image, project), entrypoint(&image)],
        Err(why) => vec![LABELS.skipped(why.0.clone()), ENTRYPOINT.skipped(why.0)],
    };
    findings.extend(metadata::judge(project, bench.subject.origin));
    findings
}

async fn image(bench: &Bench<'_>) -> Result<EngineImage, Unavailable> {
    let ConnectorRef::Docker { image } = bench.subject.reference else {
        return Err(Unavailable("the connector is no image".to_owned()));
    };
    let engine = EngineImages::connect(bench.subject.settings).await;
    let found = match engine {
        Ok(engine) => engine.find(image, bench.subject.origin).await,
        Err(failure) => Err(failure),
    };
    match found {
        Ok(Some(image)) => Ok(image),
        Ok(None) => Err(Unavailable(format!("the Docker Engine does not have {image}"))),
        Err(failure) => Err(Unavailable(failure.message)),
    }
}

fn labels(image: &EngineImage, metadata: Option<&Metadata>) -> Finding {
    let wanted = [
        ("io.airbyte.name", metadata.map(|it| it.docker_repository.clone())),
        ("io.airbyte.version", metadata.map(|it| it.docker_image_tag.to_string())),
    ];
    let wrong = wanted.into_iter().filter_map(|(label, wanted)| {
        let found = image.labels.get(label).filter(|text| !text.is_empty());
        let why = match (found, wanted) {
            (None, _) => format!("the image has no label {label}"),
            (Some(found), Some(wanted)) if *found != wanted => {
                format!("the label {label} is {found}, and metadata.yaml says {wanted}")
            }
            (Some(_), _) => return None,
        };
        Some(Wrong::new(why, ""))
    });
    LABELS.judged("both labels are there", wrong.collect())
}

fn entrypoint(image: &EngineImage) -> Finding {
    let entrypoint = image.entrypoint.join(" ");
    let Some(variable) = image.variable(VARIABLE).map(str::trim).filter(|text| !text.is_empty()) else {
        return ENTRYPOINT.failed(format!("the image has no variable {VARIABLE}"));
    };
    let words = shell_words::split(variable).unwrap_or_default();
    match image.entrypoint.is_empty() || variable == entrypoint || words == image.entrypoint {
        true => ENTRYPOINT.passed(format!("{VARIABLE} is `{variable}`")),
        false => ENTRYPOINT.failed(format!("{VARIABLE} is `{variable}`, and the ENTRYPOINT `{entrypoint}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::{entrypoint, labels};
    use crate::finding::Status::{Failed, Passed};
    use longshore_runner::EngineImage;

    fn image(labels: &[(&str, &str)], variable: &str, entrypoint: &[&str]) -> EngineImage {
        EngineImage {
            local_name: "team/source-x:1.0.0".into(),
            id: "sha256:1".into(),
            digests: Vec::new(),
            size_bytes: 1,
            os: "linux".into(),
            architecture: "amd64".into(),
            entrypoint: entrypoint.iter().map(|word| (*word).to_owned()).collect(),
            command: Vec::new(),
            folder: String::new(),
            environment: vec![variable.to_owned()],
            user: String::new(),
            labels: labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        }
    }

    #[test]
    fn both_labels_are_there() {
        let both = [("io.airbyte.name", "team/source-x"), ("io.airbyte.version", "1.0.0")];
        assert_eq!(labels(&image(&both, "", &[]), None).status, Passed);
        assert_eq!(labels(&image(&both[..1], "", &[]), None).status, Failed);
    }

    #[test]
    fn the_variable_is_the_entry_point() {
        let of = |variable: &str| entrypoint(&image(&[], variable, &["python", "/app/main.py"])).status;
        assert_eq!(of("AIRBYTE_ENTRYPOINT=python /app/main.py"), Passed);
        assert_eq!(of("AIRBYTE_ENTRYPOINT=python '/app/main.py'"), Passed);
        assert_eq!(of("AIRBYTE_ENTRYPOINT=python /app/other.py"), Failed);
        assert_eq!(of("AIRBYTE_ENTRYPOINT="), Failed);
        assert_eq!(of("PATH=/bin"), Failed);
    }
}
