//! How much of the machine a connector may take: what is written at its definition, and at the source or destination.
//!
//! The form is that of the platform's API: `{"default": {"memory_limit": "2Gi", "cpu_limit": "0.5"}, "jobSpecific":
//! [{"jobType": "sync", "resourceRequirements": {…}}]}`. Requests are for schedulers of clusters; only limits bind here.

use longshore_runner::{Limits, Verb};
use serde_json::Value;

/// The limits of one verb; what comes later in `requirements` wins.
pub(crate) fn limits<'a>(requirements: impl IntoIterator<Item = &'a Value>, verb: Verb) -> Limits {
    requirements.into_iter().fold(Limits::default(), |limits, requirements| {
        let parts = [requirements.get("default"), specific(requirements, verb)];
        parts.into_iter().flatten().fold(limits, |limits, part| Limits {
            memory_bytes: text(part, "memory_limit").and_then(|text| bytes(&text)).or(limits.memory_bytes),
            cpus: text(part, "cpu_limit").and_then(|text| cpus(&text)).or(limits.cpus),
        })
    })
}

fn specific(requirements: &Value, verb: Verb) -> Option<&Value> {
    let job_type = match verb {
        Verb::Spec => "get_spec",
        Verb::Check => "check_connection",
        Verb::Discover => "discover_schema",
        Verb::Read | Verb::Write => "sync",
    };
    let parts = requirements.get("jobSpecific")?.as_array()?;
    parts.iter().find(|part| part["jobType"] == job_type)?.get("resourceRequirements")
}

fn text(part: &Value, name: &str) -> Option<String> {
    match part.get(name)? {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `512Mi`, `2Gi`, `1.5G`, `1000000`.
fn bytes(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let factor: u64 = match &text[digits..] {
        "" => 1,
        "k" | "K" => 1000,
        "M" => 1000 * 1000,
        "G" => 1000 * 1000 * 1000,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        _ => return None,
    };
    let number: f64 = text[..digits].parse().ok()?;
    Some((number * factor as f64) as u64).filter(|bytes| *bytes > 0)
}

/// `2`, `0.5`, `500m`.
fn cpus(text: &str) -> Option<f64> {
    let cpus = match text.strip_suffix('m') {
        Some(thousandths) => thousandths.parse::<f64>().ok()? / 1000.0,
        None => text.parse().ok()?,
    };
    Some(cpus).filter(|cpus| cpus.is_finite() && *cpus > 0.0)
}

#[cfg(test)]
mod tests {
    use super::{Limits, Verb, limits};
    use serde_json::json;

    #[test]
    fn the_nearest_limit_binds() {
        let of_definition = json!({
            "default": {"memory_limit": "1Gi", "cpu_limit": "500m", "memory_request": "7Gi"},
            "jobSpecific": [{"jobType": "sync", "resourceRequirements": {"memory_limit": "2.5Gi"}}],
        });
        let of_actor = json!({"default": {"cpu_limit": 2}});
        let both = [&of_definition, &of_actor];
        assert_eq!(limits(both, Verb::Read), Limits { memory_bytes: Some(5 << 29), cpus: Some(2.0) });
        assert_eq!(limits([&of_definition], Verb::Check), Limits { memory_bytes: Some(1 << 30), cpus: Some(0.5) });
    }

    #[test]
    fn what_is_no_amount_binds_nothing() {
        for text in ["", "much", "1Ti", "-1", "0"] {
            let wrong = json!({"default": {"memory_limit": text, "cpu_limit": text.replace("1Ti", "x")}});
            assert_eq!(limits([&wrong], Verb::Read), Limits::default(), "{text}");
        }
    }
}
