//! Answers that are not taken: damaged, of the wrong length, made to do harm, or not coming.

use super::project::{DOCUMENT, Project, TOY, gzipped, toy_zip, words, zipped, zipped_by};
use super::server::{Server, cut, reply, serve};
use std::io::{Cursor, Write};
use std::path::Path;
use std::time::Duration;
use zip::write::SimpleFileOptions;

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
    // More than any disk holds.
    let server = Server::new(|_, _, out| reply(out, "200 OK", &[("Content-Length", "99999999999999")], b""));
    let project = Project::new(&[server.url("words.tsv")]);
    let (code, err) = project.get(&["words"]);
    assert_eq!((code, project.files().len()), (Some(3), 0), "{err}");
    assert!(err.contains("it promises 99999999999999 bytes, more than"), "{err}");
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
    assert!(
        err.contains(&format!("stalled: nothing came for 0.2 s after 5000 of {} bytes; the next call goes on there", words().len())),
        "{err}"
    );
    assert!(project.files().iter().all(|file| file.starts_with(".downloads/stalled-")), "{:?}", project.files());
    let project = Project::new(&[server.url("slow")]);
    let (code, err) = project.get(&["words", "--timeout", "20"]);
    assert_eq!(code, Some(0), "{err}");
    project.words_are_whole();
}
