//! The form of a user. `CONTRIBUTING.md` says what else a new field needs.

use super::{
    form::{Choice, Field, Form, Group, Input, Widget, nothing},
    format::node_name,
    view::View,
};
use crate::{
    app::App,
    error::{Error, Fault},
    http::Pairs,
    model::{
        Bytes, Date, Draft, Kind, METHODS, Method, Name, NodeAccess, Note, Password, ResetDay, Terms, Unit, User,
        limit_from, optional, port_from, unless_never,
    },
    text::{Text, isolated},
};
use std::collections::BTreeSet;

/// What can be said of a user. The cipher comes before the password, which has to fit it.
pub const USER: &[Field<Draft>] = &[
    Field {
        name: "name",
        widget: Widget::Line,
        label: |text| text.form.name,
        hint: nothing,
        placeholder: nothing,
        show: |draft| draft.name.as_str().to_owned(),
        set: |draft, typed| Name::parse(typed).map(|name| draft.name = name),
    },
    quota_field(|draft| size(draft.quota), |draft, typed| quota(typed, draft.quota).map(|quota| draft.quota = quota)),
    Field {
        name: "expires",
        widget: Widget::Date,
        label: |text| text.form.expires,
        hint: |text| text.form.expires_hint,
        placeholder: nothing,
        show: |draft| shown(draft.expires),
        set: |draft, typed| unless_never(typed, Date::parse).map(|day| draft.expires = day),
    },
    reset_day_field(
        |draft| shown(draft.reset_day.map(ResetDay::get)),
        |draft, typed| ResetDay::parse_optional(typed).map(|day| draft.reset_day = day),
    ),
    Field {
        name: "renews",
        widget: Widget::Tick,
        label: |text| text.form.renews,
        hint: |text| text.form.renews_hint,
        placeholder: nothing,
        show: |draft| if draft.terms.renews { "1" } else { "" }.to_owned(),
        set: |draft, typed| {
            draft.terms.renews = typed == "1";
            if draft.terms.renews && draft.reset_day.is_none() { Err(Fault::RenewalWithoutDay) } else { Ok(()) }
        },
    },
    Field {
        name: "valid_days",
        widget: Widget::Number,
        label: |text| text.form.valid_days,
        hint: |text| text.form.valid_days_hint,
        placeholder: nothing,
        show: |draft| shown(draft.terms.valid_days),
        set: |draft, typed| {
            draft.terms.valid_days = unless_never(typed, Terms::days)?;
            let both = draft.terms.valid_days.is_some() && draft.expires.is_some();
            if both { Err(Fault::ValidityWithDate) } else { Ok(()) }
        },
    },
    Field {
        name: "nodes",
        widget: Widget::Ticks,
        label: |text| text.form.nodes,
        hint: |text| text.form.nodes_hint,
        placeholder: nothing,
        show: |draft| match &draft.terms.nodes {
            NodeAccess::Only(nodes) if nodes.is_empty() => String::new(),
            nodes => nodes.to_string(),
        },
        set: |draft, typed| nodes(typed, &draft.terms.nodes).map(|nodes| draft.terms.nodes = nodes),
    },
    Field {
        name: "port",
        widget: Widget::Number,
        label: |text| text.form.port,
        hint: |text| text.form.port_hint,
        placeholder: |text| text.form.port_free,
        show: |draft| shown(draft.port),
        set: |draft, typed| optional(typed, port_from).map(|port| draft.port = port),
    },
    method_field(
        |draft| draft.method.name().to_owned(),
        |draft, typed| method(typed).map(|method| draft.method = method),
    ),
    Field {
        name: "passwd",
        widget: Widget::Code,
        label: |text| text.form.password,
        hint: |text| text.form.password_hint,
        placeholder: nothing,
        show: |draft| draft.password.as_ref().map_or("", Password::as_str).to_owned(),
        set: |draft, typed| {
            optional(typed, |typed| Password::parse(typed, draft.method)).map(|password| draft.password = password)
        },
    },
    Field {
        name: "speed",
        widget: Widget::Number,
        label: |text| text.form.speed,
        hint: |text| text.form.speed_hint,
        placeholder: |text| text.form.no_limit,
        show: |draft| if draft.speed == 0 { String::new() } else { draft.speed.to_string() },
        set: |draft, typed| limit_from(typed).map(|limit| draft.speed = limit),
    },
    Field {
        name: "devices",
        widget: Widget::Number,
        label: |text| text.form.devices,
        hint: |text| text.form.devices_hint,
        placeholder: |text| text.form.no_limit,
        show: |draft| if draft.devices == 0 { String::new() } else { draft.devices.to_string() },
        set: |draft, typed| limit_from(typed).map(|limit| draft.devices = limit),
    },
    Field {
        name: "note",
        widget: Widget::Lines,
        label: |text| text.form.note,
        hint: nothing,
        placeholder: nothing,
        show: |draft| draft.note.as_str().to_owned(),
        set: |draft, typed| Note::parse(typed).map(|note| draft.note = note),
    },
];

