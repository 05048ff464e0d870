//! A source of an HTTP API as people write it with the kit, beside the same API read by airbyte-cdk's declarative source.
//!
//! The API is a thread of this process: what it costs is nobody's.

use crate::Arguments;
use crate::contest::{Contestant, hold};
use crate::measure::Cost;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;
use tempfile::TempDir;
use wait4::Wait4;

/// What our source reads; the declarative one reads a tenth, which takes long enough.
const RECORDS: u64 = 1_000_000;
const PER_PAGE: u64 = 1_000;

const MANIFEST: &str = r#"
version: 6.0.0
type: DeclarativeSource
check: {type: CheckStream, stream_names: [orders]}
streams:
  - type: DeclarativeStream
    name: orders
    primary_key: [id]
    retriever:
      type: SimpleRetriever
      requester:
        type: HttpRequester
        url_base: "{{ config['url'] }}"
        path: /orders
        http_method: GET
        authenticator: {type: BearerAuthenticator, api_token: "{{ config['token'] }}"}
        request_parameters: {limit: "1000"}
      record_selector:
        type: RecordSelector
        extractor: {type: DpathExtractor, field_path: [data]}
      paginator:
        type: DefaultPaginator
        page_token_option: {type: RequestOption, inject_into: request_parameter, field_name: cursor}
        pagination_strategy:
          type: CursorPagination
          cursor_value: "{{ response.next }}"
          stop_condition: "{{ not response.next }}"
    schema_loader:
      type: InlineSchemaLoader
      schema: {type: object, properties: {id: {type: integer}, updated_at: {type: string}, total: {type: number}, customer: {type: string}}}
spec:
  type: Spec
  connection_specification: {type: object, properties: {url: {type: string}, token: {type: string}}}
"#;

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let ours = beside_us("http_source")?;
    let mut contestants = vec![contestant("longshore, connector-kit", &ours, RECORDS)?];
    if let Some(declarative) = &arguments.declarative {
        contestants.push(contestant("airbyte-cdk, declarative", declarative, RECORDS / 10)?);
    }
    hold("1,000,000 records of an HTTP API, 1,000 on a page", arguments.runs, &contestants)?;
    if arguments.declarative.is_none() {
        println!("  (beside airbyte-cdk: --declarative PROGRAM, its source-declarative-manifest)");
    }
    Ok(())
}

/// The program of this package that is measured.
fn beside_us(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    Ok(own.parent().context("a program is in a folder")?.join(name))
}

fn contestant<'a>(name: &str, program: &'a Path, records: u64) -> Result<Contestant<'a>> {
    let url = serve(records)?;
    let folder = files(&url)?;
    let run = move || read(program, &folder, records);
    Ok(Contestant { name: format!("{name}, {records}"), records, bytes: 0, run: Box::new(run) })
}

/// The files of a read.
fn files(url: &str) -> Result<TempDir> {
    let folder = tempfile::tempdir()?;
    let write = |name: &str, content: &Value| std::fs::write(folder.path().join(name), content.to_string());
    write("config.json", &json!({"url": url, "token": "t"}))?;
    let stream = json!({"name": "orders", "json_schema": {}, "supported_sync_modes": ["full_refresh"]});
    let chosen = json!({"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "append"});
    write("catalog.json", &json!({"streams": [chosen]}))?;
    std::fs::write(folder.path().join("manifest.yaml"), MANIFEST)?;
    Ok(folder)
}

fn read(program: &Path, folder: &TempDir, records: u64) -> Result<Cost> {
    let file = |name: &str| folder.path().join(name);
    let mut command = Command::new(program);
    command.arg("read").arg("--config").arg(file("config.json")).arg("--catalog").arg(file("catalog.json"));
    if program.ends_with("source-declarative-manifest") {
        command.arg("--manifest-path").arg(file("manifest.yaml"));
    }
    let start = Instant::now();
    let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let emitted = count_records(process.stdout.take().context("stdout is a pipe")?)?;
    let used = process.wait4()?;
    ensure!(used.status.success() && emitted == records, "{emitted} of {records} records came; {}", used.status);
    let cpu = used.rusage.utime + used.rusage.stime;
    Ok(Cost { wall: start.elapsed(), cpu, peak_bytes: used.rusage.maxrss })
}

/// Counts while they come: a process is weighed with what its parent held when it started.
fn count_records(stdout: impl Read) -> Result<u64> {
    let (mut reader, mut line, mut records) = (BufReader::with_capacity(1 << 18, stdout), Vec::new(), 0);
    while reader.read_until(b'\n', &mut line)? > 0 {
        // Where the type stands differs between libraries.
        let head = &line[..line.len().min(40)];
        records += u64::from(memchr::memmem::find(head, b"\"RECORD\"").is_some());
        line.clear();
    }
    Ok(records)
}

/// Serves so many records, for as long as the benchmark runs; gives the address.
fn serve(records: u64) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            // A client that goes away ends its connection.
            thread::spawn(move || drop(answer(stream, records)));
        }
    });
    Ok(url)
}

fn page(number: u64, records: u64) -> String {
    let mut text = String::from(r#"{"data":["#);
    for id in number * PER_PAGE..(number + 1) * PER_PAGE {
        let comma = if id % PER_PAGE == 0 { "" } else { "," };
        let (day, total) = (id % 28 + 1, id % 10_000);
        let _ = write!(
            text,
            r#"{comma}{{"id":{id},"updated_at":"2026-05-{day:02}T10:00:00Z","total":{total}.25,"customer":"customer {total}","note":"as it was ordered"}}"#
        );
    }
    let next = number + 1;
    let next = if next * PER_PAGE < records { format!("\"{next}\"") } else { "null".to_owned() };
    let _ = write!(text, r#"],"next":{next}}}"#);
    text
}

fn answer(mut stream: TcpStream, records: u64) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 {
        let cursor = line.split_once("cursor=").and_then(|(_, rest)| rest.split([' ', '&']).next()?.parse().ok());
        while reader.read_line(&mut line)? > 2 {}
        line.clear();
        let page = page(cursor.unwrap_or(0), records);
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", page.len());
        stream.write_all(head.as_bytes())?;
        stream.write_all(page.as_bytes())?;
    }
    Ok(())
}
