//! A field as it is shown: what is in it, what is wrong with it, and what can be chosen.

use crate::{error::Fault, text::Text};
use askama::Template;
use std::borrow::Cow;

/// The widgets of a field that is not shown, of one with boxes to tick, and of one whose value is not shown.
pub(super) const HIDDEN: &str = "hidden";
pub(super) const TICKS: &str = "ticks";
pub(super) const SECRET: &str = "secret";

/// Choices under a heading; an empty heading is not shown.
pub struct Group {
    pub heading: &'static str,
    pub choices: Vec<Choice>,
}

impl Group {
    /// Choices without a heading: what is sent, and what is shown.
    pub fn plain<const N: usize>(choices: [(&'static str, &'static str); N]) -> Vec<Self> {
        let choice = |(value, label): (&'static str, &'static str)| Choice {
            value: value.into(),
            label: label.into(),
            selected: false,
        };
        vec![Self { heading: "", choices: choices.map(choice).into() }]
    }
}

/// One of several choices.
#[derive(Default)]
pub struct Choice {
    /// What is sent.
    pub value: Cow<'static, str>,
    /// What is shown.
    pub label: Cow<'static, str>,
    /// Whether it is chosen.
    pub selected: bool,
}

/// A field as it is shown. It is a template of its own, so that its code is there once and not for each page.
#[derive(Default, Template)]
#[template(path = "field.html")]
pub struct Input {
    pub id: String,
    pub name: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub placeholder: &'static str,
    /// The widget, as the template knows it.
    pub widget: &'static str,
    /// The choices, if it is one.
    pub groups: Vec<Group>,
    /// What is in it.
    pub value: String,
    /// What is wrong with that; empty if nothing is.
    pub error: String,
    /// What was saved elsewhere since the form was opened; empty if nothing was.
    pub saved: String,
    /// Whether the page opens with the cursor in it.
    pub focus: bool,
}

impl Input {
    /// One with something in it.
    pub fn with(value: impl Into<String>) -> Self {
        Self { value: value.into(), ..Self::default() }
    }

    /// Reads it, and keeps what is wrong with it.
    pub fn read<T>(&mut self, text: &Text, parse: impl FnOnce(&str) -> Result<T, Fault>) -> Option<T> {
        match parse(self.value.trim()) {
            Ok(value) => Some(value),
            Err(fault) => {
                self.refuse(&fault, text);
                None
            }
        }
    }

    /// Says what is wrong with it.
    pub fn refuse(&mut self, fault: &Fault, text: &Text) {
        self.error = (text.sentence)(&(text.fault)(fault));
    }

    /// The ids of the elements that describe it, for `aria-describedby`; empty if there are none.
    pub fn described_by(&self) -> String {
        let parts = [("hint", self.hint), ("saved", &self.saved), ("error", &self.error)];
        let mut ids = String::new();
        for (part, _) in parts.iter().filter(|(_, words)| !words.is_empty()) {
            let space = if ids.is_empty() { "" } else { " " };
            ids.extend([space, &self.id, "-", part]);
        }
        ids
    }

    /// Whether `1` is in it.
    pub fn is_ticked(&self) -> bool {
        self.value == "1"
    }

    /// Takes another value, and chooses it.
    pub(super) fn fill(&mut self, value: String) {
        let several: Vec<&str> =
            if self.widget == TICKS { value.split(',').map(str::trim).collect() } else { Vec::new() };
        for choice in self.groups.iter_mut().flat_map(|group| &mut group.choices) {
            choice.selected = choice.value == value || several.contains(&&*choice.value);
        }
        self.value = value;
    }

    fn readable_part(&self, value: &str) -> String {
        let choice = self.groups.iter().flat_map(|group| &group.choices).find(|choice| choice.value == value);
        choice.map_or_else(|| value.to_owned(), |choice| choice.label.clone().into_owned())
    }

    /// A value as a reader sees it: choices by their label.
    pub(super) fn readable(&self, value: &str, text: &Text) -> String {
        let choice = self.groups.iter().flat_map(|group| &group.choices).find(|choice| choice.value == value);
        match (choice, self.widget, value) {
            (Some(choice), ..) => choice.label.clone().into_owned(),
            (None, TICKS, value) if !value.is_empty() => {
                let parts = value.split(',').map(|part| self.readable_part(part.trim()));
                parts.collect::<Vec<_>>().join(text.common.comma)
            }
            (None, "tick", "1") => "☑".to_owned(),
            (None, "tick", _) => "☐".to_owned(),
            (None, _, "") => text.common.none.to_owned(),
            (None, _, value) => value.to_owned(),
        }
    }
}
