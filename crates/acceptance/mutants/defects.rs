//! How defects are listed: an enum, its names, and how one is found by name.

/// Makes an enum of defects whose names are those of its variants.
macro_rules! defects {
    ($(#[$about:meta])* enum $($(#[$doc:meta])* $name:ident,)+) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Defect {
            $($(#[$doc])* $name,)+
        }

        impl Defect {
            /// The names of all.
            pub(crate) const NAMES: &[&str] = &[$(stringify!($name)),+];

            /// The one with a name.
            pub(crate) fn named(name: &str) -> Option<Self> {
                match name {
                    $(stringify!($name) => Some(Self::$name),)+
                    _ => None,
                }
            }
        }
    };
}

pub(crate) use defects;
