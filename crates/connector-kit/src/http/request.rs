//! A request: it is tried until it is answered, or until nothing is to be hoped for.

use super::answer::{Answer, note};
use super::failure::{Again, Refusal, given_up, of_error, of_status};
use super::{Client, url};
use crate::Failure;
use std::io::Read;
use std::time::{Duration, Instant};
use ureq::Body;
use ureq::http::{self, HeaderMap, HeaderName, Response, StatusCode, Uri, header::LOCATION};

/// A wait of this long or longer is told in the log.
const TOLD_WAIT: Duration = Duration::from_secs(2);

/// Redirects that are followed.
const REDIRECTS: u32 = 5;

/// Sizes a body's memory by what the server announces, but not beyond this.
const MOST_ANNOUNCED_BYTES: u64 = 64 * 1024 * 1024;

/// A request that is being put together.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    client: &'a Client,
    method: &'static str,
    url: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

impl<'a> Request<'a> {
    pub(crate) fn new(client: &'a Client, method: &'static str, path: &str) -> Self {
        let url = url::below(&client.base, path);
        Self { client, method, url, query: Vec::new(), headers: Vec::new(), body: None }
    }

    /// Adds a query parameter; it is escaped here.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends a JSON body.
    #[must_use]
    pub fn json(mut self, body: &serde_json::Value) -> Self {
        self.body = Some(body.to_string());
        self.header("content-type", "application/json")
    }

    /// Sends a form.
    #[must_use]
    pub fn form(mut self, fields: &[(&str, &str)]) -> Self {
        let fields = fields.iter().map(|(name, value)| format!("{}={}", url::escape(name), url::escape(value)));
        self.body = Some(fields.collect::<Vec<_>>().join("&"));
        self.header("content-type", "application/x-www-form-urlencoded")
    }

    /// The address, without what the client adds to sign in.
    pub(crate) fn address(&self) -> String {
        url::with_query(&self.url, &self.query)
    }

    /// Sends it and reads the answer to its end. Waits as the limit says, and tries again as [`super::Retry`] says.
    ///
    /// # Errors
    /// A config error when the API refuses us or the request (401, 403, 404, other 4xx); a transient one when it allows
    /// nothing more (429), is in trouble (5xx), or cannot be reached; [`Failure::interrupted`] after SIGTERM.
    pub fn send(&self) -> Result<Answer, Failure> {
        self.try_until_answered().map_err(|refusal| refusal.failure)
    }

    /// As [`Request::send`], with the status of the last refusal.
    pub(crate) fn try_until_answered(&self) -> Result<Answer, Refusal> {
        let client = self.client;
        let begin = Instant::now();
        let total = client.retry.total(client.invocation.patience);
        let mut waits = client.retry.waits();
        let (mut tries, mut renewed) = (0, false);
        loop {
            tries += 1;
            self.wait_for_turn(total.saturating_sub(begin.elapsed()))?;
            let refusal = match self.once() {
                Ok(answer) => return Ok(answer),
                Err(refusal) => refusal,
            };
            if refusal.status == Some(401) && !renewed && client.auth.renew() {
                renewed = true;
                continue;
            }
            let wait = match refusal.again {
                Again::Never => return Err(refusal),
                // Who waits for `check` would rather know at once that nobody is there.
                Again::Soon if refusal.status.is_none() && client.invocation.patience.is_some() => return Err(refusal),
                Again::Soon => waits.next().unwrap_or_default(),
                Again::After(wait) => wait,
            };
            if begin.elapsed() + wait > total {
                return Err(Refusal { failure: given_up(refusal.failure, tries, refusal.again), ..refusal });
            }
            if wait >= TOLD_WAIT {
                note(client, &format!("{}; asking again in {} s", refusal.failure.message, wait.as_secs()));
            }
            client.invocation.stop.sleep(wait).map_err(Refusal::never)?;
        }
    }

