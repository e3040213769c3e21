//! Values that are allowed alone but not together.

use super::{read, refusal};

/// A recipe of image-to-image translation that is small enough for every network.
const IMAGES: &str = "data.size = 16\ndata.channels = 3\nmodel.width = 2\n";

#[test]
fn values_that_contradict_each_other_are_refused() {
    assert_eq!(read("model.kind = 'mlp'\ndata.size = 48").unwrap().data.size, 48);
    let classify = "task = 'classify'\ndata.labels = true\n";
    let cases = [
        ("model.kind = 'lenet'", "set task"),
        ("task = 'classify'\nmodel.kind = 'dcgan'", "set model.kind to lenet"),
        ("task = 'classify'", "set data.labels = true"),
        (&format!("{classify}data.size = 28"), "data.size must be 32"),
        (&format!("{classify}model.kind = 'small-resnet'"), "set data.channels = 3"),
        (&format!("{classify}data.channels = 3"), "set data.channels = 1"),
        (&format!("{classify}eval.every = 5"), "eval.every"),
        (&format!("{classify}penalty.r1 = 1.0"), "penalty.r1"),
        ("loss.kind = 'least-squares'\nloss.b = 0", "set them apart"),
        ("checkpoint.milestone = 700", "multiple of checkpoint.every, 500, not 700"),
        ("train.pack = 3", "train.batch must be a multiple of train.pack"),
    ];
    for (text, part) in cases {
        let message = refusal(read(text));
        assert!(message.contains(part), "{text}: {message}");
    }
}

#[test]
fn generators_and_discriminators_of_noise() {
    for (text, part) in [
        ("loss.kind = 'wasserstein'", "penalty.wgan_gp = 10.0, penalty.clip = 0.01, or model.weight = \"spectral\""),
        ("penalty.wgan_gp = 10\npenalty.clip = 0.01\nmodel.norm = 'none'", "set one of them to 0"),
        ("penalty.wgan_gp = 10", "set model.norm to layer, instance or none"),
        ("penalty.dragan = 10", "set model.norm to layer, instance or none"),
        ("model.weight = 'spectral'", "set model.norm = \"none\""),
        ("model.weight = 'weight-norm'\nmodel.norm = 'layer'", "set model.norm = \"none\""),
        ("model.weight = 'weight-norm'\nmodel.norm = 'none'\npenalty.clip = 0.1", "set one of them off"),
        ("loss.pull_away = 0.1", "set loss.kind = \"ebgan\""),
        ("loss.kind = 'began'\npenalty.lecam = 1", "energies apart: set it to 0"),
        ("loss.kind = 'ebgan'\npenalty.dragan = 1\nmodel.norm = 'none'", "least at real images: set it to 0"),
        ("loss.kind = 'least-squares'\nloss.smoothing = 0.1", "set it to 0, and loss.b to the target"),
        ("loss.kind = 'hinge'\nloss.smoothing = 0.1", "set it to 0"),
        ("loss.kind = 'relativistic-pairing'\ntrain.top_k = 0.5", "set it to 1.0"),
        ("model.generator_norm = 'conditional'", "model.generator_norm"),
        ("model.generator_norm = 'instance'", "model.generator_norm"),
        ("model.kind = 'sngan'\nmodel.generator_norm = 'conditional'", "set condition.kind = \"projection\""),
        ("model.kind = 'sngan'\nmodel.generator_norm = 'pixel'", "model.generator_norm"),
        ("model.kind = 'sngan'\nmodel.attention = 12", "model.attention"),
        ("model.kind = 'sngan'\ndata.size = 28", "data.size must be 32, 64 or 128"),
    ] {
        let message = refusal(read(text));
        assert!(message.contains(part), "{text}: {message}");
    }
    for text in [
        "loss.kind = 'wasserstein'\npenalty.clip = 0.01",
        "model.norm = 'batch'\nmodel.weight = 'equalized'",
        "model.kind = 'sngan'\npenalty.wgan_gp = 1",
        "model.kind = 'mlp'\nmodel.weight = 'spectral'",
    ] {
        assert_eq!(refusal(read(text)), "", "{text}");
    }
}

