//! The macros that turn the list of networks into types.

/// Declares `NetworkKind`, the choice of a network, and `AnyNetwork`, the configuration of any of them, from one list: a line
/// for each network, `Variant => module::Config`, in a group for each trait of configurations.
macro_rules! networks {
    (
        gans { $($gan:ident => $gan_config:ty,)+ }
        translators { $($translator:ident => $translator_config:ty,)+ }
        feature_decoders { $($decoder:ident => $decoder_config:ty,)+ }
        classifiers { $($classifier:ident => $classifier_config:ty,)+ }
    ) => {
        networks! {
            @types
            $($gan => $gan_config,)+
            $($translator => $translator_config,)+
            $($decoder => $decoder_config,)+
            $($classifier => $classifier_config,)+
        }

        impl AnyNetwork {
            /// Does something with the architecture of a GAN.
            ///
            /// # Errors
            /// The network is not a GAN.
            pub fn visit_gan<V: GanVisitor>(self, visitor: V) -> Result<V::Output, WrongRole> {
                match self {
                    $(Self::$gan(config) => Ok(visitor.visit(config)),)+
                    other => Err(WrongRole { network: other.describe(), wanted: "a GAN" }),
                }
            }

            /// Does something with a network from images to images.
            ///
            /// # Errors
            /// The network does not translate images.
            pub fn visit_translator<V: TranslatorVisitor>(self, visitor: V) -> Result<V::Output, WrongRole> {
                match self {
                    $(Self::$translator(config) => Ok(visitor.visit(config)),)+
                    other => Err(WrongRole { network: other.describe(), wanted: "a network from images to images" }),
                }
            }

            /// Does something with a classifier.
            ///
            /// # Errors
            /// The network is not a classifier.
            pub fn visit_classifier<V: ClassifierVisitor>(self, visitor: V) -> Result<V::Output, WrongRole> {
                match self {
                    $(Self::$classifier(config) => Ok(visitor.visit(config)),)+
                    other => Err(WrongRole { network: other.describe(), wanted: "a classifier" }),
                }
            }
        }
    };

    (@types $($variant:ident => $config:ty,)+) => {
        /// The networks that a recipe can choose.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum NetworkKind {
            $(
                #[doc = concat!("[`", stringify!($config), "`]")]
                $variant,
            )+
        }

        impl NetworkKind {
            const ENTRIES: &'static [Entry<AnyNetwork>] = &[$(Entry::of::<$config>(),)+];

            fn entry(self) -> &'static Entry<AnyNetwork> {
                &Self::ENTRIES[self as usize]
            }
        }

        impl Choice for NetworkKind {
            const ALL: &'static [Self] = &[$(Self::$variant,)+];
            const WORDS: &'static [&'static str] = &[$(<$config as Network>::NAME,)+];

            fn word(self) -> &'static str {
                self.entry().name
            }

            fn doc(self) -> &'static str {
                self.entry().summary
            }
        }

        gannet_choice::choice_by_word!(NetworkKind);

        /// The configuration of any network that Gannet has.
        #[derive(Debug, Clone)]
        pub enum AnyNetwork {
            $(
                #[doc = concat!("[`", stringify!($config), "`]")]
                $variant($config),
            )+
            /// A discriminator of an image-to-image task, which recipes choose apart.
            Discriminator(AnyDiscriminator),
        }

        $(
            impl From<$config> for AnyNetwork {
                fn from(config: $config) -> Self {
                    Self::$variant(config)
                }
            }
        )+

        impl AnyNetwork {
            /// The network's kind; `None` for a discriminator of an image-to-image task.
            pub fn kind(&self) -> Option<NetworkKind> {
                match self {
                    $(Self::$variant(_) => Some(NetworkKind::$variant),)+
                    Self::Discriminator(_) => None,
                }
            }

            /// What the network is and how large, in words.
            pub fn describe(&self) -> String {
                match self {
                    $(Self::$variant(config) => config.describe(),)+
                    Self::Discriminator(config) => config.describe(),
                }
            }
        }
    };
}

/// Declares `DiscriminatorKind`, the choice of a discriminator of an image-to-image task, and `AnyDiscriminator`, the
/// configuration of any of them, from a list of lines `Variant => module::Config`.
macro_rules! discriminators {
    ($($variant:ident => $config:ty,)+) => {
        /// The discriminators of image-to-image tasks.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum DiscriminatorKind {
            $(
                #[doc = concat!("[`", stringify!($config), "`]")]
                $variant,
            )+
        }

        impl DiscriminatorKind {
            const ENTRIES: &'static [DiscriminatorEntry<AnyDiscriminator>] = &[$(DiscriminatorEntry::of::<$config>(),)+];

            fn entry(self) -> &'static DiscriminatorEntry<AnyDiscriminator> {
                &Self::ENTRIES[self as usize]
            }
        }

        impl Default for DiscriminatorKind {
            fn default() -> Self {
                Self::ALL[0]
            }
        }

        impl Choice for DiscriminatorKind {
            const ALL: &'static [Self] = &[$(Self::$variant,)+];
            const WORDS: &'static [&'static str] = &[$(<$config as DiscriminatorConfig>::NAME,)+];

            fn word(self) -> &'static str {
                self.entry().name
            }

            fn doc(self) -> &'static str {
                self.entry().summary
            }
        }

        gannet_choice::choice_by_word!(DiscriminatorKind);

        /// The configuration of any discriminator of an image-to-image task.
        #[derive(Debug, Clone, Copy)]
        pub enum AnyDiscriminator {
            $(
                #[doc = concat!("[`", stringify!($config), "`]")]
                $variant($config),
            )+
        }

        $(
            impl From<$config> for AnyDiscriminator {
                fn from(config: $config) -> Self {
                    Self::$variant(config)
                }
            }
        )+

        impl AnyDiscriminator {
            /// What the discriminator is and how large, in words.
            pub fn describe(&self) -> String {
                match self {
                    $(Self::$variant(config) => config.describe(),)+
                }
            }

            /// Does something with the discriminator.
            pub fn visit<V: DiscriminatorVisitor>(self, visitor: V) -> V::Output {
                match self {
                    $(Self::$variant(config) => visitor.visit(config),)+
                }
            }
        }
    };
}

pub(crate) use {discriminators, networks};
