//! `connector new`: a connector project from a template, and later a newer template brought into it.
//!
//! A template is a folder of `templates/` in our repository: `template.yaml` says what it is and asks, and each file
//! below `files/` is rendered, its path too. [`Templates`] has them, [`resolve`] turns what was given and asked into
//! [`Answers`], [`Templates::render`] makes the files, [`Rendering::write`] writes them, and [`Update`] merges.

mod answers;
mod given;
mod name;
mod record;
mod render;
mod template;
mod templates;
mod update;
mod vendor;
mod write;

pub(crate) use answers::FIXED_ID;
pub use answers::{Answers, Asked, default_answer, resolve};
pub use given::Given;
pub use name::ProjectName;
pub use record::Record;
pub use render::{RenderedFile, Rendering};
pub use template::{Question, Template};
pub use templates::Templates;
pub use update::{Change, ChangeKind, Update, refuse_uncommitted};
pub use write::refuse_existing;
