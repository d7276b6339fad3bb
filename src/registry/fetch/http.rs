//! Requests over HTTP, and the rule for redirects.

use super::error::Refusal;
use std::io::{self, Read};
use std::time::Duration;
use ureq::http::Uri;

/// What answers requests: the network, or in a test something in its place.
pub trait Web {
    /// Sends a GET request. Redirects are answered, not followed.
    ///
    /// # Errors
    /// [`Refusal::Unreachable`] or [`Refusal::Stalled`] where there is no answer.
    fn get(&self, url: &str, headers: &[(&str, &str)]) -> Result<Answer, Refusal>;

    /// How long nothing may come before an answer counts as stalled.
    fn patience(&self) -> Duration;
}

/// An answer whose body is still to be read. Reading fails with `TimedOut` where nothing comes for too long.
pub struct Answer {
    pub status: u16,
    /// The entity tag, else the date of the last change: what a request for the rest names.
    pub validator: Option<String>,
    /// Bytes of this body.
    pub length: Option<u64>,
    pub range: Option<ContentRange>,
    pub location: Option<String>,
    pub body: Box<dyn Read>,
}

/// `Content-Range`: where a part begins (`None` for an answer that has no part), and how long the whole is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentRange {
    pub start: Option<u64>,
    pub total: Option<u64>,
}

impl ContentRange {
    /// `bytes 5-9/10`, `bytes 5-9/*` or `bytes */10`.
    fn parse(text: &str) -> Option<Self> {
        let (range, total) = text.trim().strip_prefix("bytes")?.trim().split_once('/')?;
        let start = match range.trim() {
            "*" => None,
            range => Some(range.split_once('-')?.0.trim().parse().ok()?),
        };
        let total = match total.trim() {
            "*" => None,
            total => Some(total.parse().ok()?),
        };
        Some(Self { start, total })
    }
}

/// The network.
pub struct Online {
    agent: ureq::Agent,
    patience: Duration,
}

impl Online {
    /// A server is given up when it takes longer than `patience` to be connected to, to answer, or to send more of its answer.
    pub fn new(patience: Duration) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_resolve(Some(patience))
            .timeout_connect(Some(patience))
            .timeout_recv_response(Some(patience))
            .timeout_per_read(Some(patience))
            .timeout_per_write(Some(patience))
            // What is kept is what the server has, byte by byte.
            .accept_encoding("identity")
            .user_agent(concat!("mermen/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: config.new_agent(), patience }
    }
}

impl Web for Online {
    fn get(&self, url: &str, headers: &[(&str, &str)]) -> Result<Answer, Refusal> {
        let mut request = self.agent.get(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.call().map_err(|error| match error {
            ureq::Error::Timeout(_) => Refusal::Stalled { seconds: self.patience.as_secs_f64(), have: 0, of: None },
            error => Refusal::Unreachable { why: error.to_string() },
        })?;
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        // A weak tag promises the same meaning, not the same bytes.
        let tag = header("etag").filter(|tag| !tag.starts_with("W/"));
        Ok(Answer {
            status: answer.status().as_u16(),
            validator: tag.or_else(|| header("last-modified")),
            length: header("content-length").and_then(|length| length.parse().ok()),
            range: header("content-range").and_then(|range| ContentRange::parse(&range)),
            location: header("location"),
            body: Box::new(Body(answer.into_body().into_reader())),
        })
    }

    fn patience(&self) -> Duration {
        self.patience
    }
}

/// Tells a stalled connection from a broken one by the kind of error.
struct Body(ureq::BodyReader<'static>);

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match ureq::Error::from(error) {
            error @ ureq::Error::Timeout(_) => io::Error::new(io::ErrorKind::TimedOut, error),
            error => io::Error::other(error),
        })
    }
}

/// Redirects that a request may take.
const MAX_REDIRECTS: usize = 10;

/// Sends a GET request and follows redirects.
///
/// # Errors
/// As [`Web::get`]; too many redirects; one that leaves https.
pub(super) fn follow(web: &dyn Web, url: &str, headers: &[(&str, &str)]) -> Result<Answer, Refusal> {
    let mut url = url.to_owned();
    for _ in 0..=MAX_REDIRECTS {
        let answer = web.get(&url, headers)?;
        match (answer.status, &answer.location) {
            (301 | 302 | 303 | 307 | 308, Some(location)) => url = next_hop(&url, location)?,
            _ => return Ok(answer),
        }
    }
    Err(Refusal::Redirects { limit: MAX_REDIRECTS, to: url })
}

