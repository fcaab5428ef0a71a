//! The real files, where `GRADUS_DATA` names a folder that has them.

use gradus::data::{fashion_mnist, mnist};
use gradus_data::{Cache, Catalogue, FileStatus};

/// Whether the set is here; says so if it is not.
pub fn here(name: &str) -> bool {
    let catalogue = Catalogue::load().unwrap();
    let there = std::env::var_os("GRADUS_DATA").is_some_and(|root| {
        let statuses = catalogue.get(name).unwrap().status(&Cache::at(root)).unwrap();
        statuses.iter().all(|status| *status == FileStatus::Ready)
    });
    if !there {
        println!("SKIPPED: {name} is not in GRADUS_DATA");
    }
    there
}

#[test]
fn mnist_is_mnist() {
    if !here("mnist") {
        return;
    }
    let (train, test) = mnist().unwrap();
    assert_eq!(
        (train.len(), test.len(), train.sample_shape()),
        (60_000, 10_000, &[1, 28, 28][..])
    );
    assert_eq!((train.name(), test.name()), ("MNIST, training set", "MNIST, test set"));
    assert_eq!(train.labels()[..10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    assert_eq!(test.labels()[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    // The numbers that the PyTorch examples normalize with: 0.1307, 0.3081.
    let (mean, std) = train.mean_std();
    assert!(
        (mean[0] - 0.1307).abs() < 5e-5 && (std[0] - 0.3081).abs() < 5e-5,
        "{mean:?} {std:?}"
    );
    let image = train.image(0).unwrap();
    assert_eq!((image.shape(), image.pixels()[5 * 28 + 12]), ([1, 28, 28], 3.0 / 255.0));
}

#[test]
fn fashion_mnist_is_fashion_mnist() {
    if !here("fashion-mnist") {
        return;
    }
    let (train, test) = fashion_mnist().unwrap();
    assert_eq!((train.len(), test.len()), (60_000, 10_000));
    assert_eq!(
        (train.class_counts(), test.class_counts()),
        (vec![6000; 10], vec![1000; 10])
    );
    assert_eq!(train.labels()[..4], [9, 0, 0, 3]);
    assert_eq!(train.class_names()[9], "Ankle boot");
    let (mean, std) = train.mean_std();
    assert!(
        (mean[0] - 0.2860).abs() < 5e-5 && (std[0] - 0.3530).abs() < 5e-5,
        "{mean:?} {std:?}"
    );
}
