//! Forms: what was typed, kept until it is good, each fault beside its field.

use super::frame::View;
use crate::{
    app::App,
    error::{Error, Fault, Field, Result},
    http::Pairs,
    model::{Bytes, Date, Draft, Kind, METHODS, Method, Name, Note, Password, ResetDay, User, port_from},
    text::Text,
};

/// A field of a form.
#[derive(Default)]
pub struct Input {
    /// What is in it.
    pub value: String,
    /// What is wrong with that; empty if nothing is.
    pub error: String,
    /// What somebody else has put in its place meanwhile; empty if nobody has.
    pub now: String,
}

impl Input {
    /// One with something in it.
    pub fn with(value: impl Into<String>) -> Self {
        Self { value: value.into(), ..Self::default() }
    }

    /// Reads it, and keeps what is wrong with it.
    pub fn read<T>(&mut self, text: &Text, parse: impl FnOnce(&str) -> std::result::Result<T, Fault>) -> Option<T> {
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

    /// Says what somebody else has put in its place meanwhile, if that is something else.
    pub fn meanwhile(&mut self, now: impl Into<String>, text: &Text) {
        let now = now.into();
        if self.value.trim() != now {
            self.now = if now.is_empty() { text.common.none.to_owned() } else { now };
        }
    }
}

/// What a form says that its page showed when it was opened; nothing, if it does not say.
pub fn seen(typed: &Pairs) -> Option<String> {
    typed.get("seen").map(str::to_owned)
}

/// One of several to choose from.
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
    /// Whether it is chosen.
    pub selected: bool,
}

/// The form of a user, new or not.
pub struct UserForm {
    pub name: Input,
    pub port: Input,
    pub method: Input,
    pub password: Input,
    pub quota: Input,
    pub expires: Input,
    pub reset_day: Input,
    pub note: Input,
    /// What is wrong with no field in particular.
    pub general: String,
    /// Whether more than the name is to be seen at once.
    pub open: bool,
    pub methods: Vec<Choice>,
    pub old_methods: Vec<Choice>,
    pub days: Vec<Choice>,
    pub port_hint: &'static str,
    pub port_free: &'static str,
}

impl UserForm {
    /// For somebody new: with what was typed, and the defaults where nothing was sent.
    pub fn fresh(typed: &Pairs, defaults: &Draft, text: &Text) -> Self {
        let mut form = Self::typed(typed, text);
        let set = |name: &str, field: &mut Input, value: String| {
            if typed.get(name).is_none() {
                *field = Input::with(value);
            }
        };
        set("method", &mut form.method, defaults.method.name().to_owned());
        set("quota", &mut form.quota, defaults.quota.map_or(String::new(), whole_units));
        set("expires", &mut form.expires, defaults.expires.map_or(String::new(), |date| date.to_string()));
        set("reset_day", &mut form.reset_day, defaults.reset_day.map_or(String::new(), |day| day.get().to_string()));
        form.fill_choices(text);
        form.port_hint = text.form.port_hint_new;
        form.port_free = text.form.port_free;
        form
    }

    /// With what was typed.
    pub fn typed(typed: &Pairs, text: &Text) -> Self {
        let field = |name| Input::with(typed.text(name));
        let mut form = Self {
            name: field("name"),
            port: field("port"),
            method: field("method"),
            password: field("passwd"),
            quota: field("quota"),
            expires: field("expires"),
            reset_day: field("reset_day"),
            note: field("note"),
            general: String::new(),
            open: false,
            methods: Vec::new(),
            old_methods: Vec::new(),
            days: Vec::new(),
            port_hint: text.form.port_hint,
            port_free: "",
        };
        form.fill_choices(text);
        form
    }

    /// With what a user is.
    pub fn of(user: &User, text: &Text) -> Self {
        let mut form = Self::typed(&Pairs::default(), text);
        form.name = Input::with(user.name.as_str());
        form.port = Input::with(user.port.to_string());
        form.method = Input::with(user.method.name());
        form.password = Input::with(user.password.as_str());
        form.quota = Input::with(user.quota.map_or(String::new(), whole_units));
        form.expires = Input::with(user.expires.map_or(String::new(), |date| date.to_string()));
        form.reset_day = Input::with(user.reset_day.map_or(String::new(), |day| day.get().to_string()));
        form.note = Input::with(user.note.as_str());
        form.fill_choices(text);
        form
    }

    fn fill_choices(&mut self, text: &Text) {
        let chosen = if self.method.value.is_empty() { Method::default().name() } else { &self.method.value };
        let choice = |method: &Method| Choice {
            value: method.name().to_owned(),
            label: method.name().to_owned(),
            selected: method.name() == chosen,
        };
        let (old, current): (Vec<_>, Vec<_>) = METHODS.iter().partition(|method| method.kind() == Kind::Stream);
        self.methods = current.into_iter().map(choice).collect();
        self.old_methods = old.into_iter().map(choice).collect();
        let day = |value: String, label| Choice { selected: value == self.reset_day.value, value, label };
        let never = day(String::new(), text.common.never_will.to_owned());
        self.days = (1..=31).map(|number| day(number.to_string(), (text.form.day_of_month)(number))).collect();
        self.days.insert(0, never);
    }

