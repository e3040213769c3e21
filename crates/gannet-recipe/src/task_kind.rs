//! What a recipe trains, and sets of such tasks.

use gannet_choice::{Choice, choice};
use gannet_nn::{NetworkKind, Role};

choice! {
    /// What a recipe trains.
    #[default = Generate]
    TaskKind {
        /// A generator of images from noise, against a discriminator (Goodfellow et al. 2014, arXiv:1406.2661).
        Generate = "generate",
        /// An encoder of images and the decoder of its codes (Kingma and Welling 2013, arXiv:1312.6114, and others).
        Autoencode = "autoencode",
        /// A classifier of labeled images.
        Classify = "classify",
        /// Image-to-image translation, learned from pairs (Isola et al. 2016, arXiv:1611.07004).
        Pix2pix = "pix2pix",
        /// Translation between two unpaired sets, both ways (Zhu et al. 2017, arXiv:1703.10593).
        Cyclegan = "cyclegan",
        /// Translation from one unpaired set to another, one way (Park et al. 2020, arXiv:2007.15651).
        Cut = "cut",
        /// Super-resolution (Ledig et al. 2016, arXiv:1609.04802).
        Upscale = "upscale",
        /// Inpainting of masked images (Yu et al. 2018, arXiv:1806.03589).
        Inpaint = "inpaint",
        /// Style transfer from one style image (Johnson et al. 2016, arXiv:1603.08155).
        Stylize = "stylize",
        /// Style transfer from any style image (Huang and Belongie 2017, arXiv:1703.06868).
        Adain = "adain",
    }
}

impl TaskKind {
    /// The role of the network that the task trains.
    pub fn role(self) -> Role {
        match self {
            Self::Generate | Self::Autoencode => Role::Gan,
            Self::Classify => Role::Classifier,
            Self::Pix2pix | Self::Cyclegan | Self::Cut => Role::Translator,
            Self::Upscale => Role::Upscaler,
            Self::Inpaint => Role::Inpainter,
            Self::Stylize => Role::Stylizer,
            Self::Adain => Role::FeatureDecoder,
        }
    }

    /// The network of a recipe that names none: the first of the task's role.
    pub fn default_network(self) -> NetworkKind {
        NetworkKind::first_of(self.role())
    }

    /// Whether a network of this kind fits the task.
    pub fn takes(self, network: NetworkKind) -> bool {
        network.role() == self.role()
    }

    /// Whether each training image is two images side by side: the two domains, or content beside style.
    pub fn reads_pairs(self) -> bool {
        Tasks::PAIRS.contains(self)
    }

    /// Whether the two domains are unpaired sets.
    pub fn is_unpaired(self) -> bool {
        matches!(self, Self::Cyclegan | Self::Cut)
    }
}

/// A set of tasks: those in which a key of the recipe exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tasks(u16);

impl Tasks {
    pub(crate) const ALL: Self = Self::of(TaskKind::ALL);
    pub(crate) const GENERATE: Self = Self::of(&[TaskKind::Generate]);
    pub(crate) const AUTOENCODE: Self = Self::of(&[TaskKind::Autoencode]);
    pub(crate) const PIX2PIX: Self = Self::of(&[TaskKind::Pix2pix]);
    pub(crate) const CYCLEGAN: Self = Self::of(&[TaskKind::Cyclegan]);
    pub(crate) const CUT: Self = Self::of(&[TaskKind::Cut]);
    pub(crate) const UPSCALE: Self = Self::of(&[TaskKind::Upscale]);
    pub(crate) const INPAINT: Self = Self::of(&[TaskKind::Inpaint]);
    pub(crate) const STYLIZE: Self = Self::of(&[TaskKind::Stylize]);
    pub(crate) const ADAIN: Self = Self::of(&[TaskKind::Adain]);

    /// Tasks that can use labels of images.
    pub(crate) const LABELED: Self = Self::of(&[TaskKind::Generate, TaskKind::Classify]);
    /// Tasks whose output can be compared with a set of images.
    pub(crate) const EVALUATED: Self = Self::GENERATE.and(Self::AUTOENCODE);
    /// Tasks whose network has a moving average.
    pub(crate) const AVERAGED: Self = Self::ALL.without(Self::of(&[TaskKind::Classify]));
    /// Tasks that read two images side by side.
    pub(crate) const PAIRS: Self = Self::PIX2PIX.and(Self::CYCLEGAN).and(Self::CUT).and(Self::ADAIN);
    /// Tasks that can train on patches cut out of their images.
    pub(crate) const PATCHES: Self = Self::ALL.without(Self::PIX2PIX.and(Self::CYCLEGAN).and(Self::CUT));
    /// Tasks that compare the output with a wanted image, and choose their discriminator.
    pub(crate) const WANTED_IMAGE: Self = Self::PIX2PIX.and(Self::UPSCALE).and(Self::INPAINT);
    /// Tasks that can have a discriminator.
    pub(crate) const ADVERSARIAL: Self = Self::EVALUATED.and(Self::WANTED_IMAGE).and(Self::CYCLEGAN).and(Self::CUT);

    const fn of(tasks: &[TaskKind]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < tasks.len() {
            bits |= 1 << tasks[at] as u16;
            at += 1;
        }
        Self(bits)
    }

    /// The tasks of either set.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The tasks of this set that are not in `other`.
    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) const fn contains(self, task: TaskKind) -> bool {
        self.0 & (1 << task as u16) != 0
    }

    /// The tasks of the set, in the order of [`TaskKind`].
    pub(crate) fn kinds(self) -> Vec<TaskKind> {
        TaskKind::ALL.iter().copied().filter(|task| self.contains(*task)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_task_has_a_default_network_of_its_role() {
        for task in TaskKind::ALL {
            assert_eq!(task.default_network().role(), task.role(), "{task}");
        }
        assert_eq!(TaskKind::Generate.default_network().word(), "dcgan");
        assert_eq!(TaskKind::Pix2pix.default_network().word(), "unet");
    }

    #[test]
    fn sets_of_tasks_are_what_their_names_say() {
        assert_eq!(Tasks::ALL.kinds(), TaskKind::ALL);
        assert_eq!(
            Tasks::ALL.without(Tasks::ADVERSARIAL).kinds(),
            [TaskKind::Classify, TaskKind::Stylize, TaskKind::Adain]
        );
        assert!(Tasks::PATCHES.contains(TaskKind::Adain) && !Tasks::PATCHES.contains(TaskKind::Cut));
    }
}
