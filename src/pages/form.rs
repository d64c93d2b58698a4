//! Forms as tables of fields. A [`Field`] says how a value is named, shown and read; a [`Form`] walks its table to fill
//! itself from a value or a request, to read a value back, and to put each fault beside its field.

use super::input::{HIDDEN, SECRET, TICKS};
use crate::{
    error::{Error, Fault},
    http::Pairs,
    text::Text,
};

pub use super::{
    input::{Choice, Group, Input},
    reply::refused,
};

/// A field of a form that edits a `T`.
pub struct Field<T: 'static> {
    /// Its name in the request.
    pub name: &'static str,
    /// How it looks.
    pub widget: Widget,
    /// What it is called.
    pub label: fn(&'static Text) -> &'static str,
    /// What to know before filling it in; may be empty.
    pub hint: fn(&'static Text) -> &'static str,
    /// What stands in it while it is empty; may be empty.
    pub placeholder: fn(&'static Text) -> &'static str,
    /// The value as a person would type it.
    pub show: fn(&T) -> String,
    /// Reads what was typed into the value.
    pub set: fn(&mut T, &str) -> Result<(), Fault>,
}

/// How a field looks.
#[derive(Clone, Copy)]
pub enum Widget {
    /// Words in one line.
    Line,
    /// One line that is no prose: without capitals and spell check.
    Code,
    /// A secret, which is never shown: its `show` gives a fingerprint, by which a change elsewhere is noticed.
    Secret,
    /// A number.
    Number,
    /// A day.
    Date,
    /// Words in several lines.
    Lines,
    /// One of several choices.
    Choice(fn(&'static Text) -> Vec<Group>),
    /// Yes, sent as `1`, or no.
    Tick,
    /// Any of several choices, which [`Form::offer`] brings.
    Ticks,
}

/// The field in which a page names each field with boxes: of boxes without a tick nothing is sent.
const SHOWN: &str = "shown";
/// Between the values of several ticks.
const SEPARATOR: &str = ", ";

/// A form that edits a `T`.
pub struct Form<T: 'static> {
    table: &'static [Field<T>],
    /// Its fields.
    pub inputs: Vec<Input>,
    /// The values that the page showed when it was opened, for [`Form::merge`].
    pub seen: String,
    /// What is wrong with no field in particular.
    pub general: String,
    /// Whether it is unfolded.
    pub open: bool,
    /// The fields that are always shown; empty: all of them.
    daily: &'static [&'static str],
}

impl<T> Form<T> {
    /// A form that shows `value`.
    pub fn of(table: &'static [Field<T>], value: &T, text: &'static Text) -> Self {
        let input = |field: &Field<T>| {
            let (widget, groups) = match field.widget {
                Widget::Line => ("line", Vec::new()),
                Widget::Code => ("code", Vec::new()),
                Widget::Secret => (SECRET, Vec::new()),
                Widget::Number => ("number", Vec::new()),
                Widget::Date => ("date", Vec::new()),
                Widget::Lines => ("lines", Vec::new()),
                Widget::Tick => ("tick", Vec::new()),
                Widget::Ticks => (HIDDEN, Vec::new()),
                Widget::Choice(groups) => ("choice", groups(text)),
            };
            let mut input = Input {
                id: field.name.to_owned(),
                name: field.name,
                label: (field.label)(text),
                hint: (field.hint)(text),
                placeholder: (field.placeholder)(text),
                widget,
                groups,
                ..Input::default()
            };
            if !matches!(field.widget, Widget::Secret) {
                input.fill((field.show)(value));
            }
            input
        };
        let inputs = table.iter().map(input).collect();
        Self { table, inputs, seen: encode(table, value), general: String::new(), open: false, daily: &[] }
    }

    /// The form as it was sent; fields that were not sent show `base`. A box that is not ticked is not sent, so it is
    /// taken from `base` only if nothing of the form was.
    pub fn typed(table: &'static [Field<T>], base: &T, typed: &Pairs, text: &'static Text) -> Self {
        let mut form = Self::of(table, base, text);
        let sent = table.iter().any(|field| typed.get(field.name).is_some());
        for (field, input) in table.iter().zip(&mut form.inputs) {
            match typed.get(field.name) {
                _ if typed.all(SHOWN).any(|shown| shown == field.name) => {
                    input.fill(typed.all(field.name).collect::<Vec<_>>().join(SEPARATOR));
                }
                Some(value) => input.fill(value.replace("\r\n", "\n")),
                None if sent && matches!(field.widget, Widget::Tick) => input.fill(String::new()),
                None => {}
            }
        }
        if let Some(seen) = typed.get("seen") {
            seen.clone_into(&mut form.seen);
        }
        form
    }

    /// With ids that begin with `prefix`, for a page that has several forms.
    #[must_use]
    pub fn prefixed(mut self, prefix: &str) -> Self {
        for input in &mut self.inputs {
            input.id = format!("{prefix}{}", input.name);
        }
        self
    }

    /// With the choices of a field of which any can be ticked; without any, the field is not shown.
    #[must_use]
    pub fn offer(mut self, name: &str, choices: Vec<Choice>) -> Self {
        if let Some(input) = self.inputs.iter_mut().find(|input| input.name == name && !choices.is_empty()) {
            input.widget = TICKS;
            input.groups = vec![Group { heading: "", choices }];
            let value = std::mem::take(&mut input.value);
            input.fill(value);
        }
        self
    }

    /// Unfolded or not.
    #[must_use]
    pub fn opened(mut self, open: bool) -> Self {
        self.open = open;
        self
    }

    /// With these fields always shown, and the others folded away.
    #[must_use]
    pub fn daily(mut self, names: &'static [&'static str]) -> Self {
        self.daily = names;
        self
    }

    /// The fields that are always shown.
    pub fn common(&self) -> Vec<&Input> {
        self.inputs.iter().filter(|input| self.daily.is_empty() || self.daily.contains(&input.name)).collect()
    }

    /// The fields that are folded away.
    pub fn rest(&self) -> Vec<&Input> {
        self.inputs.iter().filter(|input| !self.daily.is_empty() && !self.daily.contains(&input.name)).collect()
    }

    /// Whether there is something to be seen among the fields that are folded away.
    pub fn is_rest_open(&self) -> bool {
        self.rest().iter().any(|input| input.focus || !input.error.is_empty() || !input.saved.is_empty())
    }

    /// The field with that name.
    pub fn input(&self, name: &str) -> &Input {
        self.find(|field| field.name == name).map_or(&self.inputs[0], |index| &self.inputs[index])
    }

    /// Reads all of it into `value`, or says beside each field what is wrong with it.
    pub fn read(&mut self, mut value: T, text: &Text) -> Option<T> {
        let mut sound = true;
        for (field, input) in self.table.iter().zip(&mut self.inputs) {
            input.error = String::new();
            sound &= input.read(text, |typed| (field.set)(&mut value, typed)).is_some();
        }
        self.open |= !sound;
        if let Some(first) = self.inputs.iter_mut().find(|input| !input.error.is_empty()) {
            first.focus = true;
        }
        sound.then_some(value)
    }

    /// Says why it was not done, beside the field that it is about or above all of them; returns the status of the
    /// answer.
    ///
    /// # Errors
    /// The error itself, if the reader can do nothing about it here.
    pub fn refuse(&mut self, error: Error, text: &Text) -> Result<u16, Error> {
        let Some(fault) = error.fault() else { return Err(error) };
        match self.find(|field| Some(field.name) == fault.field()) {
            Some(index) => {
                self.inputs[index].refuse(fault, text);
                self.inputs[index].focus = true;
            }
            None => self.general = (text.sentence)(&(text.fault)(fault)),
        }
        self.open = true;
        Ok(refused(&error))
    }

    /// Takes in what was saved elsewhere since the form was opened: a field that was not touched here shows `now`, one
    /// that was changed both here and there keeps what was typed and says what is saved. Returns whether there is such
    /// a field.
    pub fn merge(&mut self, now: &T, text: &Text) -> bool {
        let mut conflict = false;
        let seen = Pairs::decode(self.seen.as_bytes());
        for (field, input) in self.table.iter().zip(&mut self.inputs) {
            let now = (field.show)(now);
            let Some(before) = seen.get(field.name).filter(|before| *before != now) else { continue };
            if input.widget == SECRET {
                if !input.value.is_empty() {
                    text.form.secret_saved.clone_into(&mut input.saved);
                    conflict = true;
                }
            } else if input.value == before {
                input.fill(now);
            } else if input.value.trim() != now {
                input.saved = (text.form.saved)(&input.readable(&now, text));
                conflict = true;
            }
        }
        self.seen = encode(self.table, now);
        if conflict {
            self.general = (text.sentence)(&(text.fault)(&Fault::EditedMeanwhile));
            self.open = true;
        }
        conflict
    }

    /// The values in the fields that `typed` brings, each under its label, as a reader sees them.
    pub fn labelled(&self, typed: &Pairs, text: &Text) -> Vec<(&'static str, &'static str, String)> {
        let is_sent = |input: &&Input| !typed.text(input.name).trim().is_empty();
        self.inputs
            .iter()
            .filter(is_sent)
            .map(|input| {
                let value = match input.widget {
                    HIDDEN => typed.all(input.name).collect::<Vec<_>>().join(SEPARATOR),
                    "tick" => text.common.yes.to_owned(),
                    _ => input.readable(&input.value, text),
                };
                (input.name, input.label, value)
            })
            .collect()
    }

    /// The fields that something is wrong with.
    pub fn errors(&self) -> Vec<&Input> {
        self.inputs.iter().filter(|input| !input.error.is_empty()).collect()
    }

    fn find(&self, wanted: impl Fn(&Field<T>) -> bool) -> Option<usize> {
        self.table.iter().position(wanted)
    }
}

/// The values of a form in one text.
fn encode<T>(table: &[Field<T>], value: &T) -> String {
    let values = table.iter().map(|field| (field.name, (field.show)(value)));
    form_urlencoded::Serializer::new(String::new()).extend_pairs(values).finish()
}

/// No hint, no placeholder.
pub fn nothing(_: &'static Text) -> &'static str {
    ""
}
