//! The list of pieces.

use super::{data, incompatible, metrics, networks, objectives, recipes};

/// The pieces by name; a name that ends with `.md` is a page of its own.
fn all() -> Vec<(&'static str, String)> {
    vec![
        ("losses", objectives::losses()),
        ("penalties", objectives::penalties()),
        ("discriminator-norms", networks::norms()),
        ("generator-norms", networks::generator_norms()),
        ("weights", networks::weights()),
        ("incompatible", incompatible::settings()),
        ("metrics", metrics::metrics()),
        ("networks", networks::networks() + "\n" + &networks::discriminators()),
        ("recipes", recipes::recipes()),
        ("recipe-keys", recipes::recipe_keys()),
        ("docs/sources.md", data::page()),
    ]
}

/// All pieces between their markers.
pub fn print() -> String {
    all().iter().map(|(name, body)| format!("<!-- generated: {name} -->\n{}\n<!-- end -->\n", body.trim())).collect()
}