/// The fields of [`USER`] that are changed daily; the page of a user folds the others away.
pub const DAILY: &[&str] = &["name", "quota", "expires", "reset_day", "renews", "note"];

/// The field of a quota.
pub(super) const fn quota_field<T>(show: fn(&T) -> String, set: fn(&mut T, &str) -> Result<(), Fault>) -> Field<T> {
    Field {
        name: "quota",
        widget: Widget::Code,
        label: |text| text.form.quota,
        hint: |text| text.form.quota_hint,
        placeholder: |text| text.form.no_limit,
        show,
        set,
    }
}

/// The field of a day of the monthly reset.
pub(super) const fn reset_day_field<T>(show: fn(&T) -> String, set: fn(&mut T, &str) -> Result<(), Fault>) -> Field<T> {
    Field {
        name: "reset_day",
        widget: Widget::Choice(reset_days),
        label: |text| text.form.reset_day,
        hint: |text| text.form.reset_day_hint,
        placeholder: nothing,
        show,
        set,
    }
}

/// The field of a cipher.
pub(super) const fn method_field<T>(show: fn(&T) -> String, set: fn(&mut T, &str) -> Result<(), Fault>) -> Field<T> {
    Field {
        name: "method",
        widget: Widget::Choice(methods),
        label: |text| text.form.method,
        hint: |text| text.form.method_hint,
        placeholder: nothing,
        show,
        set,
    }
}

/// The form of a new user: what was typed, and the defaults where nothing was.
pub fn new_user(typed: &Pairs, defaults: &Draft, view: &View<'_>) -> Result<Form<Draft>, Error> {
    let choices = node_choices(view, &defaults.terms.nodes)?;
    let mut form = Form::typed(USER, defaults, typed, view.text).offer("nodes", choices);
    if let Some(password) = form.inputs.iter_mut().find(|input| input.name == "passwd") {
        password.hint = view.text.form.password_new;
    }
    // The default of the last day gives way to days from the first use that were typed.
    let by_days = !form.input("valid_days").value.trim().is_empty();
    let is_default = |input: &&mut Input| input.name == "expires" && input.value == shown(defaults.expires);
    if by_days && let Some(day) = form.inputs.iter_mut().find(is_default) {
        day.fill(String::new());
    }
    Ok(form)
}

/// A date that was typed replaces the days from the first use that were agreed until `now`, and the other way.
pub fn replace_expiry(form: &mut Form<Draft>, now: &Draft) {
    let (typed_date, typed_days) = (form.input("expires").value.clone(), form.input("valid_days").value.clone());
    let (date, days) = (shown(now.expires), shown(now.terms.valid_days));
    let given_way = match () {
        () if typed_date.trim().is_empty() || typed_days.trim().is_empty() => return,
        () if typed_days == days && typed_date != date => "valid_days",
        () if typed_date == date && typed_days != days => "expires",
        () => return,
    };
    if let Some(input) = form.inputs.iter_mut().find(|input| input.name == given_way) {
        input.fill(String::new());
    }
}