/// The address that a `Location` means, seen from the address that answered with it.
fn next_hop(from: &str, location: &str) -> Result<String, Refusal> {
    let bad = || Refusal::BadRedirect { to: location.to_owned() };
    let base: Uri = from.parse().map_err(|_| bad())?;
    let (scheme, authority) = (base.scheme_str().ok_or_else(bad)?, base.authority().ok_or_else(bad)?);
    let target = location.split('#').next().unwrap_or_default();
    let has_scheme =
        target.split_once(':').is_some_and(|(scheme, _)| scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)));
    let absolute = if has_scheme {
        target.to_owned()
    } else if let Some(rest) = target.strip_prefix("//") {
        format!("{scheme}://{rest}")
    } else if target.starts_with('/') {
        format!("{scheme}://{authority}{target}")
    } else {
        let folder = base.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{scheme}://{authority}{folder}/{target}")
    };
    let next: Uri = absolute.parse().map_err(|_| bad())?;
    match (scheme, next.scheme_str(), next.host()) {
        (_, Some("https"), Some(_)) => Ok(absolute),
        ("https", Some("http"), _) => Err(Refusal::Downgrade { to: absolute }),
        (_, Some("http"), Some(_)) => Ok(absolute),
        _ => Err(bad()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ranges_are_read_as_rfc_9110_writes_them() {
        let range = |start, total| Some(ContentRange { start, total });
        assert_eq!(ContentRange::parse("bytes 42-1233/1234"), range(Some(42), Some(1234)));
        assert_eq!(ContentRange::parse("bytes 42-1233/*"), range(Some(42), None));
        assert_eq!(ContentRange::parse("bytes */1234"), range(None, Some(1234)));
        for bad in ["", "bytes", "lines 1-2/3", "bytes a-b/3", "bytes 1-2/x", "bytes 12/3"] {
            assert_eq!(ContentRange::parse(bad), None, "{bad}");
        }
    }

    /// Answers every request with one redirect.
    struct Redirecting(&'static str);

    impl Web for Redirecting {
        fn get(&self, _: &str, _: &[(&str, &str)]) -> Result<Answer, Refusal> {
            let location = Some(self.0.to_owned());
            Ok(Answer { status: 302, validator: None, length: None, range: None, location, body: Box::new(io::empty()) })
        }

        fn patience(&self) -> Duration {
            Duration::from_secs(1)
        }
    }

    #[test]
    fn https_is_never_left() {
        let error = follow(&Redirecting("http://mirror.example/x.zip"), "https://home.example/x.zip", &[]).err().unwrap();
        assert!(matches!(&error, Refusal::Downgrade { to } if to == "http://mirror.example/x.zip"), "{error}");
        for to in ["file:///etc/passwd", "ftp://a.example/", "javascript:alert(1)", "http://", "https://"] {
            let error = follow(&Redirecting(to), "http://home.example/x.zip", &[]).err().unwrap();
            assert!(matches!(error, Refusal::BadRedirect { .. }), "{to}: {error}");
        }
    }

    #[test]
    fn a_circle_of_redirects_ends() {
        let error = follow(&Redirecting("/round"), "https://home.example/x.zip", &[]).err().unwrap();
        assert_eq!(error.to_string(), "more than 10 redirects, the last one to https://home.example/round");
    }

    // Python: urllib.parse.urljoin("https://a.example:8/b/c.zip?d=1", location)
    #[test]
    fn relative_redirects_are_joined_as_urllib_does() {
        let from = "https://a.example:8/b/c.zip?d=1";
        for (location, expected) in [
            ("https://z.example/q", "https://z.example/q"),
            ("//z.example/q", "https://z.example/q"),
            ("/q?r=2#part", "https://a.example:8/q?r=2"),
            ("q.zip", "https://a.example:8/b/q.zip"),
        ] {
            assert_eq!(next_hop(from, location).unwrap(), expected);
        }
        assert_eq!(next_hop("http://a.example", "q").unwrap(), "http://a.example/q");
        assert_eq!(next_hop("http://a.example/", "https://b.example/q").unwrap(), "https://b.example/q");
    }
}
