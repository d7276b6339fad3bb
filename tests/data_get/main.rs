//! `mermen data get` against servers that answer well, badly, or not at all: what is there afterwards is whole or not there.

mod server;

use mermen::registry::{bytes_sha256, documents_sha256};
use server::{Server, cut, reply, serve};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;
use zip::write::SimpleFileOptions;

const DOCUMENT: &str = "1|t|Nobel fever in mice\n1|a|Mice had nobel fever.\n1\t0\t11\tNobel fever\tDisease\tX01\n\n";

/// Text that does not compress to nothing, enough of it for several packets.
fn words() -> Vec<u8> {
    let mut state = 1u64;
    let mut text = String::new();
    while text.len() < 400_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text += &format!("{:x}\n", state >> 20);
    }
    text.into_bytes()
}

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    zipped_by(zip::CompressionMethod::Deflated, members)
}

fn zipped_by(method: zip::CompressionMethod, members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        archive.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// A data folder and a registry with a corpus `toy` of three files and a lexicon `words` of one, each with these mirrors.
struct Project {
    root: tempfile::TempDir,
}

impl Project {
    fn new(mirrors: &[String]) -> Self {
        let project = Self { root: tempfile::tempdir().unwrap() };
        let split = |name: &str| {
            let (sha256, documents) = (bytes_sha256([DOCUMENT.as_bytes()]), mermen::corpus::parse_documents("x", DOCUMENT.as_bytes()).unwrap());
            format!(
                "    {name}: {{path: corpora/toy/{name}.txt, sha256: {sha256}, documents_sha256: {}, bytes: {}, documents: 1, mentions: {{Disease: 1}}, mirrors: {mirrors:?}}}\n",
                documents_sha256(&documents),
                DOCUMENT.len(),
            )
        };
        let registry = format!(
            "corpora:\n  - name: toy\n    title: a toy\n    licence: none\n    normalisation: identifiers\n    home: [https://toy.example/]\n{}{}{}embeddings: []\nlexicons:\n  - {{name: words, title: words, path: lexicons/words.tsv, sha256: {}, mirrors: {mirrors:?}}}\n",
            split("train"),
            split("dev"),
            split("test"),
            bytes_sha256([words().as_slice()]),
        );
        std::fs::write(project.root.path().join("registry.yaml"), registry).unwrap();
        project
    }

    fn data(&self) -> PathBuf {
        self.root.path().join("D")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mermen"));
        command.args(["data", "get", "--registry", "registry.yaml", "--data-dir", "D"]).args(arguments).current_dir(self.root.path());
        for proxy in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "MERMEN_DATA"] {
            command.env_remove(proxy);
        }
        command
    }

    /// Exit code and standard error; standard output is for results, of which there are none.
    fn get(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let Output { status, stdout, stderr } = self.command(arguments).output().unwrap();
        assert!(stdout.is_empty());
        (status.code(), String::from_utf8(stderr).unwrap())
    }

    /// Every file in the data folder, by its path there.
    fn files(&self) -> Vec<String> {
        fn walk(folder: &Path, root: &Path, out: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    walk(&path, root, out);
                } else {
                    out.push(path.strip_prefix(root).unwrap().to_string_lossy().into_owned());
                }
            }
        }
        let mut out = Vec::new();
        walk(&self.data(), &self.data(), &mut out);
        out.sort();
        out
    }

    fn words_are_whole(&self) {
        assert_eq!(self.files(), ["lexicons/words.tsv"]);
        assert!(std::fs::read(self.data().join("lexicons/words.tsv")).unwrap() == words());
        assert!(!self.data().join(".downloads").exists());
    }

    /// The one part of a download that is there, and nothing else but its note.
    fn only_a_part(&self) -> u64 {
        let files = self.files();
        assert_eq!(files.len(), 2, "{files:?}");
        assert!(files[0].starts_with(".downloads/words.tsv-") && files[0].ends_with(".part"), "{files:?}");
        std::fs::metadata(self.data().join(&files[0])).unwrap().len()
    }
}

const TOY: [&str; 3] = ["corpora/toy/dev.txt", "corpora/toy/test.txt", "corpora/toy/train.txt"];

