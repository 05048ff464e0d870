//! The tags of a repository, page by page.

use super::explain::About;
use super::trouble::{How, Trouble};
use super::{Registry, good};
use crate::token::{Authorization, Scope};
use crate::{ImageName, http};
use longshore_protocol::FailureReason;
use reqwest::header::{HeaderMap, LINK};
use reqwest::{Method, Url};
use serde::Deserialize;
use std::collections::HashSet;

/// How many tags are asked for at once; registries may give fewer.
const TAGS_OF_A_PAGE: usize = 1000;

/// The most bytes of a page.
const MOST_PAGE_BYTES: usize = 4 << 20;

/// Some tags, and where the next are.
struct Page {
    tags: Vec<String>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    /// Empty repositories have `null`.
    tags: Option<Vec<String>>,
}

impl Registry {
    /// The tags of a repository.
    pub(crate) async fn tags(&self, name: &ImageName) -> Result<Vec<String>, FailureReason> {
        let (mut tags, mut seen) = (Vec::new(), HashSet::new());
        let mut next = Some(path(name, TAGS_OF_A_PAGE));
        while let Some(path) = next.filter(|path| seen.insert(path.clone())) {
            let page = self.page_of_tags(name, &path).await?;
            tags.extend(page.tags);
            next = page.next;
        }
        Ok(tags)
    }

    /// Asks for a tag of the repository, whichever, to see whether there is such a repository.
    pub(crate) async fn look_for_repository(&self, name: &ImageName) -> Result<(), FailureReason> {
        self.page_of_tags(name, &path(name, 1)).await.map(|_| ())
    }

    async fn page_of_tags(&self, name: &ImageName, path: &str) -> Result<Page, FailureReason> {
        let scope = Scope::pull(name.repository());
        self.attempt(&scope, &About::pull(name), |auth| self.get_tags(path, auth)).await
    }

    async fn get_tags(&self, path: &str, auth: Authorization) -> Result<Page, Trouble> {
        let response = good(self.request(Method::GET, &self.url(path), &auth)).await?;
        let next = next(response.url(), response.headers());
        let odd = |why: &str| Trouble::Broken(How::Odd, format!("its list of tags {why}"));
        let bytes = http::bounded(response, MOST_PAGE_BYTES).await?.ok_or_else(|| odd("is too large"))?;
        let answer: Answer = serde_json::from_slice(&bytes).map_err(|_| odd("is not the JSON of one"))?;
        Ok(Page { tags: answer.tags.unwrap_or_default(), next })
    }
}

fn path(name: &ImageName, count: usize) -> String {
    format!("v2/{}/tags/list?n={count}", name.repository())
}

/// Where the next page is: `Link: </v2/team/x/tags/list?n=100&last=1.2>; rel="next"`. Its host is left out, since it is
/// this registry, whatever name that has behind its proxy.
fn next(page: &Url, headers: &HeaderMap) -> Option<String> {
    let link =
        headers.get_all(LINK).iter().find_map(|link| link.to_str().ok().filter(|it| it.contains("rel=\"next\"")))?;
    let (target, _) = link.split_once('<')?.1.split_once('>')?;
    let url = page.join(target).ok()?;
    let path = url.path().trim_start_matches('/');
    Some(url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")))
}
