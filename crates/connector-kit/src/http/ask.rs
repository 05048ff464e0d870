//! The request for a page of a stream.

use super::paging::Target;
use super::parts::Part;
use super::request::Request;
use super::template::{Words, plain};
use super::{Client, HttpStream, url};
use crate::Failure;
use serde_json::Value;

/// The request for a page.
pub(crate) fn request<'a>(
    client: &'a Client,
    stream: &HttpStream,
    part: &Part,
    place: Option<&Value>,
) -> Result<Request<'a>, Failure> {
    let words = words(stream, part)?;
    let missing = || Failure::system(format!("stream {}: its path holds a cursor that is not there yet", stream.name));
    let path = words.fill(&stream.path, url::escape).ok_or_else(missing)?;
    if let Some(address) = stream.paging.address(place) {
        return Ok(headed(client.get(address), stream, &words));
    }
    let request = if stream.is_post { client.post(&path) } else { client.get(&path) };
    let mut request = headed(request, stream, &words);
    let own = stream.query.iter().map(|(name, value)| (Target::Query(name.clone()), value.clone()));
    let cursor = stream.cursor.iter().flat_map(|cursor| cursor.parameters.clone());
    let texts = own.chain(cursor).filter_map(|(target, text)| Some((target, words.fill_value(&text)?)));
    let mut body = stream.body.as_ref().and_then(|body| words.fill_body(body));
    let pages = stream.paging.parameters(place).into_iter().map(|(target, value)| (target.clone(), value));
    for (target, value) in texts.chain(pages) {
        match (target, &mut body) {
            (Target::Query(name), _) => request = request.query(&name, plain(&value)),
            (Target::Body(pointer), Some(body)) => put(body, pointer.parts(), value),
            (Target::Body(_), None) => {
                return Err(Failure::system(format!("stream {} has no body; declare it with `post`", stream.name)));
            }
        }
    }
    Ok(match body {
        Some(body) => request.json(&body),
        None => request,
    })
}

fn headed<'a>(request: Request<'a>, stream: &HttpStream, words: &Words) -> Request<'a> {
    let filled = stream.headers.iter().filter_map(|(name, value)| Some((name, words.fill(value, str::to_owned)?)));
    filled.fold(request, |request, (name, value)| request.header(name, &value))
}

/// What the request is about: the slice, the cursor, the end of the window.
fn words(stream: &HttpStream, part: &Part) -> Result<Words, Failure> {
    let mut words = part.words.clone();
    if let Some(cursor) = &stream.cursor {
        let from = part.cursor.as_ref().map(|value| cursor.in_format(value, part.looks_back)).transpose()?;
        words.set("cursor", from);
        let until = part.window.as_ref().map(|window| cursor.in_format(&window.until, false)).transpose()?;
        words.set("until", until);
    }
    Ok(words)
}

/// Puts a value into a body; objects on the way are made.
fn put(body: &mut Value, path: &[String], value: Value) {
    let Some((name, rest)) = path.split_first() else {
        *body = value;
        return;
    };
    if !body.is_object() {
        *body = Value::Object(serde_json::Map::new());
    }
    if let Value::Object(fields) = body {
        put(fields.entry(name.clone()).or_insert(Value::Null), rest, value);
    }
}