#[test]
fn conditions_and_augmentations() {
    for (text, part) in [
        ("condition.kind = 'auxiliary'\ncondition.iic_weight = 1\ndata.labels = true", "condition.kind = \"info\""),
        ("condition.q_network = true", "condition.kind = \"info\""),
        (
            "model.kind = 'mlp'\ndata.size = 20\ncondition.kind = 'info'\ncondition.q_network = true",
            "set data.size to 28, 32, 64 or 128",
        ),
        ("condition.kind = 'projection'", "set data.labels = true"),
        ("condition.kind = 'info'\ntrain.pack = 2", "set train.pack = 1"),
        ("condition.kind = 'info'\nloss.kind = 'ebgan'", "set condition.kind = \"none\""),
        ("augment.kind = 'diff'\naugment.policy = 'color,blit'", "set it to some of color, translation, cutout"),
        ("augment.kind = 'ada'\naugment.policy = 'translation'", "set it to some of blit, geometry, color, filter"),
        ("augment.consistency = 'cr'\ntrain.pack = 2", "set train.pack = 1"),
        ("augment.latent_consistency = 1\ntrain.pack = 2", "set train.pack = 1"),
        ("augment.deceive = true\ntrain.pack = 2", "set train.pack = 1"),
        ("augment.kind = 'ada'\nloss.kind = 'relativistic-average'", "augment.target = 0.0"),
        ("augment.deceive = true\nloss.kind = 'began'", "augment.target = 0.0"),
    ] {
        let message = refusal(read(text));
        assert!(message.contains(part), "{text}: {message}");
    }
    let fixed = "augment.kind = 'ada'\naugment.target = 0\naugment.p = 0.2\nloss.kind = 'relativistic-average'";
    assert_eq!(refusal(read(fixed)), "");
}

#[test]
fn autoencoders() {
    for (text, part) in [
        ("autoencode.features = 1", "set autoencode.adversarial above 0"),
        ("autoencode.reconstruction = 0", "set autoencode.reconstruction above 0"),
        ("model.norm = 'virtual'", "leave it at its default"),
        ("model.minibatch_std = true", "belongs to task generate"),
        ("loss.kind = 'ebgan'", "leave it at its default"),
        ("penalty.r1 = 1", "for a discriminator, and there is none: set autoencode.adversarial above 0"),
        ("train.instance_noise = 0.1", "for a discriminator"),
        ("penalty.lecam = 1", "leave it out"),
        ("condition.kind = 'concatenation'", "leave it out"),
        ("train.pack = 2", "leave it out"),
        ("cosine.share = 1", "leave it out"),
        ("data.target = 'shapes'", "leave it out"),
    ] {
        let message = refusal(read(&format!("task = 'autoencode'\n{text}")));
        assert!(message.contains(part), "{text}: {message}");
    }
}

