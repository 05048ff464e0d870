//! What GitHub says about a comment's author and the pull request, read from the answers of its API.

use crate::failure::config_failure;
use longshore_protocol::FailureReason;
use serde_json::Value;

/// What a decision needs besides the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// What the author may do in the repository: `admin`, `write`, `read`, `none`.
    pub permission: String,
    /// The newest commit of the pull request.
    pub head: Head,
    /// The commit that the author has approved in a review, when that is their last word on it.
    pub approved: Vec<String>,
    /// The paths of the connectors that this commit has.
    pub connectors: Vec<String>,
}

/// The newest commit of a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Its name.
    pub sha: String,
    /// Whether it is of another repository, whose owners may not write to this one.
    pub is_fork: bool,
}

impl Facts {
    /// Reads the answers to `GET pulls/N`, `collaborators/AUTHOR/permission`, `pulls/N/reviews` (one page or a list of
    /// pages), and `git/trees/SHA:connectors` and `…:bases`, where a folder that does not exist is any other answer.
    ///
    /// # Errors
    /// `ci.event_invalid` when the pull request's answer names no commit.
    pub fn from_github(
        author: &str,
        pull: &Value,
        permission: &Value,
        reviews: &Value,
        [connectors, bases]: [&Value; 2],
    ) -> Result<Self, FailureReason> {
        let permission = permission.get("permission").and_then(Value::as_str).unwrap_or("none").to_owned();
        let connectors = [("connectors", connectors), ("bases", bases)];
        let connectors = connectors.into_iter().flat_map(|(folder, tree)| folders_of(folder, tree)).collect();
        Ok(Self { permission, head: head_of(pull)?, approved: approved_by(author, reviews), connectors })
    }
}

fn head_of(pull: &Value) -> Result<Head, FailureReason> {
    let text = |path: &str| pull.pointer(path).and_then(Value::as_str);
    let sha = text("/head/sha").filter(|sha| sha.len() == 40 && sha.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let sha = sha.ok_or_else(|| {
        let message =
            "the pull request's answer names no commit; hand over what `gh api repos/OWNER/NAME/pulls/N` prints";
        config_failure("ci.event_invalid", message)
    })?;
    let (head, base) = (text("/head/repo/full_name"), text("/base/repo/full_name"));
    // A fork that was deleted has no repository any more, and is still one.
    Ok(Head { sha: sha.to_ascii_lowercase(), is_fork: head.is_none() || head != base })
}

/// The commits whose last verdict by this author is an approval.
fn approved_by(author: &str, reviews: &Value) -> Vec<String> {
    let mut approved: Vec<String> = Vec::new();
    for review in flattened(reviews) {
        let text = |path: &str| review.pointer(path).and_then(Value::as_str);
        let (Some(login), Some(sha), Some(state)) = (text("/user/login"), text("/commit_id"), text("/state")) else {
            continue;
        };
        if !login.eq_ignore_ascii_case(author) || state == "COMMENTED" || state == "PENDING" {
            continue;
        }
        // A verdict stands in place of every earlier one.
        approved.clear();
        if state == "APPROVED" {
            approved.push(sha.to_ascii_lowercase());
        }
    }
    approved
}

/// The items of a list, or of a list of lists.
fn flattened(value: &Value) -> Vec<&Value> {
    let items = value.as_array().into_iter().flatten();
    items.flat_map(|item| item.as_array().map_or_else(|| vec![item], |page| page.iter().collect())).collect()
}

fn folders_of(folder: &str, tree: &Value) -> Vec<String> {
    let items = tree.get("tree").and_then(Value::as_array).into_iter().flatten();
    let folders = items.filter(|item| item.get("type").and_then(Value::as_str) == Some("tree"));
    folders.filter_map(|item| Some(format!("{folder}/{}", item.get("path")?.as_str()?))).collect()
}
