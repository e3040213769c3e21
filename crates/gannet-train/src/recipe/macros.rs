//! The two macros with which [`schema`](super::schema) states a recipe: each key once, with its meaning, default and
//! range, from which follow the struct, its documentation, `Default`, the table of keys and the checks.

/// A closed choice: an enum whose variants are words in TOML.
macro_rules! choice {
    (
        $(#[doc = $about:literal])+
        $name:ident { $( $(#[doc = $doc:literal])+ $variant:ident = $word:literal, )+ }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $( $(#[doc = $doc])+ #[serde(rename = $word)] $variant, )+
        }

        impl $name {
            /// The words of all variants, in their order.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word a recipe uses.
            pub fn word(self) -> &'static str {
                match self { $( Self::$variant => $word, )+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.word())
            }
        }

        impl Literal for $name {
            fn literal(&self) -> String {
                self.word().to_owned().literal()
            }
        }
    };
}

/// A table of keys, each `name: type = default, rule;`, and of the sections below it.
macro_rules! settings {
    (
        $(#[doc = $about:literal])+
        $name:ident {
            $( $(#[doc = $doc:literal])+ $key:ident: $type:ty = $default:expr, $rule:expr; )+
        }
        $( sections { $( $(#[doc = $section_doc:literal])+ $section:ident: $section_type:ty, )+ } )?
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $(
                $(#[doc = $doc])+
                #[doc = concat!("\n\nDefault `", stringify!($default), "`; takes `", stringify!($rule), "`.")]
                pub $key: $type,
            )+
            $($( $(#[doc = $section_doc])+ pub $section: $section_type, )+)?
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    $( $key: $default, )+
                    $($( $section: Default::default(), )+)?
                }
            }
        }

        impl $name {
            /// Every key with its value, in the order of the file.
            pub(super) fn leaves(&self) -> Vec<Leaf> {
                let own = [$( Leaf {
                    key: stringify!($key).to_owned(),
                    literal: self.$key.literal(),
                    rule: $rule,
                    doc: concat!($($doc),+).trim_ascii(),
                } ),+];
                let leaves = own.into_iter();
                $($(
                    let below = self.$section.leaves().into_iter().map(|leaf| leaf.below(stringify!($section)));
                    let leaves = leaves.chain(below);
                )+)?
                leaves.collect()
            }
        }
    };
}
