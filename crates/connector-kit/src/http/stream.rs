//! What is declared of a stream: where it is, what is in it, how it is read.

use super::pointer::Pointer;
use super::{Cursor, Paging, Slices};
use crate::Failure;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// Looks at a record and gives it, another one in its place, or none.
type Change = dyn Fn(&str) -> Result<Option<String>, Failure> + Send + Sync;

/// A stream of an HTTP API.
#[derive(Clone)]
pub struct HttpStream {
    pub(crate) name: String,
    pub(crate) is_post: bool,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<Value>,
    pub(crate) records: Pointer,
    pub(crate) primary_key: Vec<String>,
    pub(crate) schema: Option<Value>,
    pub(crate) paging: Paging,
    pub(crate) cursor: Option<Cursor>,
    pub(crate) slices: Slices,
    pub(crate) threads: usize,
    pub(crate) added: Vec<(String, String)>,
    pub(crate) change: Option<Arc<Change>>,
    pub(crate) missing_is_empty: bool,
}

impl HttpStream {
    /// A stream that is read with GET from a path below the client's address. `{name}` in the path is the slice's value.
    #[must_use]
    pub fn get(name: &str, path: &str) -> Self {
        Self {
            name: name.to_owned(),
            is_post: false,
            path: path.to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            records: Pointer::default(),
            primary_key: Vec::new(),
            schema: None,
            paging: Paging::none(),
            cursor: None,
            slices: Slices::default(),
            threads: 1,
            added: Vec::new(),
            change: None,
            missing_is_empty: false,
        }
    }

    /// A stream that is read with POST, such as a search or GraphQL.
    #[must_use]
    pub fn post(name: &str, path: &str) -> Self {
        Self { is_post: true, body: Some(Value::Object(serde_json::Map::new())), ..Self::get(name, path) }
    }

    /// Sends a query parameter. `{cursor}`, `{until}` and `{name}` of the slice are replaced; a parameter whose cursor is
    /// not there yet stays away.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Sends a header; its value is treated like that of a query parameter.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The JSON body of a POST; texts in it are treated like those of query parameters. A text that is nothing but `{name}`
    /// becomes what the name stands for: a number stays one.
    #[must_use]
    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// The records are at this JSON pointer of the answer (`/data/items`); without it the answer is the array. `*` stands
    /// for each element: `/edges/*/node`. A single object is one record, null is none.
    #[must_use]
    pub fn records_at(mut self, pointer: &str) -> Self {
        self.records = pointer.into();
        self
    }

    /// The fields that make a record unique.
    #[must_use]
    pub fn primary_key<N: Into<String>>(mut self, fields: impl IntoIterator<Item = N>) -> Self {
        self.primary_key = fields.into_iter().map(Into::into).collect();
        self
    }

    /// The JSON Schema of a record. Without it, `discover` reads a page and tells what it sees there.
    #[must_use]
    pub fn schema(mut self, schema: Value) -> Self {
        self.schema = Some(schema);
        self
    }

    /// The JSON Schema of a Rust type.
    #[must_use]
    pub fn schema_of<T: schemars::JsonSchema>(self) -> Self {
        self.schema(crate::config::schema_of::<T>())
    }

    /// How the API pages; without it everything is in one answer.
    #[must_use]
    pub fn paging(mut self, paging: Paging) -> Self {
        self.paging = paging;
        self
    }

    /// The stream can be read incrementally.
    #[must_use]
    pub fn incremental(mut self, cursor: Cursor) -> Self {
        self.cursor = Some(cursor);
        self
    }

    /// Reads the stream in parts.
    #[must_use]
    pub fn slices(mut self, slices: Slices) -> Self {
        self.slices = slices;
        self
    }

    /// Sends up to so many requests at the same time: for several slices; or, without slices, for several pages where
    /// [`Paging::page_number`] is used. Records stay in order. Each thread holds a page in memory.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// Adds a field to each record; its text may hold `{name}` of the slice, and is treated like one in a body. The API must
    /// not send a field of this name.
    #[must_use]
    pub fn add(mut self, field: &str, text: &str) -> Self {
        self.added.push((field.to_owned(), text.to_owned()));
        self
    }

    /// Changes each record, given as JSON text, or drops it (`None`). Records that are not looked at are several times
    /// faster: they pass as text.
    #[must_use]
    pub fn map(mut self, change: impl Fn(&str) -> Result<Option<String>, Failure> + Send + Sync + 'static) -> Self {
        self.change = Some(Arc::new(change));
        self
    }

    /// 404 is an empty page: for slices that some of the API's objects do not have.
    #[must_use]
    pub fn missing_is_empty(mut self) -> Self {
        self.missing_is_empty = true;
        self
    }

    /// Whether a run that was interrupted can go on where it stopped.
    pub(crate) fn is_resumable(&self) -> bool {
        self.cursor.is_some() || self.paging.has_places() || self.slices.is_named()
    }

    /// What is wrong with the declaration.
    pub(crate) fn complaint(&self) -> Option<String> {
        let problem = match &self.cursor {
            None if self.slices.is_windows() => "is read in windows of time, so it needs a cursor: `.incremental(…)`",
            Some(cursor) if self.slices.is_windows() && cursor.first().is_none() => {
                "is read in windows of time, so its cursor needs a start; set the start date in the configuration"
            }
            _ => return None,
        };
        Some(format!("stream {} {problem}", self.name))
    }
}

impl fmt::Debug for HttpStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpStream({} {})", self.name, self.path)
    }
}
