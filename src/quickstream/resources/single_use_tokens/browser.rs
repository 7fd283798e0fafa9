//! What a payer's browser says of itself, for 3-D Secure.

use serde_json::Value;

use crate::quickstream::models::form::Form;
use crate::quickstream::models::{BadField, text, vocabulary};

/// The largest side of a screen, in pixels: six digits.
const PIXELS_MAX: u32 = 999_999;
/// The largest difference from UTC, in minutes; with its sign it has at most five characters.
const OFFSET_MINUTES_MAX: i32 = 24 * 60;

text! {
    /// `navigator.language`, such as `en-AU`.
    BrowserLanguage, "browserLanguage", "have 1 to 8 letters, digits and dashes",
    |text| {
        (1..=8).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    }
}

vocabulary! {
    /// `screen.colorDepth`, in bits per pixel.
    ColorDepth {
        /// One.
        One = "1",
        /// Four.
        Four = "4",
        /// Eight.
        Eight = "8",
        /// Fifteen.
        Fifteen = "15",
        /// Sixteen.
        Sixteen = "16",
        /// Twenty-four.
        TwentyFour = "24",
        /// Thirty-two.
        ThirtyTwo = "32",
        /// Forty-eight.
        FortyEight = "48",
    }
}

impl ColorDepth {
    /// The depth of so many bits.
    ///
    /// # Errors
    ///
    /// Refuses a depth that the documents do not name.
    pub fn new(bits: u32) -> Result<Self, BadField> {
        let text = bits.to_string();
        let found = Self::ALL.iter().copied().find(|depth| depth.as_str() == text);
        let rule = "be one of 1, 4, 8, 15, 16, 24, 32 and 48";
        found.ok_or(BadField::new("browserColorDepth", rule))
    }
}

/// Whether the browser can run Java: `navigator.javaEnabled()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Java {
    /// It can.
    Enabled,
    /// It cannot.
    Disabled,
}

/// A browser; all of it is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserProfile {
    java: Java,
    language: BrowserLanguage,
    color_depth: ColorDepth,
    height: u32,
    width: u32,
    offset_minutes: i32,
}

impl BrowserProfile {
    /// A browser with this language, colour depth, screen (height and width in pixels), and
    /// difference from UTC in minutes (`getTimezoneOffset()`, so it is negative in Australia).
    ///
    /// # Errors
    ///
    /// Refuses a screen without a size or with sides of more than six digits, and a difference of
    /// more than a day.
    pub fn new(
        java: Java,
        language: BrowserLanguage,
        color_depth: ColorDepth,
        (height, width): (u32, u32),
        offset_minutes: i32,
    ) -> Result<Self, BadField> {
        for (field, side) in [("browserScreenHeight", height), ("browserScreenWidth", width)] {
            if !(1..=PIXELS_MAX).contains(&side) {
                return Err(BadField::new(field, "be 1 to 999999"));
            }
        }
        if !(-OFFSET_MINUTES_MAX..=OFFSET_MINUTES_MAX).contains(&offset_minutes) {
            return Err(BadField::new("browserTZ", "be -1440 to 1440"));
        }
        Ok(Self { java, language, color_depth, height, width, offset_minutes })
    }

    pub(super) fn to_value(&self) -> Value {
        let mut form = Form::new();
        form.put("browserJavaEnabled", &(self.java == Java::Enabled));
        form.put("browserLanguage", &self.language);
        form.put("browserColorDepth", &self.color_depth);
        form.word("browserScreenHeight", &self.height.to_string());
        form.word("browserScreenWidth", &self.width.to_string());
        form.word("browserTZ", &self.offset_minutes.to_string());
        form.into_value()
    }
}
