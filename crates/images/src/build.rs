//! Lays out an image without a Docker Engine: layers, a configuration, a manifest, straight into the store. The same
//! input gives the same digest, wherever and whenever it is built.

mod config;
mod layer;

pub use config::{Beneath, BuiltImage, ImageBuilder};
pub use layer::{BuiltLayer, Content, LayerBuilder, Owner};

#[cfg(test)]
mod tests;