fn toy_zip() -> Vec<u8> {
    let document = DOCUMENT.as_bytes();
    zipped(&[("Toy/README", b"hello"), ("Toy/a/train.txt", document), ("Toy/a/dev.txt", document), ("Toy/a/test.txt", document)])
}

#[test]
fn a_corpus_comes_whole_in_one_archive_and_is_not_downloaded_twice() {
    let server = Server::new(|_, request, out| serve(out, request, "\"1\"", &toy_zip()));
    let project = Project::new(&[server.url("toy.zip?v=1")]);
    let (code, err) = project.get(&["toy"]);
    assert_eq!((code, project.files()), (Some(0), TOY.map(String::from).to_vec()), "{err}");
    assert!(err.contains("/toy.zip?v=1, ") && err.contains("train.txt: whole"), "{err}");
    let (code, err) = project.get(&["toy"]);
    assert_eq!((code, err.matches("there already").count(), server.requests().len()), (Some(0), 3, 1), "{err}");

    std::fs::write(project.data().join(TOY[0]), "damaged since").unwrap();
    let (code, err) = project.get(&["toy"]);
    assert_eq!((code, server.requests().len()), (Some(0), 2), "{err}");
    assert!(err.contains("dev.txt is not the right file (its SHA-256 is ") && err.contains("getting it anew"), "{err}");
    assert_eq!(std::fs::read_to_string(project.data().join(TOY[0])).unwrap(), DOCUMENT);
}

#[test]
fn gzip_is_unpacked_and_a_plain_file_is_taken_as_it_is() {
    for (name, body) in [("words.tsv.gz", gzipped(&words())), ("words.tsv", words()), ("download", words())] {
        let server = Server::new(move |_, request, out| serve(out, request, "\"1\"", &body));
        let project = Project::new(&[server.url(name)]);
        let (code, err) = project.get(&["words"]);
        assert_eq!(code, Some(0), "{err}");
        project.words_are_whole();
    }
}

#[test]
fn an_answer_without_a_length_is_read_to_its_end() {
    let server = Server::new(|_, _, out| {
        out.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
        out.write_all(&words())
    });
    let project = Project::new(&[server.url("words.tsv")]);
    let (code, err) = project.get(&["words"]);
    assert_eq!(code, Some(0), "{err}");
    project.words_are_whole();
}

#[test]
fn a_cut_connection_is_taken_up_in_the_same_call() {
    let server = Server::new(|before, request, out| match before {
        0 => cut(out, "\"1\"", &words(), 150_000),
        _ => serve(out, request, "\"1\"", &words()),
    });
    let project = Project::new(&[server.url("words.tsv")]);
    let (code, err) = project.get(&["words"]);
    assert_eq!(code, Some(0), "{err}");
    project.words_are_whole();
    let again = &server.requests()[1];
    assert_eq!((again.range_start(), again.headers["if-range"].as_str()), (Some(150_000), "\"1\""));
}

#[test]
fn a_truncated_answer_leaves_a_part_that_the_next_call_goes_on_with() {
    let server = Server::new(|before, request, out| match before {
        0 => cut(out, "\"1\"", &words(), 150_000),
        1 => reply(out, "503 Service Unavailable", &[], b"later"),
        _ => serve(out, request, "\"1\"", &words()),
    });
    let project = Project::new(&[server.url("words.tsv")]);
    let (code, err) = project.get(&["words"]);
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("answered with status 503 (the server's own fault)") && err.contains("--from"), "{err}");
    assert_eq!(project.only_a_part(), 150_000);

    let (code, err) = project.get(&["words"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("going on after 0.1 MB") || err.contains("going on after 0.2 MB"), "{err}");
    project.words_are_whole();
    assert_eq!(server.requests()[2].range_start(), Some(150_000));
}

#[test]
fn a_server_that_always_cuts_is_given_up_with_what_came_and_what_was_promised() {
    let all = words().len();
    let server = Server::new(|_, _, out| cut(out, "\"1\"", &words(), 1000));
    let project = Project::new(&[server.url("words.tsv")]);
    let (code, err) = project.get(&["words"]);
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains(&format!("words.tsv: the connection was cut after 1000 of {all} bytes")), "{err}");
    assert_eq!(project.only_a_part(), 1000);
}

