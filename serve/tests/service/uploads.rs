//! Everything that one can send and should not: each has its status and its message, the service goes on, its memory is bounded.

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Answer, Service, digits_model, easy_digit, head, jpeg, picture, png, read_answer};

/// Small limits, so that the tests are quick.
const LIMITS: [&str; 6] = [
    "--max-bytes",
    "2000000",
    "--max-pixels",
    "1000000",
    "--upload-seconds",
    "1",
];

/// The answer must be a refusal with this status and these words, and the next picture is answered as ever.
#[track_caller]
fn refused(service: &Service, answer: &Answer, status: u16, words: &[&str]) {
    assert_eq!(answer.status, status, "{answer:?}");
    for word in words {
        assert!(answer.error().contains(word), "no {word:?} in {answer:?}");
    }
    for part in ["expected", "got"] {
        assert!(answer.json[part].is_string(), "no {part:?} in {answer:?}");
    }
    let (picture, truth) = easy_digit();
    let after = service.ask(picture);
    assert_eq!(
        (after.status, after.json["class"].as_str()),
        (200, Some(&**truth)),
        "{after:?}"
    );
}

#[test]
fn what_is_no_picture() {
    let service = Service::start(digits_model(), &LIMITS);
    refused(&service, &service.ask(b""), 400, &["JPEG or PNG", "got nothing"]);
    refused(
        &service,
        &service.ask(b"Dear network, is this a cat?"),
        400,
        &["28 bytes that are no picture"],
    );
    let gif = b"GIF89a\x01\0\x01\0\0\0\0;";
    refused(&service, &service.ask(gif), 415, &["JPEG or PNG", "Gif"]);
    let text = service.post("/predict", "text/plain", &png(&picture(8, 8, 1)));
    refused(&service, &text, 415, &["image/jpeg", "text/plain"]);
    for (whole, cut) in [(png(&picture(60, 50, 1)), 3), (jpeg(&picture(60, 50, 1)), 3)] {
        assert_eq!(service.ask(&whole).status, 200);
        let half = &whole[..whole.len() * 2 / cut];
        refused(&service, &service.ask(half), 400, &["whole JPEG or PNG"]);
        refused(&service, &service.ask(&whole[..12]), 400, &["whole JPEG or PNG"]);
    }
    let mut spoiled = png(&picture(60, 50, 1));
    let middle = spoiled.len() / 2;
    spoiled[middle] ^= 0x55;
    refused(&service, &service.ask(&spoiled), 400, &["whole JPEG or PNG"]);
    let noise: Vec<u8> = [
        b"\xFF\xD8\xFF\xE0".to_vec(),
        (0..5000u32).map(|i| (i * i % 251) as u8).collect(),
    ]
    .concat();
    refused(&service, &service.ask(&noise), 400, &["whole JPEG or PNG"]);
}

#[test]
fn too_many_pixels() {
    let service = Service::start(digits_model(), &LIMITS);
    assert_eq!(
        service.ask(&png(&picture(1000, 1000, 1))).status,
        200,
        "a million is allowed"
    );
    let more = service.ask(&png(&picture(1001, 1000, 1)));
    refused(&service, &more, 413, &["1000000 pixels", "1001 x 1000 = 1001000"]);
    // A header that promises more than any memory holds.
    for (side, words) in [(60_000, "60000 x 60000 = 3600000000"), (2_000_000_000, "far more")] {
        let mut bomb = Vec::new();
        let mut writer = png::Encoder::new(&mut bomb, side, side).write_header().unwrap();
        writer.write_chunk(png::chunk::IDAT, &[0; 100]).unwrap();
        drop(writer);
        refused(&service, &service.ask(&bomb), 413, &["1000000 pixels", words]);
    }
    let mut bomb = jpeg(&picture(60, 50, 1));
    let size = bomb.windows(2).position(|mark| mark == [0xFF, 0xC0]).unwrap() + 5;
    bomb[size..size + 4].copy_from_slice(&[0xFF; 4]);
    refused(&service, &service.ask(&bomb), 413, &["65535 x 65535"]);
    let strip = service.ask(&png(&picture(500, 2, 1)));
    refused(&service, &strip, 422, &["at most 20 times", "500 x 2"]);
    assert!(bounded(&service, 150.0));
}

