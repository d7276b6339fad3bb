//! Downloads that are cut, killed, or taken up where the file has changed.

use super::project::{Project, words};
use super::server::{Request, Server, cut, reply, serve};
use std::io;
use std::net::TcpStream;
use std::process::Stdio;
use std::time::Duration;

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
    let came = || {
        project
            .files()
            .iter()
            .filter(|file| file.ends_with(".part"))
            .any(|file| std::fs::metadata(project.data().join(file)).is_ok_and(|facts| facts.len() == 150_000))
    };
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
fn begun(later: impl Fn(usize, &Request, &mut TcpStream) -> io::Result<()> + Send + Sync + 'static) -> (Server, Project) {
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
fn a_part_of_a_file_that_has_changed_is_begun_again() {
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
        Some(_) => reply(
            out,
            "206 Partial Content",
            &[("Content-Range", &format!("bytes 7-{}/{}", words().len() - 1, words().len()))],
            &words()[7..],
        ),
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
    assert!(err.contains("downloading it from the start"), "{err}");
    project.words_are_whole();
}
