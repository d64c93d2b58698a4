//! English.

use super::{
    Common, DoneText, Failure, Form, Nodes, SettingsPage, SignIn, States, Text, UserPage, Users, chart, events,
    faults_english, friend, setup, vmess, work,
};
use crate::model::Time;

/// English.
pub const ENGLISH: Text = Text {
    code: "en",
    chart: chart::ENGLISH,
    events: events::ENGLISH,
    friend: friend::ENGLISH,
    setup: setup::ENGLISH,
    vmess: vmess::ENGLISH,
    work: work::ENGLISH,
    fault: faults_english::fault,
    unauthorized: "the token is missing or wrong: send the one that `mu-panel token` prints, in the header `Token`",
    not_found: "there is nothing at this address",
    internal: "the panel has a fault of its own: its log says which",
    sentence,
    ago,
    lasting,
    bytes: |number| if number == "1" { "1 byte".to_owned() } else { format!("{number} bytes") },
    month,
    common: Common {
        skip: "Skip to content",
        pages: "Pages",
        users: "Users",
        nodes: "Nodes",
        settings: "Settings",
        sign_out: "Sign out",
        other_code: "zh",
        other_name: "中文",
        undo: "Undo",
        save: "Save",
        cancel: "Cancel",
        copy: "Copy",
        copied: "Copied",
        show: "Show",
        uploaded: "Uploaded",
        downloaded: "Downloaded",
        total: "Total",
        never: "never",
        none: "none",
    },
    sign_in: SignIn {
        title: "Sign in",
        password: "Password",
        submit: "Sign in",
        forgotten: "Forgotten? Set a new one on the server:",
        welcome: "Welcome",
        choose: "Choose the password with which you will sign in.",
        new_password: "New password",
        new_hint: "At least 8 characters.",
        set: "Set password",
        unset: "This panel has no password yet. To set one, open the link that mu-panel printed when it started:",
        unset_hint: "The link is good for 30 minutes. Start mu-panel again to get a new one.",
        expired: "This form had been open for too long or your browser refuses cookies. Please try again.",
    },
    form: Form {
        name: "Name",
        port: "Port",
        port_free: "next free one",
        port_hint_new: "Leave empty for the next free one.",
        port_hint: "From 1 to 65535, a port of their own.",
        quota: "Quota",
        quota_hint: "Such as 10GiB or 500M; empty for no limit.",
        no_limit: "no limit",
        reset_day: "Counters start again",
        reset_day_hint: "In a shorter month, on its last day.",
        day_of_month: |day| format!("each month on day {day}"),
        expires: "Last day",
        expires_hint: "Empty: never ends.",
        method: "Method",
        method_hint: "Every app knows the first one.",
        methods: "Current",
        old_methods: "Old and weak, for old apps only",
        password: "Connection password",
        password_hint: "Leave empty to get a new random one.",
        note: "Note",
        now: "Meanwhile:",
    },
    users: Users {
        add: "Add a user",
        add_button: "Add",
        options: "More options",
        empty: "Nobody here yet",
        empty_hint: "Give your first friend a name above. Everything else has good defaults.",
        no_node: "No node has called yet.",
        no_node_link: "Set one up",
        list: "List of users",
        filter: "Filter by state",
        all: "All",
        search: "Name, note or port",
        find: "Search",
        sort: "Sort by",
        direction: "Direction",
        ascending: "↑ rising",
        descending: "↓ falling",
        nobody: "Nobody matches",
        show_all: "Show everybody",
        state: "State",
        used: "Used",
        last_used: "Last used",
        switch: "Switch",
        let_in: |name| format!("Let {name} in"),
        switch_off: "Switch off",
        switch_on: "Switch on",
        paging: "Pages of the list",
        range: |from, to, total| format!("{from}–{to} of {total}"),
        first: "« First",
        previous: "‹ Previous",
        next: "Next ›",
        last: "Last »",
        of: |quota| format!("of {quota}"),
    },
    state: States {
        on: "On",
        off: "Off",
        over_quota: "Over quota",
        expired: "Expired",
        deleted: "Deleted",
        why_off: "Switched off: nodes do not let this user in.",
        why_over_quota: "The quota is used up: nodes do not let this user in until the counters start again or the quota is raised.",
        why_expired: "The last day is over: nodes do not let this user in until you set a later one.",
        why_deleted: |date| format!("Deleted: nodes do not let this user in. Can be brought back until {date}."),
    },
    user: UserPage {
        usage: "Usage",
        remaining: "Left",
        since: "Counted since",
        resets: "Starts again",
        lifetime: "Since the beginning",
        expires: "Last day",
        added: "Added",
        switch_off: "Switch off",
        switch_on: "Switch on",
        reset: "Reset counters…",
        delete: "Delete…",
        restore: "Bring back",
        connection: "Connection",
        server: "Server",
        uuid: "V2Ray id",
        id: "User id",
        old_method: "This method is old and lets others tamper with what is sent. Choose a current one if the app has it.",
        change: "Change",
        by_day: "By day",
        by_day_hint: "As the nodes reported it; a node's rate changes only what is counted against the quota.",
        months: "Months",
        earlier: "The month before",
        later: "The month after",
        day: "Day",
        sum: "Month",
        no_days: "Nothing was used in this month.",
        periods: "Closed periods",
        period: "Period",
        no_periods: "None yet. A period closes when the counters start again.",
        ask_reset: ("Reset the counters of ", "?"),
        ask_reset_what: |used| {
            format!("The counters start again at zero. The {used} used so far become a closed period.")
        },
        ask_reset_kept: "The history by day stays as it is.",
        ask_reset_go: "Reset counters",
        ask_delete: ("Delete ", "?"),
        ask_delete_what: "Nodes stop letting this user in when they next ask, usually within a minute.",
        ask_delete_kept: "For 30 days you can take this back; until then nobody else gets the port.",
        ask_delete_go: "Delete",
    },
    nodes: Nodes {
        empty: "No node yet",
        empty_hint: "A node is the server that your friends connect to. Add one to get the three values that its program needs. It also appears here by itself when it first calls.",
        unnamed: |id| format!("Node {id}"),
        seen: |ago| format!("Seen {ago}"),
        silent: |ago| format!("Silent, last seen {ago}"),
        waiting: "Waiting for its first call",
        asked: "Asked for users",
        reported: "Reported traffic",
        online: "Users online",
        load: "Load",
        uptime: "Uptime",
        address: "Address",
        own_address: "IP it reported",
        rate: "Rate",
        refused: "Last refused",
        add: "Add a node",
        add_hint: "Afterwards you get the three values to paste into its configuration.",
        add_button: "Add node",
        name: "Name",
        name_example: "Tokyo",
        address_hint: "The host name that friends connect to.",
        rate_hint: "What a byte through it counts: 0.5 is half, 2 is double.",
        state: "State",
        setup: "Set up",
        setup_hint: "Paste these three values into the configuration of the node's program.",
        change: "Change",
        refusals: "What was refused",
        no_refusals: "Nothing. Reports that cannot be used are listed here with the reason.",
    },
    office: super::office::ENGLISH,
    settings: SettingsPage {
        token: "Node token",
        token_hint: "Every node shows it to prove that it is yours. Whoever has it can read all connection passwords.",
        show_token: "Show token",
        rotate: "Replace…",
        ask_rotate: "Replace the node token?",
        ask_rotate_what: "Every node stops working with the panel at once: it gets no users and cannot report traffic until it has the new token.",
        ask_rotate_how: "Afterwards put the new token into the configuration of each node and start its program again.",
        ask_rotate_go: "Replace token",
        password: "Your password",
        current: "Current password",
        new_hint: "At least 8 characters. Every other sign-in ends.",
        change_password: "Change password",
        language: "Language",
        language_hint: "For everyone who has not chosen one with the button at the top.",
        browsers: "What the browser prefers",
        bare: "This panel is reached without encryption: whoever is on the way can read passwords and the token. Start it with a certificate (--tls-cert, --tls-key), or put a proxy in front of it (--trusted-proxy).",
    },
    done: DoneText {
        user_added: ("", " was added. Send the invitation, and it is done."),
        user_changed: ("", " was saved."),
        user_on: ("", " was switched on."),
        user_off: ("", " was switched off."),
        user_reset: ("The counters of ", " started again at zero."),
        user_deleted: ("", " was deleted."),
        user_restored: ("", " is back."),
        node_added: ("", " was added. Next, paste the three values below into its configuration."),
        node_changed: ("", " was saved."),
        token_rotated: "The token was replaced. Put the new one into the configuration of each node now.",
        password_changed: "The password was changed, and every other sign-in ended.",
        language_changed: "The language was saved.",
        set_up: "The password is set and you are signed in. Add your first friend below.",
        signed_out: "You are signed out.",
    },
    failure: Failure {
        home: "To the start page",
        bad_request: "That did not work",
        forbidden: "That is not allowed",
        not_found: "Not found",
        method: "That does not work here",
        conflict: "That collides",
        too_large: "Too much at once",
        wait: "Please wait",
        internal: "Something broke",
        busy: "Not just now",
    },
};

