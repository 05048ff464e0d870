//! A web server on the loopback interface that says what it was told to say.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

/// Answers every request with `response` (head and body), then closes. Lives as long as the test; gives its address.
pub(crate) fn serve(response: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            answer(&mut stream.unwrap(), &response);
        }
    });
    address
}

fn answer(stream: &mut TcpStream, response: &[u8]) {
    let mut head = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    while head.read_line(&mut line).is_ok_and(|bytes| bytes > 2) {
        line.clear();
    }
    // A client that has read enough goes away in the middle.
    let _ = stream.write_all(response);
}

/// A response with this status, further head lines (each ended by CR LF) and body.
pub(crate) fn response(status: &str, head: &str, body: &[u8]) -> Vec<u8> {
    let mut response =
        format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n{head}\r\n", body.len()).into_bytes();
    response.extend_from_slice(body);
    response
}