/// The draft of a present user. An empty port or password stays as it is; one that does not fit a new cipher is
/// replaced.
pub fn completed(mut draft: Draft, user: &User, app: &App) -> Draft {
    draft.port = draft.port.or(Some(user.port));
    if draft.password.is_none() {
        let fits = Password::parse(user.password.as_str(), draft.method).is_ok();
        draft.password = Some(if fits { user.password.clone() } else { app.password_for(draft.method) });
    }
    draft
}

/// What a field of a user is called, by its name in the form or in the history.
pub fn label(name: &str, text: &'static Text) -> &'static str {
    let name = if name == "renew" { "renews".to_owned() } else { name.replace('-', "_") };
    USER.iter().find(|field| field.name == name).map_or("?", |field| (field.label)(text))
}

/// The nodes to choose from: all of them, also those to come, or some. There is no choice with one node alone.
pub fn node_choices(view: &View<'_>, chosen: &NodeAccess) -> Result<Vec<Choice>, Error> {
    let nodes = view.app.store.nodes()?;
    let text = view.text;
    if nodes.len() < 2 && *chosen == NodeAccess::All {
        return Ok(Vec::new());
    }
    let choice = |value: String, label: String| Choice { value: value.into(), label: label.into(), selected: false };
    let mut choices = vec![choice("all".to_owned(), text.form.all_nodes.to_owned())];
    choices.extend(nodes.iter().map(|node| choice(node.id.to_string(), isolated(&node_name(node, text)).into_owned())));
    if let NodeAccess::Only(chosen) = chosen {
        let gone = chosen.iter().filter(|id| !nodes.iter().any(|node| node.id == **id));
        choices.extend(gone.map(|id| choice(id.to_string(), (text.form.removed_node)(*id))));
    }
    Ok(choices)
}

/// Reads which nodes were ticked. Of `all` and some nodes the one that was not chosen `before` is meant.
fn nodes(typed: &str, before: &NodeAccess) -> Result<NodeAccess, Fault> {
    let parts: Vec<&str> = typed.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    let some: Vec<&str> = parts.iter().copied().filter(|part| *part != "all").collect();
    match (some.len() < parts.len(), some.as_slice()) {
        (false, []) if *before == NodeAccess::Only(BTreeSet::new()) => Ok(before.clone()),
        (false, []) => Err(Fault::NodesNone),
        (true, some) if some.is_empty() || *before != NodeAccess::All => Ok(NodeAccess::All),
        (_, some) => NodeAccess::parse(&some.join(",")),
    }
}

/// A number alone is in GiB, and a zero in any unit is no limit; but what is shown of a quota that is there stays.
pub(super) fn quota(typed: &str, present: Option<Bytes>) -> Result<Option<Bytes>, Fault> {
    if typed == size(present) {
        return Ok(present);
    }
    Ok(Bytes::parse_limit(typed, Unit::Gibibyte)?.filter(|quota| quota.get() > 0))
}

pub(super) fn method(typed: &str) -> Result<Method, Fault> {
    Ok(optional(typed, Method::parse)?.unwrap_or_default())
}

pub(super) fn shown(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// A size as it was typed.
pub(super) fn size(size: Option<Bytes>) -> String {
    size.map_or_else(String::new, Bytes::typed)
}

fn reset_days(text: &'static Text) -> Vec<Group> {
    let never = Choice { label: text.form.no_reset.into(), ..Choice::default() };
    let day = |day: i64| Choice {
        value: day.to_string().into(),
        label: (text.form.day_of_month)(day).into(),
        ..Choice::default()
    };
    vec![Group { heading: "", choices: std::iter::once(never).chain((1..=31).map(day)).collect() }]
}

pub fn methods(text: &'static Text) -> Vec<Group> {
    let label = |method: &Method| {
        let name = method.name();
        if method.is_served_here() { name.into() } else { (text.form.not_here)(name).into() }
    };
    let choice = |method: &Method| Choice { value: method.name().into(), label: label(method), ..Choice::default() };
    let (old, current): (Vec<Method>, Vec<Method>) = METHODS.iter().partition(|method| method.kind() == Kind::Stream);
    vec![
        Group { heading: text.form.methods, choices: current.iter().map(choice).collect() },
        Group { heading: text.form.old_methods, choices: old.iter().map(choice).collect() },
    ]
}