#[test]
fn a_killed_call_is_taken_up_and_two_at_once_do_not_mix() {
    let server = Server::new(|before, request, out| match before {
        0 => {
            cut(out, "\"1\"", &words(), 150_000)?;
            // The connection stays open until the client is killed.
            std::thread::sleep(Duration::from_secs(600));
            Ok(())
        }
        _ => serve(out, request, "\"1\"", &words()),
    });
    let project = Project::new(&[server.url("words.tsv")]);
    let mut child = project.command(&["words", "--timeout", "600"]).stderr(Stdio::null()).spawn().unwrap();
    let came = || project.files().iter().filter(|file| file.ends_with(".part")).any(|file| {
        std::fs::metadata(project.data().join(file)).is_ok_and(|facts| facts.len() == 150_000)
    });
    while !came() {
        assert!(child.try_wait().unwrap().is_none(), "it ended early");
        std::thread::sleep(Duration::from_millis(10));
    }
    let (code, err) = project.get(&["words"]);
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("another process is downloading"), "{err}");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(project.only_a_part(), 150_000);
    let (code, err) = project.get(&["words"]);
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(server.requests().last().unwrap().range_start(), Some(150_000));
    project.words_are_whole();
}

/// Leaves a part of 150,000 bytes with the tag "1", then lets `later` answer.
fn begun(later: impl Fn(usize, &server::Request, &mut std::net::TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> (Server, Project) {
    let server = Server::new(move |before, request, out| match before {
        0 => cut(out, "\"1\"", &words(), 150_000),
        1 => reply(out, "503 Service Unavailable", &[], b""),
        _ => later(before - 2, request, out),
    });
    let project = Project::new(&[server.url("words.tsv")]);
    assert_eq!(project.get(&["words"]).0, Some(3));
    assert_eq!(project.only_a_part(), 150_000);
    (server, project)
}

#[test]
fn a_part_of_a_file_that_has_changed_is_begun_anew() {
    // As a server should: the tag differs, so the whole comes.
    let (_, project) = begun(|_, request, out| serve(out, request, "\"2\"", &words()));
    assert_eq!(project.get(&["words"]).0, Some(0));
    project.words_are_whole();

    // A server that does not know If-Range and sends the rest of another length.
    let (_, project) = begun(|_, request, out| match request.range_start() {
        Some(_) => reply(out, "206 Partial Content", &[("Content-Range", "bytes 150000-150009/150010")], b"0123456789"),
        None => serve(out, request, "\"2\"", &words()),
    });
    assert_eq!(project.get(&["words"]).0, Some(0));
    project.words_are_whole();

    // One that begins its part elsewhere.
    let (_, project) = begun(|_, request, out| match request.range_start() {
        Some(_) => reply(out, "206 Partial Content", &[("Content-Range", &format!("bytes 7-{}/{}", words().len() - 1, words().len()))], &words()[7..]),
        None => serve(out, request, "\"1\"", &words()),
    });
    assert_eq!(project.get(&["words"]).0, Some(0));
    project.words_are_whole();

    // One whose part is of the right length and of another file: the digest tells.
    let (server, project) = begun(|_, request, out| match request.range_start() {
        Some(_) => serve(out, request, "\"1\"", &vec![b'x'; words().len()]),
        None => serve(out, request, "\"1\"", &words()),
    });
    let (code, err) = project.get(&["words"]);
    assert_eq!((code, server.requests().len()), (Some(0), 4), "{err}");
    assert!(err.contains("downloading the whole anew"), "{err}");
    project.words_are_whole();
}

#[test]
fn corrupted_answers_are_refused_and_nothing_stays() {
    let mut flipped = words();
    flipped[1000] ^= 1;
    let mut damaged = zipped_by(zip::CompressionMethod::Stored, &TOY.map(|path| (path, DOCUMENT.as_bytes())));
    let at = damaged.windows(5).position(|bytes| bytes == b"fever").unwrap();
    damaged[at] ^= 1;
    let none = zipped(&[("Toy/other.txt", b"x")]);
    let short = zipped(&[("train.txt", DOCUMENT.as_bytes()), ("dev.txt", b"1|t|A\n1|a|B\n"), ("test.txt", DOCUMENT.as_bytes())]);
    for (name, body, parts) in [
        ("words", flipped, &["words.tsv is not the file that the registry means: its SHA-256 is ", ", expected "][..]),
        ("words", gzipped(&words())[..9000].to_vec(), &["the archive is damaged"]),
        ("words", b"<html><body>We moved</body></html>".to_vec(), &["a web page, not a file"]),
        ("toy", damaged, &["the archive is damaged"]),
        ("toy", toy_zip()[..200].to_vec(), &["the archive is damaged"]),
        ("toy", none, &["the archive has no train.txt; it has other.txt"]),
        ("toy", short, &["dev.txt is not the file that the registry means: its SHA-256 is "]),
        ("toy", b"neither".to_vec(), &["neither a zip nor a gzip file"]),
    ] {
        let server = Server::new(move |_, request, out| serve(out, request, "\"1\"", &body));
        let project = Project::new(&[server.url("file")]);
        let (code, err) = project.get(&[name]);
        assert_eq!((code, project.files().len(), server.requests().len()), (Some(3), 0, 1), "{err}");
        assert!(parts.iter().all(|part| err.contains(part)) && err.contains(&server.url("file")), "{err}");
    }
}

#[test]
fn a_length_that_is_not_kept_is_noticed() {
    let all = words().len();
    // Too short: what is sent beyond it is not read, and the digest tells.
    let server = Server::new(|_, _, out| reply(out, "200 OK", &[("Content-Length", "1000")], &words()));
    let project = Project::new(&[server.url("words.tsv")]);
    let (code, err) = project.get(&["words"]);
    assert_eq!((code, project.files().len()), (Some(3), 0), "{err}");
    assert!(err.contains("its SHA-256 is"), "{err}");
    // Too long: the connection ends before it.
    let server = Server::new(move |_, _, out| reply(out, "200 OK", &[("Content-Length", &(all + 5).to_string())], &words()));
    let project = Project::new(&[server.url("words.tsv")]);
    let (code, err) = project.get(&["words"]);
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains(&format!("cut after {all} of {} bytes", all + 5)), "{err}");
    // More than anybody has room for.
    let server = Server::new(|_, _, out| reply(out, "200 OK", &[("Content-Length", "99999999999999")], b""));
    let project = Project::new(&[server.url("words.tsv")]);
    let (code, err) = project.get(&["words"]);
    assert_eq!((code, project.files().len()), (Some(3), 0), "{err}");
    assert!(err.contains("it promises 99999999999999 bytes, more than"), "{err}");
}

#[test]
fn redirects_are_followed_but_not_in_circles() {
    let server = Server::new(|_, request, out| match request.path.as_str() {
        "/moved" => reply(out, "302 Found", &[("Location", "deep/words.tsv")], b""),
        "/deep/words.tsv" => reply(out, "307 Temporary Redirect", &[("Location", "/there")], b"see there"),
        "/there" => serve(out, request, "\"1\"", &words()),
        "/file" => reply(out, "302 Found", &[("Location", "file:///etc/hostname")], b""),
        _ => reply(out, "301 Moved Permanently", &[("Location", "/round")], b""),
    });
    let project = Project::new(&[server.url("round"), server.url("file"), server.url("moved")]);
    let (code, err) = project.get(&["words"]);
    assert_eq!((code, server.requests().len()), (Some(0), 11 + 1 + 3), "{err}");
    project.words_are_whole();
    let project = Project::new(&[server.url("round"), server.url("file")]);
    let (code, err) = project.get(&["words"]);
    assert_eq!((code, project.files().len()), (Some(3), 0), "{err}");
    assert!(err.contains("more than 10 redirects, the last one to http://127.0.0.1:"), "{err}");
    assert!(err.contains("a redirect to `file:///etc/hostname`, which is no address of http or https"), "{err}");
}

#[test]
fn a_stalled_answer_is_given_up_and_a_slow_one_is_not() {
    let server = Server::new(|_, request, out| match request.path.as_str() {
        "/stalled" => {
            cut(out, "\"1\"", &words(), 5000)?;
            std::thread::sleep(Duration::from_secs(600));
            Ok(())
        }
        "/silent" => {
            std::thread::sleep(Duration::from_secs(600));
            Ok(())
        }
        _ => {
            let all = words();
            out.write_all(format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", all.len()).as_bytes())?;
            for piece in all.chunks(all.len() / 10) {
                out.write_all(piece)?;
                std::thread::sleep(Duration::from_millis(20));
            }
            Ok(())
        }
    });
    let project = Project::new(&[server.url("silent"), server.url("stalled")]);
    let (code, err) = project.get(&["words", "--timeout", "0.2"]);
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("silent: nothing came for 0.2 s after 0 bytes"), "{err}");
    assert!(err.contains(&format!("stalled: nothing came for 0.2 s after 5000 of {} bytes; the next call goes on there", words().len())), "{err}");
    assert!(project.files().iter().all(|file| file.starts_with(".downloads/stalled-")), "{:?}", project.files());
    let project = Project::new(&[server.url("slow")]);
    let (code, err) = project.get(&["words", "--timeout", "20"]);
    assert_eq!(code, Some(0), "{err}");
    project.words_are_whole();
}

#[test]
fn the_next_mirror_is_tried_and_every_reason_is_told() {
    // A port on which nothing listens any more.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = Server::new(|_, request, out| match request.path.as_str() {
        "/whole" => serve(out, request, "\"1\"", &words()),
        _ => reply(out, "404 Not Found", &[], b"<html>no</html>"),
    });
    let dead = format!("http://{closed}/words.tsv");
    let project = Project::new(&[dead.clone(), server.url("gone"), server.url("whole")]);
    let (code, err) = project.get(&["words"]);
    assert_eq!(code, Some(0), "{err}");
    project.words_are_whole();
    let project = Project::new(&[dead.clone(), server.url("gone")]);
    let (code, err) = project.get(&["words"]);
    assert_eq!((code, project.files().len()), (Some(3), 0), "{err}");
    assert!(err.contains("lexicon `words`: no mirror gave words.tsv:\n  - "), "{err}");
    assert!(err.contains(&format!("{dead}: it cannot be reached: ")), "{err}");
    assert!(err.contains("gone: it answered with status 404 (not found)") && err.contains("name the file or its folder with --from"), "{err}");
}