#[test]
fn too_many_bytes() {
    let service = Service::start(digits_model(), &LIMITS);
    // Announced and sent, by a client that does not listen before it is done.
    let sent = service.ask(&vec![7; 20_000_000]);
    refused(&service, &sent, 413, &["at most 2000000 bytes", "20000000"]);
    // Announced and never sent: refused at once.
    let mut announced = service.connect();
    announced.write_all(&head(1 << 40)).unwrap();
    refused(&service, &read_answer(announced), 413, &["at most 2000000 bytes"]);
    // Not announced.
    let mut chunked = service.connect();
    let begin = "POST /predict HTTP/1.1\r\nHost: test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    chunked.write_all(begin.as_bytes()).unwrap();
    for _ in 0..40 {
        chunked.write_all(b"186a0\r\n").unwrap();
        chunked.write_all(&[7; 100_000]).unwrap();
        chunked.write_all(b"\r\n").unwrap();
    }
    chunked.write_all(b"0\r\n\r\n").unwrap();
    refused(
        &service,
        &read_answer(chunked),
        413,
        &["at most 2000000 bytes", "more than"],
    );
    assert!(bounded(&service, 100.0));
}

#[test]
fn broken_off_and_slow() {
    let service = Service::start(digits_model(), &LIMITS);
    let cut = service.raw(&[head(5000), vec![7; 1000]].concat());
    refused(&service, &cut, 400, &["1000 bytes", "broke off"]);
    // A client that leaves without a word.
    let mut gone = service.connect();
    gone.write_all(&[head(5000), vec![7; 1000]].concat()).unwrap();
    drop(gone);

    let start = Instant::now();
    let mut snail = service.connect();
    snail.write_all(&head(5000)).unwrap();
    let mut writer = snail.try_clone().unwrap();
    let crawl = thread::spawn(move || {
        // Ends when the service has had enough.
        while start.elapsed() < Duration::from_secs(20) && writer.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    let slow = read_answer(snail);
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    refused(&service, &slow, 408, &["within 1 seconds", "bytes in that time"]);
    crawl.join().unwrap();
    // One that does not even speak HTTP.
    assert_eq!(service.raw(b"\x16\x03\x01 hello\r\n\r\n").status, 400);
}

#[test]
fn wrong_methods_and_places() {
    let service = Service::start(digits_model(), &LIMITS);
    let get = service.get("/predict");
    assert!(get.headers.contains("post"), "Allow: {get:?}");
    refused(&service, &get, 405, &["expected POST, got GET"]);
    refused(&service, &service.post("/", "image/png", b"x"), 405, &["expected GET"]);
    refused(&service, &service.get("/etc/passwd"), 404, &["/predict", "/etc/passwd"]);
}

#[test]
fn forms() {
    let service = Service::start(digits_model(), &LIMITS);
    let (picture, truth) = easy_digit();
    let part = |name: &str, bytes: &[u8]| {
        let head = format!("--frontier\r\nContent-Disposition: form-data; {name}\r\n\r\n");
        [head.as_bytes(), bytes, b"\r\n"].concat()
    };
    let send = |parts: &[Vec<u8>], end: &str| {
        let body = [parts.concat(), end.as_bytes().to_vec()].concat();
        service.post("/predict", "multipart/form-data; boundary=frontier", &body)
    };
    let file = part("name=\"picture\"; filename=\"5.png\"", picture);
    let note = part("name=\"note\"", b"hello");
    let good = send(&[note.clone(), file.clone()], "--frontier--\r\n");
    assert_eq!(
        (good.status, good.json["class"].as_str()),
        (200, Some(&**truth)),
        "{good:?}"
    );
    refused(
        &service,
        &send(&[note], "--frontier--\r\n"),
        422,
        &["one file", "0 files"],
    );
    refused(
        &service,
        &send(&[file.clone(), file.clone()], "--frontier--\r\n"),
        422,
        &["2 files"],
    );
    refused(&service, &send(&[file], ""), 400, &["whole form"]);
    let unnamed = service.post("/predict", "multipart/form-data", picture);
    refused(&service, &unnamed, 400, &["whole form"]);
}

/// Many large pictures at once: one after the other is decoded.
#[test]
fn memory_is_bounded_when_many_come() {
    let service = Service::start(digits_model(), &["--decoders", "1"]);
    let large = png(&image::RgbImage::new(4000, 4000));
    assert!(large.len() < 300_000, "a bomb: {} bytes for 48 megabytes", large.len());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(service.ask(&large).status, 200));
        }
    });
    assert!(bounded(&service, 400.0));
}

/// Whether the process never had more than so many megabytes.
#[cfg(target_os = "linux")]
fn bounded(service: &Service, megabytes: f64) -> bool {
    let peak = service.peak_megabytes();
    println!("at most {peak:.0} MB");
    peak < megabytes
}

#[cfg(not(target_os = "linux"))]
fn bounded(_: &Service, _: f64) -> bool {
    true
}
