//! `mermen data get` against servers that answer well, badly, or not at all: what is there afterwards is whole or not there.

mod project;
mod refused;
mod resume;
mod server;

use project::{DOCUMENT, Project, TOY, gzipped, toy_zip, words, zipped};
use server::{Server, reply, serve};
use std::io::Write;
use std::path::Path;
use std::process::Command;

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
    assert!(err.contains("dev.txt is not the right file (its SHA-256 is ") && err.contains("getting it again"), "{err}");
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
    assert!(err.contains("a redirect to `file:///etc/hostname`, which is not an address of http or https"), "{err}");
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
    assert!(
        err.contains("gone: it answered with status 404 (not found)") && err.contains("name the file or its folder with --from"),
        "{err}"
    );
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let server = Server::new(|_, request, out| serve(out, request, "\"1\"", &toy_zip()));
    let project = Project::new(&[server.url("toy.zip")]);
    std::fs::create_dir(project.data()).unwrap();
    std::fs::write(project.data().join("corpora"), "a file instead of the folder").unwrap();
    let (code, err) = project.get(&["toy"]);
    let placed: Vec<String> = project.files().into_iter().filter(|file| !file.starts_with(".downloads/toy.zip-")).collect();
    assert_eq!((code, placed), (Some(3), vec!["corpora".to_owned()]), "{err}");
    assert!(err.contains("cannot write D/corpora/toy/train.txt; is the disk full, or the folder read-only?\n  because: "), "{err}");
    // Once that is mended, what was downloaded is not downloaded again.
    std::fs::remove_file(project.data().join("corpora")).unwrap();
    let (code, err) = project.get(&["toy"]);
    assert_eq!((code, project.files().len(), server.requests().len()), (Some(0), 3, 1), "{err}");
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
    let never = Server::new(|_, _, out| reply(out, "404 Not Found", &[], b""));
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
    assert!(
        err.contains("no mirror of train.txt, dev.txt, test.txt is known; get it by hand (it comes from https://toy.example/)"),
        "{err}"
    );
    let (code, err) = project.get(&["toy", "--timeout", "0"]);
    assert_eq!(code, Some(2), "{err}");
    std::fs::write(project.root.path().join("registry.yaml"), "corpora: 3\n").unwrap();
    let (code, err) = project.get(&["toy"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("`registry.yaml` is not a registry"), "{err}");
}

/// The entries compiled in: what comes with the source, and what is drawn, needs no download.
#[test]
fn what_needs_no_download_makes_no_request() {
    let root = tempfile::tempdir().unwrap();
    for name in ["mini", "mini-20", "random-50"] {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
        let output = Command::new(env!("CARGO_BIN_EXE_mermen"))
            .args(["data", "get", name, "--data-dir"])
            .arg(data)
            .current_dir(root.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
