//! A web server on the loopback interface that answers what a test says.

use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How long a test waits for a request.
const PATIENCE: Duration = Duration::from_secs(60);

/// A web server. Lives as long as the test.
#[derive(Debug, Clone)]
pub struct Api {
    url: String,
    log: Arc<(Mutex<Vec<Received>>, Condvar)>,
}

/// A request that came.
#[derive(Debug, Clone, Default)]
pub struct Received {
    /// `GET`, `POST`.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// Names and values, unescaped.
    pub parameters: Vec<(String, String)>,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Received {
    /// A query parameter.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        find(&self.parameters, name)
    }

    /// A header; the name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// A query parameter as a number; `otherwise` when it is not there.
    #[must_use]
    pub fn number(&self, name: &str, otherwise: usize) -> usize {
        self.query(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise)
    }

    /// The body as JSON; null when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// What the server answers.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    delay: Duration,
    end: End,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Whole,
    Half,
    Never,
}

impl Reply {
    /// A status with a body.
    #[must_use]
    pub fn text(status: u16, body: &str) -> Self {
        let (headers, delay) = (Vec::new(), Duration::ZERO);
        Self { status, headers, body: body.to_owned(), delay, end: End::Whole }
    }

    /// 200 with JSON.
    #[must_use]
    pub fn json(body: &Value) -> Self {
        Self::text(200, &body.to_string()).header("Content-Type", "application/json")
    }

    /// A status without a body.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::text(status, "")
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Comes so much later.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Breaks off in the middle of the body.
    #[must_use]
    pub fn broken(mut self) -> Self {
        self.end = End::Half;
        self
    }

    /// Nothing, for as long as the test lives.
    #[must_use]
    pub fn never() -> Self {
        Self { end: End::Never, ..Self::status(200) }
    }

    fn send(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        std::thread::sleep(self.delay);
        let mut text = format!("HTTP/1.1 {} x\r\nContent-Length: {}\r\n", self.status, self.body.len());
        self.headers.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
        text.push_str("\r\n");
        text.push_str(if self.end == End::Half { &self.body[..self.body.len() / 2] } else { &self.body });
        stream.write_all(text.as_bytes())
    }
}

impl Api {
    /// Answers each request; connections are kept open, and served at the same time.
    pub fn start(answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback interface has a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let api = Self { url: format!("http://{address}"), log: Arc::default() };
        let (log, answer) = (Arc::clone(&api.log), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                std::thread::spawn(move || serve(stream, &log, answer.as_ref()));
            }
        });
        api
    }

    /// Answers the first request with the first reply, and so on; the last reply is given for ever.
    ///
    /// # Panics
    /// When there is no reply.
    #[must_use]
    pub fn scripted(replies: Vec<Reply>) -> Self {
        assert!(!replies.is_empty(), "a script has at least one reply");
        let next = Mutex::new(0);
        Self::start(move |_| {
            let mut next = next.lock().unwrap_or_else(PoisonError::into_inner);
            let reply = replies[(*next).min(replies.len() - 1)].clone();
            *next += 1;
            reply
        })
    }

    /// Its address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Received> {
        self.log.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until so many requests have come.
    ///
    /// # Panics
    /// When they do not within a minute.
    pub fn wait_for(&self, requests: usize) {
        let log = self.log.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.log.1.wait_timeout_while(log, PATIENCE, |log| log.len() < requests);
        let (log, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(!timeout.timed_out(), "{} of {requests} requests came", log.len());
    }
}

fn serve(mut stream: TcpStream, log: &(Mutex<Vec<Received>>, Condvar), answer: &impl Fn(&Received) -> Reply) {
    let Ok(reading) = stream.try_clone() else { return };
    let mut reader = BufReader::new(reading);
    while let Some(request) = receive(&mut reader) {
        log.0.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        log.1.notify_all();
        let reply = answer(&request);
        if reply.end == End::Never {
            std::thread::park_timeout(PATIENCE);
            return;
        }
        if reply.send(&mut stream).is_err() || reply.end == End::Half {
            return;
        }
    }
}

fn receive(reader: &mut impl BufRead) -> Option<Received> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut request = Received { method, path: unescaped(path), parameters: pairs(query), ..Received::default() };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
            None => break,
        }
    }
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    request.body = String::from_utf8_lossy(&body).into_owned();
    Some(request)
}

/// The pairs of a query or a form.
fn pairs(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(n, v)| (unescaped(n), unescaped(v))).collect()
}

fn unescaped(text: &str) -> String {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        let code =
            text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(code.unwrap_or(if bytes[at] == b'+' { b' ' } else { bytes[at] }));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}