    /// Reads all of it, or says what is wrong with each field. An empty password stays open.
    pub fn read(&mut self, text: &Text) -> Option<Draft> {
        let name = self.name.read(text, Name::parse);
        let port = self.port.read(text, |typed| optional(typed, "", port_from));
        let method = self.method.read(text, |typed| optional(typed, "", Method::parse));
        let quota = self.quota.read(text, |typed| optional(typed, "none", Bytes::parse));
        let expires = self.expires.read(text, |typed| optional(typed, "never", Date::parse));
        let reset_day = self.reset_day.read(text, |typed| optional(typed, "never", ResetDay::parse));
        let note = self.note.read(text, Note::parse);
        let cipher = method.flatten().unwrap_or_default();
        let password = self.password.read(text, |typed| optional(typed, "", |typed| Password::parse(typed, cipher)));
        self.open = [&self.port, &self.method, &self.quota, &self.expires, &self.reset_day, &self.note, &self.password]
            .iter()
            .any(|field| !field.error.is_empty());
        method?;
        Some(Draft {
            name: name?,
            port: port?,
            password: password?,
            method: cipher,
            quota: quota?,
            expires: expires?,
            reset_day: reset_day?,
            note: note?,
        })
    }

    /// Reads the cipher, the quota and the day of the month alone.
    #[allow(clippy::type_complexity)] // three fields of a form
    pub fn read_defaults(&mut self, text: &Text) -> Option<(Method, Option<Bytes>, Option<ResetDay>)> {
        let method = self.method.read(text, |typed| optional(typed, "", Method::parse));
        let quota = self.quota.read(text, |typed| optional(typed, "none", Bytes::parse));
        let reset_day = self.reset_day.read(text, |typed| optional(typed, "never", ResetDay::parse));
        Some((method?.unwrap_or_default(), quota?, reset_day?))
    }

    /// Says why it was not done: beside the field that it is about, or above all.
    ///
    /// # Errors
    /// If nobody can do anything about it here.
    pub fn refuse(&mut self, error: Error, text: &Text) -> Result<u16> {
        let (Error::Invalid(fault) | Error::Conflict(fault) | Error::Busy(fault)) = &error else { return Err(error) };
        let field = match fault.field() {
            Some(Field::Name) => &mut self.name,
            Some(Field::Port) => &mut self.port,
            Some(Field::Password) => &mut self.password,
            Some(Field::Method) => &mut self.method,
            Some(Field::Quota) => &mut self.quota,
            Some(Field::Expires) => &mut self.expires,
            Some(Field::ResetDay) => &mut self.reset_day,
            Some(Field::Note) => &mut self.note,
            _ => {
                self.general = (text.sentence)(&(text.fault)(fault));
                return Ok(refused(&error));
            }
        };
        field.refuse(fault, text);
        self.open = !matches!(fault.field(), Some(Field::Name));
        Ok(refused(&error))
    }

    /// Shows beside each of the defaults what somebody else has made of it meanwhile.
    pub fn compare_defaults(&mut self, now: &Self, text: &Text) {
        self.method.meanwhile(now.method.value.as_str(), text);
        self.quota.meanwhile(now.quota.value.as_str(), text);
        self.expires.meanwhile(now.expires.value.as_str(), text);
        self.reset_day.meanwhile(now.reset_day.value.as_str(), text);
    }

    /// Shows beside each field what somebody else has made of it meanwhile.
    pub fn compare(&mut self, user: &User, view: &View<'_>) {
        let text = view.text;
        let now = Self::of(user, text);
        self.name.meanwhile(now.name.value, text);
        self.port.meanwhile(now.port.value, text);
        self.method.meanwhile(now.method.value, text);
        self.password.meanwhile(now.password.value, text);
        self.quota.meanwhile(now.quota.value, text);
        self.expires.meanwhile(now.expires.value, text);
        self.reset_day.meanwhile(now.reset_day.value, text);
        self.note.meanwhile(now.note.value, text);
    }
}

/// The draft of a user who is there already: an empty port stays his, an empty password becomes a new one.
pub fn completed(mut draft: Draft, user: &User, app: &App) -> Draft {
    draft.port = draft.port.or(Some(user.port));
    if draft.password.is_none() {
        draft.password = Some(app.fresh_password(&draft));
    }
    draft
}

/// The status of a form that comes back with what is wrong with it.
pub fn refused(error: &Error) -> u16 {
    match error {
        Error::Conflict(_) => 409,
        Error::Busy(_) => 503,
        _ => 400,
    }
}

fn optional<T>(
    typed: &str,
    without: &str,
    parse: impl FnOnce(&str) -> std::result::Result<T, Fault>,
) -> std::result::Result<Option<T>, Fault> {
    if typed.is_empty() || typed.eq_ignore_ascii_case(without) { Ok(None) } else { parse(typed).map(Some) }
}

/// A size so that it reads back as the same: in the largest unit that it is a whole number of.
fn whole_units(size: Bytes) -> String {
    const UNITS: [&str; 5] = ["TiB", "GiB", "MiB", "KiB", ""];
    let bytes = size.get();
    let fits = |power: usize| bytes % (1 << (10 * power)) == 0;
    let power = (1..=4).rev().find(|power| bytes > 0 && fits(*power)).unwrap_or(0);
    format!("{}{}", bytes >> (10 * power), UNITS[4 - power])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_reads_back_as_the_same() {
        for (bytes, text) in
            [(0, "0"), (1, "1"), (1536, "1536"), (10 << 30, "10GiB"), (3 << 39, "1536GiB"), (1 << 40, "1TiB")]
        {
            assert_eq!(whole_units(Bytes::new(bytes)), text);
            assert_eq!(Bytes::parse(text), Ok(Bytes::new(bytes)));
        }
    }
}
