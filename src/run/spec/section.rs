//! Declaring a section of the specification: its fields, and what is to be said of each key.

use crate::run::keys::Section;

/// Declares a section: the struct, its defaults, its keys.
///
/// ```text
/// section! {
///     /// what the section is about
///     struct DropoutSpec in "dropout." {
///         /// what the key means
///         rate: f64 = 0.5 => key { ValueKind::Float(Interval::below(0.0, 1.0)), why: "printed" }
///         /// what the section below is about
///         inner: InnerSpec = InnerSpec::default() => section { InnerSpec }
///     }
/// }
/// ```
///
/// `optional { InnerSpec }` is for a section that may be `null`. The keys of the whole specification are joined in the order of the
/// fields, which is the order in files.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $(serde($($serde:tt)*))?
        struct $name:ident in $prefix:literal {
            $(
                $(#[cfg($cfg:meta)])?
                $(#[doc = $help:literal])+
                $field:ident: $type:ty = $default:expr => $form:ident { $($entry:tt)* }
            )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields $(, $($serde)*)?)]
        pub struct $name {
            $( $(#[cfg($cfg)])? $(#[doc = $help])+ pub $field: $type, )+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $(#[cfg($cfg)])? $field: $default, )+ }
            }
        }

        impl $name {
            const KEY_PARTS: &'static [&'static [$crate::run::keys::Key]] = &[
                $( $(#[cfg($cfg)])? section!(@keys $prefix, $field, concat!($($help),+), $form { $($entry)* }), )+
            ];
            pub(super) const KEYS: &'static [$crate::run::keys::Key] =
                &join::<_, { total(Self::KEY_PARTS) }>(Self::KEY_PARTS, $crate::run::keys::Key::new($crate::run::keys::ValueKind::Bool));

            const SECTION_PARTS: &'static [&'static [$crate::run::keys::Section]] = &[
                $( $(#[cfg($cfg)])? section!(@sections $prefix, $field, concat!($($help),+), $form { $($entry)* }), )+
            ];
            /// The sections within this one, outer ones before their inner ones.
            pub(super) const SECTIONS: &'static [$crate::run::keys::Section] =
                &join::<_, { total(Self::SECTION_PARTS) }>(Self::SECTION_PARTS, NO_SECTION);
        }
    };
    (@keys $prefix:literal, $field:ident, $help:expr, key { $kind:expr, why: $why:literal $(, $build:ident($($argument:expr),+))* }) => {
        &[$crate::run::keys::Key {
            path: concat!($prefix, stringify!($field)),
            about: $help.trim_ascii(),
            ..$crate::run::keys::Key::new($kind).why($why)$(.$build($($argument),+))*
        }]
    };
    (@keys $prefix:literal, $field:ident, $help:expr, $form:ident { $inner:ident }) => { $inner::KEYS };
    (@sections $prefix:literal, $field:ident, $help:expr, key { $($entry:tt)* }) => { &[] };
    (@sections $prefix:literal, $field:ident, $help:expr, $form:ident { $inner:ident }) => {
        &join::<_, { 1 + $inner::SECTIONS.len() }>(
            &[
                &[$crate::run::keys::Section {
                    path: concat!($prefix, stringify!($field)),
                    about: $help.trim_ascii(),
                    optional: section!(@optional $form),
                }],
                $inner::SECTIONS,
            ],
            NO_SECTION,
        )
    };
    (@optional optional) => { true };
    (@optional section) => { false };
}

pub(super) use section;

/// How many items the parts have together.
pub const fn total<T>(parts: &[&[T]]) -> usize {
    let (mut n, mut i) = (0, 0);
    while i < parts.len() {
        n += parts[i].len();
        i += 1;
    }
    n
}

/// The items of the parts in one array of `N`, their total; `filler` stands in the array until they do.
pub const fn join<T: Copy, const N: usize>(parts: &[&[T]], filler: T) -> [T; N] {
    let mut all = [filler; N];
    let (mut n, mut i) = (0, 0);
    while i < parts.len() {
        let mut j = 0;
        while j < parts[i].len() {
            all[n] = parts[i][j];
            (n, j) = (n + 1, j + 1);
        }
        i += 1;
    }
    all
}

pub const NO_SECTION: Section = Section { path: "", about: "", optional: false };
