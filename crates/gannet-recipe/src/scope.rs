//! Which keys exist: by the recipe's task, and in `[model]` by its networks.

use gannet_choice::Choice;
use gannet_nn::{DiscriminatorKind, NetworkKind};

use crate::key::Key;
use crate::recipe::Recipe;
use crate::task_kind::{TaskKind, Tasks};

/// Tasks that have a discriminator apart from the network.
const IMAGE_TO_IMAGE: Tasks = Tasks::ADVERSARIAL.without(Tasks::EVALUATED);

/// What decides which keys of a recipe exist.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope {
    pub(crate) task: TaskKind,
    pub(crate) network: NetworkKind,
    pub(crate) discriminator: DiscriminatorKind,
    /// Whether there is InfoGAN's separate network, which has the width of `[model]`.
    pub(crate) q_network: bool,
}

impl Scope {
    pub(crate) fn of(recipe: &Recipe) -> Self {
        Self {
            task: recipe.task.kind(),
            network: recipe.model.kind,
            discriminator: recipe.model.discriminator,
            q_network: recipe.condition.q_network,
        }
    }

    /// Whether the task has a discriminator apart from the network, which sees images of both domains, or inputs beside
    /// outputs.
    pub(crate) fn is_image_to_image(self) -> bool {
        IMAGE_TO_IMAGE.contains(self.task)
    }

    /// What decides which keys of `[model]` exist, in words.
    pub(crate) fn networks(self) -> String {
        let network = format!("model.kind is {}", self.network);
        if !self.is_image_to_image() {
            return network;
        }
        format!("{network}, with discriminator {}", self.discriminator)
    }

    /// Whether a recipe of this scope has the key.
    pub(crate) fn has(self, key: &Key) -> bool {
        key.tasks.contains(self.task) && self.reads(&key.key)
    }

    /// Whether the networks read the dotted key; true for keys outside of `[model]`.
    pub(crate) fn reads(self, key: &str) -> bool {
        let Some(key) = key.strip_prefix("model.") else { return true };
        let by_discriminator = self.is_image_to_image() && self.discriminator.keys().contains(&key);
        let by_q_network = self.q_network && key == "width";
        is_choice(key) || self.network.keys().contains(&key) || by_discriminator || by_q_network
    }
}

/// Whether the key of `[model]` chooses the networks instead of configuring one.
fn is_choice(key: &str) -> bool {
    matches!(key, "kind" | "discriminator")
}

/// The words of the networks and discriminators that read the dotted key; none for keys that do not depend on them.
pub(crate) fn readers(key: &str) -> Vec<String> {
    let Some(key) = key.strip_prefix("model.").filter(|key| !is_choice(key)) else { return Vec::new() };
    let networks = NetworkKind::ALL.iter().filter(|network| network.keys().contains(&key));
    let networks = networks.map(|network| network.word().to_owned());
    let discriminators = DiscriminatorKind::ALL.iter().filter(|discriminator| discriminator.keys().contains(&key));
    networks.chain(discriminators.map(|discriminator| format!("discriminator {discriminator}"))).collect()
}

/// The tasks that have the key with some network.
pub(crate) fn tasks(key: &Key) -> Vec<TaskKind> {
    let readable = |task: TaskKind| {
        let networks = NetworkKind::of_role(task.role());
        let mut scopes = networks.flat_map(|network| {
            DiscriminatorKind::ALL.iter().map(move |discriminator| Scope {
                task,
                network,
                discriminator: *discriminator,
                q_network: false,
            })
        });
        scopes.any(|scope| scope.has(key))
    };
    key.tasks.kinds().into_iter().filter(|task| readable(*task)).collect()
}
