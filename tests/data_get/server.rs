//! An HTTP server on the loopback device that answers as a test tells it to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
}

impl Request {
    /// Where the part begins that is asked for.
    pub fn range_start(&self) -> Option<usize> {
        self.headers.get("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
}

pub struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers each request by `answer`, which is told how many came before it.
    pub fn new(answer: impl Fn(usize, &Request, &mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (requests, answer) = (seen.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (requests, answer) = (requests.clone(), answer.clone());
                std::thread::spawn(move || {
                    let mut stream = stream;
                    let Some(request) = read(&stream) else { return };
                    let before = {
                        let mut requests = requests.lock().unwrap();
                        requests.push(request.clone());
                        requests.len() - 1
                    };
                    // A client that hangs up early is part of some tests.
                    let _ = answer(before, &request, &mut stream);
                });
            }
        });
        Self { address, seen }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    pub fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let header = |line: String| line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()));
    Some(Request { path, headers: lines.take_while(|line| !line.is_empty()).filter_map(header).collect() })
}

/// A whole answer: status line's end, headers, body, and its true length unless a header says another.
pub fn reply(out: &mut TcpStream, status: &str, headers: &[(&str, &str)], body: &[u8]) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    if !headers.iter().any(|(name, _)| *name == "Content-Length") {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    out.write_all(head.as_bytes())?;
    out.write_all(b"\r\n")?;
    out.write_all(body)?;
    out.flush()
}

/// The whole, or the part that is asked for of the file with this tag.
pub fn serve(out: &mut TcpStream, request: &Request, tag: &str, body: &[u8]) -> std::io::Result<()> {
    let same = request.headers.get("if-range").is_none_or(|wanted| wanted == tag);
    match request.range_start().filter(|_| same) {
        Some(start) if start >= body.len() => {
            reply(out, "416 Range Not Satisfiable", &[("Content-Range", &format!("bytes */{}", body.len()))], b"")
        }
        Some(start) => {
            let range = format!("bytes {start}-{}/{}", body.len() - 1, body.len());
            reply(out, "206 Partial Content", &[("ETag", tag), ("Content-Range", &range)], &body[start..])
        }
        None => reply(out, "200 OK", &[("ETag", tag)], body),
    }
}

/// The first `sent` bytes of an answer that promises all of `body`.
pub fn cut(out: &mut TcpStream, tag: &str, body: &[u8], sent: usize) -> std::io::Result<()> {
    reply(out, "200 OK", &[("ETag", tag), ("Content-Length", &body.len().to_string())], &body[..sent])
}
