//! The end in good order.
#![cfg(unix)]

use std::io::Write;
use std::net::TcpStream;

use crate::support::{Answer, Service, digit, digits_model, head, photo_model, picture, png, read_answer, until};

/// Many wait, the signal comes, all are answered.
#[test]
fn what_was_accepted_is_answered() {
    let mut service = Service::start(
        photo_model(),
        &["--queue", "64", "--batch", "1", "--stop-seconds", "300"],
    );
    let picture = png(&picture(96, 96, 1));
    const ALL: usize = 40;
    let asked: Vec<TcpStream> = (0..ALL)
        .map(|_| {
            let mut stream = service.connect();
            stream
                .write_all(&[head(picture.len()), picture.clone()].concat())
                .unwrap();
            stream
        })
        .collect();
    until("all are accepted", || {
        service.metric("gradus_connections ") > ALL as f64
    });
    let done = service.metric("gradus_predictions_total");
    assert!(done < ALL as f64 - 4.0, "{done} of {ALL}: too quick to prove anything");
    service.signal("-TERM");
    let answers: Vec<Answer> = asked.into_iter().map(read_answer).collect();
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    let (good, words) = service.end();
    assert!(good && words.contains("all that was accepted is answered"), "{words}");
    assert!(TcpStream::connect(service.address).is_err(), "nobody listens any more");
}

/// An upload that is under way when the signal comes may come to its end.
#[test]
fn half_an_upload_is_waited_for() {
    let mut service = Service::start(digits_model(), &[]);
    let (picture, _) = digit(1);
    let mut stream = service.connect();
    let (first, second) = picture.split_at(picture.len() / 2);
    stream.write_all(&[&head(picture.len()), first].concat()).unwrap();
    until("the connection is open", || {
        service.metric("gradus_connections ") >= 2.0
    });
    service.signal("-INT");
    until("nobody else is let in", || TcpStream::connect(service.address).is_err());
    stream.write_all(second).unwrap();
    assert_eq!(read_answer(stream).status, 200);
    assert!(service.end().0);
}

/// One that never comes to its end is not waited for.
#[test]
fn not_for_ever() {
    let mut service = Service::start(digits_model(), &["--stop-seconds", "0.3"]);
    let mut stream = service.connect();
    stream.write_all(&head(1000)).unwrap();
    until("the connection is open", || {
        service.metric("gradus_connections ") >= 2.0
    });
    service.signal("-TERM");
    assert!(!service.end().0, "somebody was cut off, which is no good end");
}
