//! Objects of the wire: known properties are typed, unknown ones are kept.
//!
//! Every object of the protocol may carry properties that nobody has told us about, and connectors use that. serde's
//! `flatten` cannot keep them exactly (it goes through a value that rounds numbers), so [`wire_object!`] writes the
//! few lines of visitor that can.

use crate::RawJson;

/// The properties of an object that its type does not know, in the order in which they were read.
#[derive(Debug, Clone, Default)]
pub struct Extra(pub Vec<(String, RawJson)>);

impl Extra {
    /// The raw value of a property, if it is there.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.get())
    }

    /// Takes a property out, decoded. `None` when it is absent or of another type.
    pub fn take<T: serde::de::DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let at = self.0.iter().position(|(key, _)| key == name)?;
        let value = serde_json::from_str(self.0[at].1.get()).ok()?;
        self.0.remove(at);
        Some(value)
    }
}

impl PartialEq for Extra {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(|(a, b)| a.0 == b.0 && a.1.get() == b.1.get())
    }
}

/// Declares a struct that (de)serializes as a JSON object and keeps unknown properties in `extra`.
///
/// The word before a field says what absence means: `req` is an error, `opt` is `None`, `def` is the type's default.
/// A JSON `null` counts as absent.
#[macro_export]
macro_rules! wire_object {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[$fmeta:meta])* $kind:ident $wire:literal $field:ident : $ty:ty ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $name {
            $( $(#[$fmeta])* pub $field: $crate::wire_object!(@type $kind $ty), )*
            /// Properties that this type does not know; written back as they came.
            pub extra: $crate::object::Extra,
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct V;
                impl<'de> ::serde::de::Visitor<'de> for V {
                    type Value = $name;
                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str(concat!("an object (", stringify!($name), ")"))
                    }
                    fn visit_map<A: ::serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$name, A::Error> {
                        $( let mut $field: Option<$ty> = None; )*
                        let mut extra = $crate::object::Extra::default();
                        while let Some(key) = map.next_key::<::std::borrow::Cow<'de, str>>()? {
                            match key.as_ref() {
                                $( $wire => {
                                    if let Some(value) = map.next_value::<Option<$ty>>()? { $field = Some(value); }
                                } )*
                                _ => extra.0.push((key.into_owned(), map.next_value()?)),
                            }
                        }
                        Ok($name { $( $field: $crate::wire_object!(@take $kind $wire $field), )* extra })
                    }
                }
                deserializer.deserialize_map(V)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use ::serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                $( $crate::wire_object!(@put $kind $wire map self.$field); )*
                for (key, value) in &self.extra.0 {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    };
    (@type req $ty:ty) => { $ty };
    (@type opt $ty:ty) => { Option<$ty> };
    (@type def $ty:ty) => { $ty };
    (@take req $wire:literal $field:ident) => { $field.ok_or_else(|| ::serde::de::Error::missing_field($wire))? };
    (@take opt $wire:literal $field:ident) => { $field };
    (@take def $wire:literal $field:ident) => { $field.unwrap_or_default() };
    (@put req $wire:literal $map:ident $value:expr) => { $map.serialize_entry($wire, &$value)?; };
    (@put opt $wire:literal $map:ident $value:expr) => { if let Some(value) = &$value { $map.serialize_entry($wire, value)?; } };
    (@put def $wire:literal $map:ident $value:expr) => { $map.serialize_entry($wire, &$value)?; };
}