    /// Waits for the limit, but not longer than there is patience.
    fn wait_for_turn(&self, patience: Duration) -> Result<(), Refusal> {
        let pause = self.client.limiter.pause_left();
        if pause > patience {
            let target = format!("{} {}", self.method, url::shown(&self.url));
            let refusal = of_status(429, "", &target, &self.client.auth, Some(pause));
            return Err(Refusal { failure: given_up(refusal.failure, 1, refusal.again), ..refusal });
        }
        self.client.limiter.wait(&self.client.invocation.stop).map_err(Refusal::never)
    }

    /// Sends it once, and follows where the answer leads.
    fn once(&self) -> Result<Answer, Refusal> {
        let mut address = self.address();
        for _ in 0..=REDIRECTS {
            let signed = url::origin(&address) == url::origin(&self.url);
            let response = self.call(&address, signed)?;
            match redirect(&response).filter(|_| self.method == "GET") {
                Some(reference) => address = url::resolve(&address, &reference),
                None => return self.take(response, address),
            }
        }
        let target = url::shown(&self.url);
        Err(Refusal::never(Failure::config(format!("{target} leads in a circle; check the address"))))
    }

    fn call(&self, address: &str, signed: bool) -> Result<Response<Body>, Refusal> {
        let client = self.client;
        let agent = client.agent.as_ref().map_err(|failure| Refusal::never(failure.clone()))?;
        let url = if signed { client.auth.on_url(address) } else { address.to_owned() };
        let broken = |error: ureq::Error| of_error(error, self.method, address);
        let uri: Uri = url.parse().map_err(|error| broken(http::Error::from(error).into()))?;
        let mut request = http::Request::builder().method(self.method).uri(uri).header("accept", "application/json");
        let sign = if signed { client.auth.as_header(client).map_err(Refusal::never)? } else { None };
        let own = if signed { client.headers.as_slice() } else { &[] };
        for (name, value) in own.iter().chain(&self.headers).chain(sign.iter()) {
            if let Some(headers) = request.headers_mut()
                && let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse())
            {
                headers.insert(name, value);
            } else {
                let message =
                    format!("the header `{name}` has a value that cannot be sent; check {}", client.auth.what());
                return Err(Refusal::never(Failure::config(message)));
            }
        }
        match &self.body {
            Some(body) => agent.run(request.body(body.as_str()).map_err(|error| broken(error.into()))?),
            None => agent.run(request.body(()).map_err(|error| broken(error.into()))?),
        }
        .map_err(broken)
    }

    /// Reads the answer, and what its headers say about the limit.
    fn take(&self, response: Response<Body>, address: String) -> Result<Answer, Refusal> {
        let limiter = &self.client.limiter;
        let (parts, body) = response.into_parts();
        let bytes = read_to_end(body, &parts.headers).map_err(|error| of_error(error.into(), self.method, &address))?;
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let used_up = limiter.is_used_up(header);
        let wait = limiter.asked_wait(header).filter(|_| used_up || matches!(parts.status.as_u16(), 429 | 503));
        if let Some(wait) = wait {
            limiter.pause(wait);
        }
        let target = format!("{} {}", self.method, url::shown(&address));
        if parts.status.is_success() {
            let text = String::from_utf8(bytes).map_err(|_| {
                Refusal::never(Failure::system(format!("the answer to {target} is not UTF-8, as JSON has to be")))
            })?;
            return Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, text, url: address });
        }
        let status = if used_up && parts.status == StatusCode::FORBIDDEN { 429 } else { parts.status.as_u16() };
        let said = if self.client.is_discreet { "".into() } else { String::from_utf8_lossy(&bytes) };
        Err(of_status(status, &said, &target, &self.client.auth, wait))
    }
}

fn read_to_end(body: Body, headers: &HeaderMap) -> std::io::Result<Vec<u8>> {
    let announced = headers.get("content-length").and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let mut bytes = Vec::with_capacity(announced.unwrap_or(0).min(MOST_ANNOUNCED_BYTES) as usize);
    body.into_reader().read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn redirect(response: &Response<Body>) -> Option<String> {
    let leads_on = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response.headers().get(LOCATION).filter(|_| leads_on)?;
    location.to_str().ok().map(str::to_owned)
}
