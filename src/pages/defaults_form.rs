//! The form of what new users get unless told otherwise.

use super::{
    form::{Field, Widget},
    user_form::{method, method_field, quota, quota_field, reset_day_field, shown, size},
};
use crate::{
    app::Defaults,
    model::{PortRange, ResetDay, Terms, optional, unless_never},
};

/// What a new user gets unless told otherwise.
pub const DEFAULTS: &[Field<Defaults>] = &[
    quota_field(
        |defaults| size(defaults.quota),
        |defaults, typed| quota(typed, defaults.quota).map(|quota| defaults.quota = quota),
    ),
    Field {
        name: "expires",
        widget: Widget::Number,
        label: |text| text.preferences.days,
        hint: |text| text.preferences.days_hint,
        placeholder: |text| text.form.never_expires,
        show: |defaults| shown(defaults.days),
        set: |defaults, typed| unless_never(typed, Terms::days).map(|days| defaults.days = days),
    },
    reset_day_field(
        |defaults| shown(defaults.reset_day.map(ResetDay::get)),
        |defaults, typed| ResetDay::parse_optional(typed).map(|day| defaults.reset_day = day),
    ),
    method_field(
        |defaults| defaults.method.name().to_owned(),
        |defaults, typed| method(typed).map(|method| defaults.method = method),
    ),
    Field {
        name: "ports",
        widget: Widget::Code,
        label: |text| text.preferences.ports,
        hint: |text| text.preferences.ports_hint,
        placeholder: |_| "20001-65535",
        show: |defaults| {
            if defaults.ports == PortRange::default() { String::new() } else { defaults.ports.to_string() }
        },
        set: |defaults, typed| {
            optional(typed, PortRange::parse).map(|ports| defaults.ports = ports.unwrap_or_default())
        },
    },
];
