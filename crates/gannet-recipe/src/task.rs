//! The task of a recipe, with the section of keys that belongs to it alone.

use gannet_choice::Choice;
use toml::Value;

use crate::key::{Key, Section, keys_below, values_below};
use crate::schema::{Adain, Autoencode, Cut, Cyclegan, Inpaint, Pix2pix, Stylize, Upscale};
use crate::task_kind::TaskKind;
use crate::value::Field;

/// Lists the tasks that have a section, each with its type.
macro_rules! tasks {
    ($( $(#[doc = $doc:literal])+ $task:ident, )+ sections { $( $(#[doc = $section_doc:literal])+ $section:ident, )+ }) => {
        /// What a recipe trains, with the task's own settings.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Task {
            $( $(#[doc = $doc])+ $task, )+
            $( $(#[doc = $section_doc])+ $section($section), )+
        }

        impl Task {
            /// The task with its defaults.
            pub fn new(kind: TaskKind) -> Self {
                match kind {
                    $( TaskKind::$task => Self::$task, )+
                    $( TaskKind::$section => Self::$section($section::default()), )+
                }
            }

            /// The task without its settings.
            pub fn kind(&self) -> TaskKind {
                match self {
                    $( Self::$task => TaskKind::$task, )+
                    $( Self::$section(_) => TaskKind::$section, )+
                }
            }
        }

        /// The sections of all tasks; values are those of this task.
        impl Section for Task {
            fn keys() -> Vec<Key> {
                let keys = std::iter::empty();
                $( let keys = keys.chain(keys_below::<$section>(TaskKind::$section.word())); )+
                keys.collect()
            }

            fn values(&self) -> Vec<(String, Value)> {
                match self {
                    $( Self::$task => Vec::new(), )+
                    $( Self::$section(section) => values_below(self.kind().word(), section).collect(), )+
                }
            }

            fn set(&mut self, key: &str, value: &Value) -> Option<()> {
                let (task, key) = key.split_once('.')?;
                if task != self.kind().word() {
                    return None;
                }
                match self {
                    $( Self::$task => None, )+
                    $( Self::$section(section) => section.set(key, value), )+
                }
            }
        }
    };
}

tasks! {
    /// A generator of images from noise.
    Generate,
    /// A classifier of labeled images.
    Classify,
    sections {
        /// An encoder of images and the decoder of its codes.
        Autoencode,
        /// Translation learned from pairs.
        Pix2pix,
        /// Translation between two unpaired sets, both ways.
        Cyclegan,
        /// Translation from one unpaired set to another.
        Cut,
        /// Super-resolution.
        Upscale,
        /// Inpainting.
        Inpaint,
        /// Style transfer from one style image.
        Stylize,
        /// Style transfer from any style image.
        Adain,
    }
}

impl Default for Task {
    fn default() -> Self {
        Self::new(TaskKind::default())
    }
}

/// A recipe writes a task by its word.
impl Field for Task {
    fn to_value(&self) -> Value {
        self.kind().to_value()
    }

    fn from_value(value: &Value) -> Option<Self> {
        TaskKind::from_value(value).map(Self::new)
    }
}