#[test]
fn archives_made_to_do_harm_are_refused() {
    let document = DOCUMENT.as_bytes();
    let with = |name: &str, bytes: &[u8]| zipped(&[(name, bytes), ("train.txt", document), ("dev.txt", document), ("test.txt", document)]);
    let mut link = zip::ZipWriter::new(Cursor::new(Vec::new()));
    link.add_symlink("a/train.txt", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    let link = link.finish().unwrap().into_inner();
    let bomb = zipped(&[("train.txt", vec![0; 30_000_000].as_slice()), ("dev.txt", document), ("test.txt", document)]);
    assert!(bomb.len() < 100_000);
    for (body, part) in [
        (with("../../evil.txt", b"x"), "`../../evil.txt` leads out of its folder"),
        (with("/tmp/mermen-evil.txt", b"x"), "`/tmp/mermen-evil.txt` leads out of its folder"),
        (with("a\\..\\..\\evil.txt", b"x"), "evil.txt` leads out of its folder"),
        (link, "`a/train.txt` is a link, expected a file"),
        (bomb, "train.txt unpacks to more than "),
    ] {
        let server = Server::new(move |_, request, out| serve(out, request, "\"1\"", &body));
        let project = Project::new(&[server.url("toy.zip")]);
        let (code, err) = project.get(&["toy"]);
        assert_eq!((code, project.files().len()), (Some(3), 0), "{err}");
        assert!(err.contains(part), "{part}: {err}");
        assert_eq!(std::fs::read_dir(project.root.path()).unwrap().count(), 2, "registry and data folder");
    }
    assert!(!Path::new("/tmp/mermen-evil.txt").exists());
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let server = Server::new(|_, request, out| serve(out, request, "\"1\"", &toy_zip()));
    let project = Project::new(&[server.url("toy.zip")]);
    std::fs::create_dir(project.data()).unwrap();
    std::fs::write(project.data().join("corpora"), "a file in the place of the folder").unwrap();
    let (code, err) = project.get(&["toy"]);
    assert_eq!((code, project.files()), (Some(3), vec!["corpora".to_owned()]), "{err}");
    assert!(err.contains("cannot write D/corpora/toy/train.txt; is the disk full, or the folder read-only?\n  because: "), "{err}");
    std::fs::remove_dir_all(project.data()).unwrap();
    std::fs::write(project.data(), "a file").unwrap();
    let (code, err) = project.get(&["toy"]);
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("cannot write D/.downloads"), "{err}");
}

