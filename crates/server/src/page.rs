//! Pages of lists: `limit` and `offset` in, `previous`, `next` and `data` out. `next` is a whole URL as long as a page holds
//! something: clients follow it until a page is empty.

use crate::problem::Problem;
use crate::query::Query;
use crate::settings::Server;
use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use longshore_control_plane::Page;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

const LIMIT: u32 = 20;
const LIMITS: std::ops::RangeInclusive<u32> = 1..=100;

#[derive(Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// How many, at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: u32,
    /// How many are left out before.
    #[param(minimum = 0, default = 0)]
    offset: u32,
}

impl Default for PageQuery {
    fn default() -> Self {
        Self { limit: LIMIT, offset: 0 }
    }
}

/// Which page is asked for, and where its neighbours are.
pub(crate) struct Paging {
    pub(crate) page: Page,
    url: String,
    query: String,
}

impl FromRequestParts<Server> for Paging {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Problem> {
        let Query(PageQuery { limit, offset }) = Query::from_request_parts(parts, server).await?;
        if !LIMITS.contains(&limit) {
            return Err(Problem::bad_place("limit", "expected a number from 1 to 100"));
        }
        let path = parts.extensions.get::<OriginalUri>().map_or(parts.uri.path(), |original| original.0.path());
        let url = format!("{}{path}", server.base_url(&parts.headers));
        Ok(Self { page: Page { limit, offset }, url, query: parts.uri.query().unwrap_or_default().to_owned() })
    }
}

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct Paged<T> {
    /// The URL of the page before; empty on the first.
    previous: String,
    /// The URL of the page after; empty when this page is.
    next: String,
    data: Vec<T>,
}

impl Paging {
    pub(crate) fn paged<T>(&self, data: Vec<T>) -> Paged<T> {
        let Page { limit, offset } = self.page;
        let previous = if offset == 0 { String::new() } else { self.at(offset.saturating_sub(limit)) };
        let next = if data.is_empty() { String::new() } else { self.at(offset.saturating_add(limit)) };
        Paged { previous, next, data }
    }

    /// The same question at another offset.
    fn at(&self, offset: u32) -> String {
        let kept = form_urlencoded::parse(self.query.as_bytes()).filter(|(key, _)| key != "limit" && key != "offset");
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept)
            .append_pair("limit", &self.page.limit.to_string())
            .append_pair("offset", &offset.to_string())
            .finish();
        format!("{}?{query}", self.url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paging(offset: u32) -> Paging {
        let (url, query) = ("http://host/api/public/v1/jobs".to_owned(), "offset=7&a=1&a=2&limit=5".to_owned());
        Paging { page: Page { limit: 5, offset }, url, query }
    }

    #[test]
    fn next_is_a_whole_url_until_a_page_is_empty() {
        let page = paging(20).paged(vec![1]);
        assert_eq!(page.next, "http://host/api/public/v1/jobs?a=1&a=2&limit=5&offset=25");
        assert_eq!(page.previous, "http://host/api/public/v1/jobs?a=1&a=2&limit=5&offset=15");
        assert_eq!(paging(0).paged(Vec::<u8>::new()).next, "");
        assert_eq!(paging(0).paged(vec![1]).previous, "");
    }
}