#[test]
fn image_to_image_tasks() {
    for (task, text, part) in [
        ("pix2pix", "data.size = 24", "data.size must be"),
        ("pix2pix", "model.kind = 'resnet'\ndata.size = 30", "multiple of 4"),
        ("upscale", "data.target = 'shapes'", "data.target"),
        ("upscale", "model.kind = 'srvgg'\ndata.size = 18", "multiple of"),
        ("upscale", "model.kind = 'rrdb'\ndata.size = 18\nupscale.scale = 2", "multiple of 4"),
        ("pix2pix", "data.patches = 4", "data.patches belongs to"),
        ("pix2pix", "model.n_layers = 1\npix2pix.perceptual = 1", "data.size = 32"),
        ("upscale", "data.size = 64\ndata.channels = 1\nupscale.perceptual = 1", "data.channels = 3"),
        ("cyclegan", "cyclegan.perceptual = 1", "unknown key 'cyclegan.perceptual'"),
        ("cyclegan", "cyclegan.adversarial = 0", "cyclegan.adversarial must be a number above 0"),
        ("cut", "cut.adversarial = 0", "cut.adversarial must be a number above 0"),
        (
            "cyclegan",
            "model.discriminator = 'unet'",
            "model.discriminator belongs to tasks pix2pix, upscale and inpaint",
        ),
        ("cyclegan", "model.weight = 'spectral'", "model.weight belongs to"),
        ("inpaint", "data.size = 20\nmodel.discriminator = 'unet'", "multiple of 8"),
        ("inpaint", "data.size = 36\nmodel.stages = 2\nmodel.n_layers = 1", "multiple of 8"),
        ("inpaint", "data.size = 18\nmodel.n_layers = 1", "multiple of 4"),
        ("pix2pix", "model.weight = 'spectral'\nmodel.n_layers = 1\nmodel.norm = 'instance'", "model.norm = \"none\""),
        ("pix2pix", "model.kind = 'resnet'\nmodel.n_layers = 1\npix2pix.dropout = true", "pix2pix.dropout = false"),
        ("pix2pix", "model.n_layers = 1\npix2pix.dropout = true", "data.size = 64"),
        ("pix2pix", "model.n_layers = 1\nmodel.norm = 'layer'", "batch, instance or none"),
        ("pix2pix", "model.n_layers = 3\nmodel.norm = 'instance'", "set it to 2 or less"),
        ("pix2pix", "model.n_layers = 1\npix2pix.adversarial = 0\npenalty.r1 = 1", "for a discriminator"),
        ("pix2pix", "model.n_layers = 1\npix2pix.adversarial = 0\npix2pix.l1 = 0", "set one above 0"),
        ("pix2pix", "model.n_layers = 1\npenalty.wgan_gp = 10", "instance or none"),
        ("pix2pix", "model.n_layers = 1\nmodel.generator_norm = 'pixel'", "batch, instance or none"),
        ("pix2pix", "augment.kind = 'diff'", "leave it out"),
        ("pix2pix", "model.n_layers = 1\nloss.kind = 'began'", "leave it at its default"),
        ("pix2pix", "eval.every = 1", "leave it out"),
        ("pix2pix", "data.labels = true", "leave it out"),
        ("pix2pix", "pix2pix.features = 1", "pix2pix.features must be a text"),
    ] {
        let message = refusal(read(&format!("{}task = '{task}'\n{text}", images(text))));
        assert!(message.contains(part), "{task}, {text}: {message}");
    }
}

#[test]
fn style_transfer() {
    for task in ["stylize", "adain"] {
        for (text, part) in [
            ("data.channels = 3\ndata.size = 16", "data.size = 32 or more"),
            ("data.channels = 1\ndata.size = 32", "data.channels = 3"),
            ("loss.kind = 'hinge'", "loss.kind belongs to"),
            ("penalty.r1 = 1", "penalty.r1 belongs to"),
        ] {
            let message = refusal(read(&format!("task = '{task}'\n{text}")));
            assert!(message.contains(part), "{task}, {text}: {message}");
        }
    }
    let color = "data.channels = 3\n";
    for (text, part) in [
        ("task = 'stylize'\ndata.target = 'shapes'", "data.target"),
        ("task = 'adain'\ndata.size = 36", "multiple of 8"),
        ("task = 'adain'\nadain.depth = 4", "adain.depth must be a whole number from 0 to 3"),
    ] {
        let message = refusal(read(&format!("{color}{text}")));
        assert!(message.contains(part), "{text}: {message}");
    }
}

/// The U-Net discriminator has no norm that could mix images.
#[test]
fn a_discriminator_without_norms_takes_every_penalty() {
    let text = "task = 'pix2pix'\nmodel.discriminator = 'unet'\npenalty.wgan_gp = 1";
    assert_eq!(refusal(read(text)), "");
}

/// The lines of [`IMAGES`] whose keys `text` does not set.
fn images(text: &str) -> String {
    let own = |line: &&str| !text.contains(line.split(" = ").next().unwrap());
    IMAGES.lines().filter(own).map(|line| format!("{line}\n")).collect()
}