/// Upper case in front, a full stop at the end, and quotation marks where the command line has backticks.
fn sentence(words: &str) -> String {
    let mut opens = true;
    let mut sentence = String::with_capacity(words.len() + 8);
    for c in words.chars() {
        match c {
            '`' => {
                sentence.push(if opens { '“' } else { '”' });
                opens = !opens;
            }
            c if sentence.is_empty() => sentence.extend(c.to_uppercase()),
            c => sentence.push(c),
        }
    }
    sentence.push('.');
    sentence
}

fn ago(seconds: Time) -> String {
    match seconds {
        ..5 => "just now".to_owned(),
        5..60 => format!("{seconds} s ago"),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..86_400 => format!("{} h ago", seconds / 3600),
        _ => format!("{} ago", count(seconds / 86_400, "day")),
    }
}

pub(super) fn lasting(seconds: Time) -> String {
    match seconds {
        ..60 => count(seconds, "second"),
        60..3600 if seconds % 60 == 0 => count(seconds / 60, "minute"),
        60..300 => format!("{} {}", count(seconds / 60, "minute"), count(seconds % 60, "second")),
        300..3600 => count(seconds / 60, "minute"),
        3600..86_400 => count(seconds / 3600, "hour"),
        _ => count(seconds / 86_400, "day"),
    }
}

fn count(number: Time, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn month(year: i16, month: i8) -> String {
    format!("{} {year}", month_name(month))
}

/// The name of a month from 1 to 12.
pub(super) fn month_name(month: i8) -> &'static str {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    usize::try_from(month - 1).ok().and_then(|index| NAMES.get(index)).unwrap_or(&"?")
}
