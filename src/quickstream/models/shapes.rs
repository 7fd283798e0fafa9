//! How the shapes of the bank's JSON are written down: one line a field, with its name in the
//! documents. Reading, writing and keeping the unknown follow from it in one way for all.

/// A part of an answer: its fields by the documents' names, what it cannot be without first. It
/// keeps in `rest` what it does not know and what it cannot read.
macro_rules! model {
    (
        $(#[$meta:meta])*
        $name:ident
        $( needs { $( $(#[$need_meta:meta])* $need:ident: $need_type:ty = $need_word:literal, )+ } )?
        may { $( $(#[$field_meta:meta])* $field:ident: $type:ty = $word:literal, )* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            $( $( $(#[$need_meta])* pub $need: $need_type, )+ )?
            $( $(#[$field_meta])* pub $field: Option<$type>, )*
            /// What the bank said besides, as it came.
            pub rest: $crate::quickstream::json::Fields,
        }

        impl $name {
            /// Reads it from its fields; `None` if what makes it what it is is missing.
            pub fn of(mut fields: $crate::quickstream::json::Fields) -> Option<Self> {
                Some(Self {
                    $( $( $need: fields.take($need_word)?, )+ )?
                    $( $field: fields.take($word), )*
                    rest: fields,
                })
            }

            /// It as JSON again, with all that was kept.
            pub fn to_value(&self) -> serde_json::Value {
                let mut form = $crate::quickstream::models::form::Form::new();
                $( $( form.put($need_word, &self.$need); )+ )?
                $( form.maybe($word, self.$field.as_ref()); )*
                form.rest(&self.rest);
                form.into_value()
            }
        }

        impl $crate::quickstream::models::field::Field for $name {
            fn read(value: &serde_json::Value) -> Option<Self> {
                $crate::quickstream::json::Fields::of(value.clone()).and_then(Self::of)
            }

            fn write(&self) -> serde_json::Value {
                self.to_value()
            }
        }

        impl $crate::quickstream::pages::Listed for $name {
            fn read(fields: $crate::quickstream::json::Fields) -> Option<Self> {
                Self::of(fields)
            }
        }
    };
}

/// A closed list of words with their spelling.
macro_rules! vocabulary {
    ($(#[$meta:meta])* $name:ident { $( $(#[$word_meta:meta])* $word:ident = $text:literal, )+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $( $(#[$word_meta])* $word, )+ }

        impl $name {
            /// Every word, in the documents' order.
            pub const ALL: &[$name] = &[ $( $name::$word, )+ ];

            /// The word as the bank spells it.
            pub const fn as_str(self) -> &'static str {
                match self { $( $name::$word => $text, )+ }
            }
        }

        impl $crate::quickstream::word::Vocabulary for $name {
            const WORDS: &'static [(&'static str, Self)] = &[ $( ($text, $name::$word), )+ ];
        }

        impl $crate::quickstream::models::field::Field for $name {
            fn read(value: &serde_json::Value) -> Option<Self> {
                $name::ALL.iter().copied().find(|word| value.as_str() == Some(word.as_str()))
            }

            fn write(&self) -> serde_json::Value {
                self.as_str().into()
            }
        }
    };
}

/// A text with a limit: the name it has in a sentence, what it must do, and the test of that.
macro_rules! text {
    ($(#[$meta:meta])* $name:ident, $field:literal, $rule:literal, $test:expr) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Checks and takes a text.
            ///
            /// # Errors
            ///
            /// Says what it must be.
            pub fn new(text: impl Into<String>) -> Result<Self, $crate::quickstream::models::BadField> {
                let text = text.into();
                let test: fn(&str) -> bool = $test;
                if test(&text) {
                    Ok(Self(text))
                } else {
                    Err($crate::quickstream::models::BadField::new($field, $rule))
                }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl $crate::quickstream::models::field::Field for $name {
            fn read(value: &serde_json::Value) -> Option<Self> {
                <String as $crate::quickstream::models::field::Field>::read(value)
                    .and_then(|text| Self::new(text).ok())
            }

            fn write(&self) -> serde_json::Value {
                self.0.as_str().into()
            }
        }
    };
}

/// A name of the bank's for one thing of its own; it stands in paths.
macro_rules! id {
    ($(#[$meta:meta])* $name:ident, $field:literal) => {
        $crate::quickstream::models::text! {
            $(#[$meta])*
            $name, $field, "have 1 to 255 characters, none of them a control character",
            $crate::quickstream::models::ids::is_id
        }

        impl $name {
            /// It as one segment of a path.
            pub fn segment(&self) -> String {
                $crate::quickstream::models::ids::segment(self.as_str())
            }
        }
    };
}

pub(in crate::quickstream) use {id, model, text, vocabulary};
