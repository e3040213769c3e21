//! What a file lacks, and has too much, for the network that it was recognized as.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use gannet_ops::device::device;
use gannet_ops::random::Stream;
use gannet_weights::TensorFile;

use crate::architectures::AnyNetwork;
use crate::registry::{
    Architecture, DiscriminatorConfig, DiscriminatorVisitor, GanVisitor, Part, Recognized, Role, TranslatorConfig,
    TranslatorVisitor,
};

/// Most differences that a message names.
const NAMED: usize = 3;

/// How a file's tensors differ from those of a network.
pub(crate) struct Differences {
    /// How many are as they should be.
    pub matching: usize,
    all: Vec<Difference>,
}

enum Difference {
    Missing(String),
    Shape { name: String, found: Vec<usize>, right: Vec<usize> },
    Twice(String),
    LeftOver(String),
}

impl Differences {
    /// Of the tensors that were found from those of their network.
    pub fn of(found: &Recognized<AnyNetwork>) -> Self {
        let mut tensors: BTreeMap<&str, Vec<&[usize]>> = BTreeMap::new();
        for tensor in &found.tensors {
            tensors.entry(&tensor.name).or_default().push(&tensor.shape);
        }
        let (mut matching, mut all) = (0, Vec::new());
        for (name, right) in shapes(found) {
            match tensors.remove(name.as_str()).as_deref() {
                None => all.push(Difference::Missing(name)),
                Some([shape]) if *shape == right => matching += 1,
                Some([shape]) => all.push(Difference::Shape { name, found: shape.to_vec(), right }),
                Some(_) => all.push(Difference::Twice(name)),
            }
        }
        all.extend(tensors.into_keys().map(|name| Difference::LeftOver(name.to_owned())));
        Self { matching, all }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The first few, by the file's names as far as these are recorded.
    pub fn describe(&self, file: &TensorFile) -> String {
        let name = |own: &String| file.name_of(own).unwrap_or_else(|| own.clone());
        let describe = |difference: &Difference| match difference {
            Difference::Missing(own) => format!("{} is missing", name(own)),
            Difference::Shape { name: own, found, right } => {
                format!("{} has the shape {found:?} and should have {right:?}", name(own))
            }
            Difference::Twice(own) => format!("{} is there under two names", name(own)),
            Difference::LeftOver(own) => format!("{} is left over", name(own)),
        };
        let mut named: Vec<String> = self.all.iter().take(NAMED).map(describe).collect();
        if self.all.len() > NAMED {
            named.push(format!("and {} more", self.all.len() - NAMED));
        }
        named.join("; ")
    }
}

/// Names and shapes of a network, which is built without memory for its weights.
#[derive(Default)]
struct Shapes {
    path: Vec<String>,
    all: Vec<(String, Vec<usize>)>,
}

impl Shapes {
    fn of<M: Module>(network: &M) -> Vec<(String, Vec<usize>)> {
        let mut shapes = Self::default();
        network.visit(&mut shapes);
        shapes.all
    }
}

impl ModuleVisitor for Shapes {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.all.push((self.path.join("."), param.shape().to_vec()));
    }
}

/// The CPU, though nothing is computed: without it, for a wrong word in `GANNET_SIMD`, no command goes on.
fn any_device() -> Device {
    device("cpu").unwrap_or_default()
}

/// Names and shapes of the network that was found.
fn shapes(found: &Recognized<AnyNetwork>) -> Vec<(String, Vec<usize>)> {
    let (config, collect) = (found.config.clone(), CollectShapes { part: found.part });
    match config {
        AnyNetwork::Discriminator(config) => config.visit(collect),
        config if config.kind().is_some_and(|kind| kind.role() == Role::Gan) => {
            config.visit_gan(collect).unwrap_or_default()
        }
        config => config.visit_translator(collect).unwrap_or_default(),
    }
}

/// Builds the found part of a network.
struct CollectShapes {
    part: Part,
}

impl GanVisitor for CollectShapes {
    type Output = Vec<(String, Vec<usize>)>;

    fn visit<A: Architecture>(self, architecture: A) -> Self::Output {
        let (stream, device) = (&mut Stream::placeholder(), &any_device());
        match self.part {
            Part::Discriminator => Shapes::of(&architecture.init_discriminator(stream, device)),
            Part::Generator | Part::Whole => Shapes::of(&architecture.init_generator(stream, device)),
            Part::VariationalAutoencoder => {
                let encoder = Shapes::of(&architecture.init_encoder(2 * architecture.latent(), stream, device));
                let decoder = Shapes::of(&architecture.init_generator(stream, device));
                let prefixed = |prefix: &str, shapes: Self::Output| {
                    shapes.into_iter().map(|(name, shape)| (format!("{prefix}.{name}"), shape)).collect::<Vec<_>>()
                };
                [prefixed("encoder", encoder), prefixed("decoder", decoder)].concat()
            }
        }
    }
}

impl TranslatorVisitor for CollectShapes {
    type Output = Vec<(String, Vec<usize>)>;

    fn visit<C: TranslatorConfig>(self, config: C) -> Self::Output {
        Shapes::of(&config.init(&mut Stream::placeholder(), &any_device()))
    }
}

impl DiscriminatorVisitor for CollectShapes {
    type Output = Vec<(String, Vec<usize>)>;

    fn visit<C: DiscriminatorConfig>(self, config: C) -> Self::Output {
        Shapes::of(&config.init(&mut Stream::placeholder(), &any_device()))
    }
}
