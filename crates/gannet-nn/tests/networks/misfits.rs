//! Files that nearly are a known network's: the message names that network, and the first tensors that differ by the file's names.

use gannet_nn::recognize;
use gannet_weights::NamedTensor;

use crate::foreign_file::tensors;

/// The message about a case's file that was changed.
fn refused(case: &str, change: impl FnOnce(&mut Vec<NamedTensor>)) -> String {
    let mut tensors = tensors("known_names", case);
    change(&mut tensors);
    recognize(tensors).unwrap_err().to_string()
}

fn remove(tensors: &mut Vec<NamedTensor>, names: &[&str]) {
    let before = tensors.len();
    tensors.retain(|tensor| !names.contains(&tensor.name.as_str()));
    assert_eq!(before - tensors.len(), names.len());
}

fn tensor(name: &str, shape: &[usize]) -> NamedTensor {
    NamedTensor { name: name.to_owned(), shape: shape.to_vec(), values: vec![0.5; shape.iter().product()] }
}

#[test]
fn missing_tensors_other_shapes_and_what_is_left_over_are_named() {
    let message = refused("rrdb-mixed-0", |tensors| {
        remove(tensors, &["upconv2.bias", "HRconv.weight"]);
        tensors.extend([tensor("HRconv.weight", &[8, 7, 3, 3]), tensor("extra.weight", &[2])]);
    });
    let right = "the nearest is rrdb of ESRGAN and Real-ESRGAN (RRDB for 4 times the size, 3 channels, 1 block, width 8, growth 32: \
                 upconv2.bias is missing; HRconv.weight has the shape [8, 7, 3, 3] and should have [8, 8, 3, 3]; extra.weight is left \
                 over)";
    assert!(message.contains(right), "{message}");
}

#[test]
fn a_missing_tensor_has_the_name_that_its_neighbors_have() {
    for (case, names, more) in [
        ("rrdb-first-x4", &["model.1.sub.1.RDB2.conv3.0.weight", "model.1.sub.1.RDB2.conv3.0.bias"][..], ")"),
        ("rrdb-release-x4", &["RRDB_trunk.0.RDB1.conv2.bias", "upconv1.bias", "upconv2.bias", "HRconv.bias"], "1 more"),
        ("srgan-prelu-x4", &["block3.bn2.running_var"], ")"),
        ("cyclegan-block", &["model.11.block.6.bias"], ")"),
        ("dcgan-32-dropout", &["main.5.running_var"], ")"),
    ] {
        let message = refused(case, |tensors| remove(tensors, names));
        for name in names.iter().take(3) {
            assert!(message.contains(&format!("{name} is missing")), "{case}, {name}: {message}");
        }
        assert!(message.contains(more), "{case}: {message}");
    }
}

/// Without these tensors the sizes of the network are not known.
#[test]
fn a_missing_first_or_last_layer_is_named() {
    for (case, name, network) in [
        ("rrdb-first-x4", "model.0.weight", "rrdb"),
        ("rrdb-first-x4", "model.10.weight", "rrdb"),
        ("rrdb-release-x4", "conv_last.weight", "rrdb"),
        ("srgan-prelu-x4", "block1.0.weight", "srresnet"),
        ("cyclegan-block", "model.1.weight", "resnet"),
    ] {
        let message = refused(case, |tensors| remove(tensors, &[name]));
        let right = [format!("the nearest is {network} of"), format!("(it has no {name})")];
        assert!(right.iter().all(|part| message.contains(part)), "{case}: {message}");
    }
}

#[test]
fn a_tensor_under_two_names_is_not_guessed() {
    let message = refused("rrdb-mixed-0", |tensors| tensors.push(tensor("conv_up1.bias", &[8])));
    assert!(message.contains("conv_up1.bias is there under two names"), "{message}");
}