#[test]
fn other_line_ends_are_the_same_corpus() {
    let crlf = DOCUMENT.replace('\n', "\r\n");
    let body = zipped(&[("train.txt", crlf.as_bytes()), ("dev.txt", DOCUMENT.as_bytes()), ("test.txt", DOCUMENT.as_bytes())]);
    let server = Server::new(move |_, request, out| serve(out, request, "\"1\"", &body));
    let project = Project::new(&[server.url("toy.zip")]);
    let (code, err) = project.get(&["toy"]);
    assert_eq!((code, project.files().len()), (Some(0), 3), "{err}");
    assert!(err.contains("corpora/toy/train.txt: other line ends, the same documents"), "{err}");
}

#[test]
fn a_copy_is_taken_from_a_folder_an_archive_or_a_file() {
    let never = Arc::new(Server::new(|_, _, out| reply(out, "404 Not Found", &[], b"")));
    let project = || Project::new(&[never.url("toy.zip")]);
    let place = |project: &Project, path: &str, bytes: &[u8]| {
        let path = project.root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    let document = DOCUMENT.as_bytes();
    // The mirror's archive, by its own name, somewhere in a folder; the archive under any name; the files, unpacked by hand.
    for (files, from) in [
        (vec![("copy/deep/toy.zip", toy_zip())], "copy"),
        (vec![("mine.bin", toy_zip())], "mine.bin"),
        (["train.txt", "dev.txt", "test.txt"].map(|name| (name, document.to_vec())).to_vec(), "."),
    ] {
        let project = project();
        files.iter().for_each(|(path, bytes)| place(&project, path, bytes));
        let (code, err) = project.get(&["toy", "--from", from]);
        assert_eq!((code, project.files()), (Some(0), TOY.map(String::from).to_vec()), "{from}: {err}");
        assert!(files.iter().all(|(path, bytes)| std::fs::read(project.root.path().join(path)).unwrap() == *bytes), "the copy stays");
    }
    // What a copy lacks, or has wrong, is told; what is right is taken.
    let project = project();
    place(&project, "copy/train.txt", document);
    let (code, err) = project.get(&["toy", "--from", "copy"]);
    assert_eq!((code, project.files()), (Some(2), vec!["corpora/toy/train.txt".to_owned()]), "{err}");
    assert!(err.contains("`copy` does not have dev.txt, test.txt; expected a folder with them, or with toy.zip"), "{err}");
    place(&project, "copy/dev.txt", b"1|t|A\n1|a|B\n");
    let (code, err) = project.get(&["toy", "--from", "copy"]);
    assert_eq!((code, project.files().len()), (Some(2), 1), "{err}");
    assert!(err.contains("dev.txt is not the file that the registry means") && err.contains("expected"), "{err}");
    let (code, err) = project.get(&["toy", "--from", "gone"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("`gone`") && err.contains("No such file"), "{err}");
    assert!(never.requests().is_empty());
}

#[test]
fn names_that_cannot_be_downloaded_are_bad_input() {
    let project = Project::new(&[]);
    let (code, err) = project.get(&["toys"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("named `toys`, did you mean `toy`?"), "{err}");
    let (code, err) = project.get(&["toy"]);
    assert_eq!((code, project.files().len()), (Some(2), 0), "{err}");
    assert!(err.contains("no mirror of train.txt, dev.txt, test.txt is known; get it by hand (it comes from https://toy.example/)"), "{err}");
    let (code, err) = project.get(&["toy", "--timeout", "0"]);
    assert_eq!(code, Some(2), "{err}");
    std::fs::write(project.root.path().join("registry.yaml"), "corpora: 3\n").unwrap();
    let (code, err) = project.get(&["toy"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("`registry.yaml` is no registry"), "{err}");
}

/// The entries compiled in: what comes with the source, and what is drawn, needs no download.
#[test]
fn what_needs_no_download_makes_no_request() {
    let root = tempfile::tempdir().unwrap();
    for name in ["mini", "mini-20", "random-50"] {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
        let output = Command::new(env!("CARGO_BIN_EXE_mermen")).args(["data", "get", name, "--data-dir"]).arg(data).current_dir(root.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
