//! The macro with which `schema` states a section: each key once, with its meaning, default, rule and tasks, from which
//! follow the struct, its documentation, `Default`, the table of keys and the access by key.

/// A section of keys, each `name: type = default, rule, tasks;`.
///
/// The top level has `sections`, whose keys are prefixed by the section's name, and a `tagged` field, the task: the key
/// of that name is its word, and its own sections follow.
macro_rules! settings {
    (
        $(#[doc = $about:literal])+
        $name:ident {
            $( $(#[doc = $doc:literal])+ $key:ident: $type:ty = $default:expr, $rule:expr, $tasks:expr; )+
        }
        $(
            tagged { $tag:ident: $tag_type:ty }
            sections { $( $(#[doc = $section_doc:literal])+ $section:ident: $section_type:ty, )+ }
        )?
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $(
                $(#[doc = $doc])+
                #[doc = concat!("\n\nDefault `", stringify!($default), "`; takes `", stringify!($rule), "`; `", stringify!($tasks), "`.")]
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

        impl Section for $name {
            fn keys() -> Vec<Key> {
                let default = Self::default();
                let own = [$( Key {
                    key: stringify!($key).to_owned(),
                    default: default.$key.to_value(),
                    rule: $rule,
                    tasks: $tasks,
                    doc: concat!($($doc),+).trim_ascii(),
                } ),+];
                let keys = own.into_iter();
                $(
                    let keys = keys.chain(<$tag_type>::keys());
                    $( let keys = keys.chain(keys_below::<$section_type>(stringify!($section))); )+
                )?
                keys.collect()
            }

            fn values(&self) -> Vec<(String, Value)> {
                let own = [$( (stringify!($key).to_owned(), self.$key.to_value()) ),+];
                let values = own.into_iter();
                $(
                    let values = values.chain(self.$tag.values());
                    $( let values = values.chain(values_below(stringify!($section), &self.$section)); )+
                )?
                values.collect()
            }

            fn set(&mut self, key: &str, value: &Value) -> Option<()> {
                match key {
                    $( stringify!($key) => self.$key = Field::from_value(value)?, )+
                    _ => settings!(@below self, key, value $(, $tag $($section)+)?),
                }
                Some(())
            }
        }
    };

    (@below $self:ident, $key:ident, $value:ident) => {
        return None
    };

    (@below $self:ident, $key:ident, $value:ident, $tag:ident $($section:ident)+) => {
        match $key.split_once('.')? {
            $( (stringify!($section), key) => $self.$section.set(key, $value)?, )+
            _ => $self.$tag.set($key, $value)?,
        }
    };
}
