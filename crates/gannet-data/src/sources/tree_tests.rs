//! Folders of published and of everyday sets.

use super::tree::arrange;
use crate::Split;

fn arranged(paths: &[&'static str], split: Split) -> Option<(usize, Vec<String>, Vec<usize>)> {
    let mut images: Vec<_> = paths.iter().copied().enumerate().map(|(i, path)| (path, i)).collect();
    images.sort_unstable();
    arrange(images, split).map(|tree| (tree.images.len(), tree.classes, tree.labels))
}

#[test]
fn folders_of_images_are_classes_unless_images_lie_next_to_them() {
    let classes = vec!["cat".to_owned(), "dog".to_owned()];
    assert_eq!(arranged(&["dog/1", "cat/a/1", "cat/2"], Split::Train), Some((3, classes, vec![0, 0, 1])));
    assert_eq!(arranged(&["dog/1", "cat/1", "x"], Split::Train), Some((3, vec![], vec![])));
}

#[test]
fn a_single_folder_around_everything_has_no_meaning() {
    let classes = vec!["cat".to_owned(), "dog".to_owned()];
    assert_eq!(arranged(&["pets/dog/1", "pets/cat/1"], Split::Train), Some((2, classes, vec![0, 1])));
    assert_eq!(arranged(&["pets/1", "pets/2"], Split::Train), Some((2, vec![], vec![])));
    assert_eq!(arranged(&["a/b/c/1"], Split::Train), Some((1, vec![], vec![])));
}

#[test]
fn train_next_to_test_or_val_are_splits() {
    let paths = ["top/train/a/1", "top/train/b/1", "top/train/b/2", "top/Val/a/1", "top/Val/b/1", "top/extra/1"];
    assert_eq!(arranged(&paths, Split::Train).map(|t| (t.0, t.2)), Some((3, vec![0, 1, 1])));
    assert_eq!(arranged(&paths, Split::Test).map(|t| (t.0, t.2)), Some((2, vec![0, 1])));
    assert_eq!(arranged(&["train/1"], Split::Train).map(|t| t.0), Some(1));
    assert_eq!(arranged(&["train/1"], Split::Test), None);
    assert_eq!(arranged(&["1", "2"], Split::Test), None);
}

#[test]
fn names_of_published_sets_are_splits() {
    let count = |paths: &[&'static str], split| arranged(paths, split).map(|tree| (tree.0, tree.1.len()));
    let coco = ["train2017/1", "train2017/2", "val2017/1", "test2017/1", "test2017/2", "unlabeled2017/1"];
    assert_eq!(count(&coco, Split::Train), Some((2, 0)));
    assert_eq!(count(&coco, Split::Test), Some((2, 0)));
    let div2k = ["DIV2K_train_HR/1", "DIV2K_train_LR_bicubic/X2/1", "DIV2K_train_LR_bicubic/X4/1", "DIV2K_valid_HR/1"];
    assert_eq!(count(&div2k, Split::Train), Some((1, 0)));
    assert_eq!(count(&div2k[..3], Split::Train), Some((1, 0)));
    assert_eq!(count(&div2k, Split::Test), Some((1, 0)));
    assert_eq!(count(&["LR/X2/1", "LR/X3/1"], Split::Train), Some((2, 0)));
    let kaggle =
        ["seg_train/seg_train/sea/1", "seg_train/seg_train/ice/1", "seg_test/seg_test/sea/1", "seg_pred/seg_pred/1"];
    assert_eq!(count(&kaggle, Split::Train), Some((2, 2)));
    assert_eq!(count(&kaggle, Split::Test), Some((1, 2)));
    let cats = ["training_set/cats/1", "training_set/dogs/1", "test_set/cats/1", "test_set/dogs/1"];
    assert_eq!(count(&cats, Split::Train), Some((2, 2)));
    let rooms = ["bedroom_train_lmdb/1", "bedroom_val_lmdb/1", "church_train_lmdb/1", "church_val_lmdb/1"];
    assert_eq!(arranged(&rooms, Split::Train).unwrap().1, ["bedroom", "church"]);
    let streets = [
        "leftImg8bit/train/ulm/1_leftImg8bit.png",
        "leftImg8bit/train/bonn/1_leftImg8bit.png",
        "leftImg8bit/val/jena/1_leftImg8bit.png",
        "gtFine/train/ulm/1_gtFine_color.png",
    ];
    assert_eq!(count(&streets, Split::Train), Some((2, 0)), "cities are no classes");
    assert_eq!(count(&streets, Split::Test), Some((1, 0)));
}

#[test]
fn the_labeled_split_of_imagenet_is_the_test_split() {
    let paths = ["train/n01/1", "train/n02/1", "val/n01/1", "val/n02/1", "val/n02/2", "test/1", "test/2"];
    let (count, classes, labels) = arranged(&paths, Split::Test).unwrap();
    assert_eq!((count, classes.len(), labels), (3, 2, vec![0, 1, 1]));
    let labeled = ["train/a/1", "train/b/1", "val/a/1", "val/b/1", "test/a/1", "test/b/1", "test/b/2"];
    assert_eq!(arranged(&labeled, Split::Test).map(|tree| tree.0), Some(3));
    let unlabeled = ["train/1", "val/1", "val/2", "test/1"];
    assert_eq!(arranged(&unlabeled, Split::Test).map(|tree| tree.0), Some(1));
}

#[test]
fn test_images_have_the_numbers_of_the_training_classes() {
    let paths = ["train/a/1", "train/b/1", "train/c/1", "test/a/1", "test/c/1"];
    let classes: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
    assert_eq!(arranged(&paths, Split::Test), Some((2, classes.clone(), vec![0, 2])));
    assert_eq!(
        arranged(&["train/a/1", "train/b/1", "train/c/1", "test/c/1"], Split::Test),
        Some((1, classes, vec![2]))
    );
}

#[test]
fn two_domains_are_two_classes() {
    for paths in [
        ["trainA/1", "trainA/2", "trainB/1", "testA/1", "testB/1"],
        ["train/A/1", "train/A/2", "train/B/1", "test/A/1", "test/B/1"],
        ["A/train/1", "A/train/2", "B/train/1", "A/test/1", "B/test/1"],
    ] {
        let classes = vec!["A".to_owned(), "B".to_owned()];
        assert_eq!(arranged(&paths, Split::Train), Some((3, classes.clone(), vec![0, 0, 1])), "{paths:?}");
        assert_eq!(arranged(&paths, Split::Test), Some((2, classes, vec![0, 1])), "{paths:?}");
        let names = arrange(paths.iter().copied().zip(0..).collect(), Split::Train).unwrap().names;
        assert_eq!(names, ["1", "2", "1"]);
    }
    assert_eq!(arranged(&["trainA/1", "trainB/1"], Split::Train).unwrap().2, [0, 1]);
    assert_eq!(arranged(&["trainA/1", "trainB/1"], Split::Test), None);
}

#[test]
fn annotations_are_no_images() {
    let found = |paths: &[&'static str]| arranged(paths, Split::Train).map(|tree| (tree.0, tree.1.len()));
    assert_eq!(found(&["images/1", "images/2", "masks/1", "masks/2"]), Some((2, 0)));
    assert_eq!(found(&["VOC/JPEGImages/1", "VOC/SegmentationClass/1", "VOC/SegmentationObject/1"]), Some((1, 0)));
    assert_eq!(found(&["with/1", "mask/1"]), Some((2, 2)), "classes may be called so");
    let tree = arrange(vec![("images/1", 0), ("masks/1", 1)], Split::Train).unwrap();
    assert_eq!(tree.layout.warnings(), ["folder masks: 1 left out: annotations of the images next to them"]);
}

#[test]
fn low_resolution_next_to_high_resolution_is_left_out() {
    for paths in
        [["GT/1", "GT/2", "LQ/1"], ["Set5/HR/1", "Set5/HR/2", "Set5/LR_bicubic/X2/1"], ["hq/a/1", "hq/a/2", "lq/1"]]
    {
        let tree = arrange(paths.iter().copied().zip(0..).collect(), Split::Train).unwrap();
        assert_eq!((tree.images.len(), tree.classes.len()), (2, 0), "{paths:?}");
        assert!(tree.layout.warnings()[0].ends_with("1 left out: low-resolution images"), "{:?}", tree.layout);
    }
    let count = |paths: &[&'static str]| arranged(paths, Split::Train).map(|tree| (tree.0, tree.1.len()));
    assert_eq!(count(&["GT/1", "LQ/1", "other/1"]), Some((3, 3)));
    assert_eq!(count(&["LR/1", "LQ/1"]), Some((2, 2)));
}

#[test]
fn places_are_classes_below_their_first_letter() {
    let paths = ["a/airfield/1", "a/arch/1", "b/bar/1", "b/building/indoor/1"];
    let (count, classes, labels) = arranged(&paths, Split::Train).unwrap();
    assert_eq!((count, labels), (4, vec![0, 1, 2, 3]));
    assert_eq!(classes, ["airfield", "arch", "bar", "building/indoor"]);
    // A hand's signs are letters, too.
    assert_eq!(arranged(&["a/1", "a/2", "b/1"], Split::Train).unwrap().1, ["a", "b"]);
    assert_eq!(arranged(&["a/me/1", "a/arm/2", "b/me/1"], Split::Train).unwrap().1, ["a", "b"]);
}

#[test]
fn clutter_is_no_class_of_caltech() {
    let tree = arrange(vec![("BACKGROUND_Google/1", 0), ("ant/1", 1), ("crab/1", 2)], Split::Train).unwrap();
    assert_eq!((tree.images, tree.classes), (vec![1, 2], vec!["ant".to_owned(), "crab".to_owned()]));
    assert!(tree.layout.warnings()[0].contains("BACKGROUND_Google: 1 left out"), "{:?}", tree.layout);
}

#[test]
fn train_among_other_classes_is_a_class() {
    let classes = arranged(&["bus/1", "train/1", "car/1"], Split::Train).map(|t| t.1);
    assert_eq!(classes, Some(vec!["bus".to_owned(), "car".to_owned(), "train".to_owned()]));
}
