//! What the office says, in English.

use super::{
    fenced,
    office::{Batch, Files, Office, Preferences, Statement, Strip},
};

/// English.
pub const ENGLISH: Office = Office {
    strip: Strip {
        title: "At a glance",
        online: "Online now",
        online_hint: "Used something in the last 5 minutes",
        out: "Over quota or expired",
        out_hint: |over, expired| format!("{over} over quota, {expired} expired"),
        month: "Used this month",
        month_hint: "As the nodes reported it",
        nodes: "Nodes",
        one_node: "Node",
        no_node: "none yet",
        silent: |name, ago| format!("{} is silent, last seen {ago}", fenced(name)),
        refused: "Something it reported was refused",
        left: |size| format!("{size} left"),
        nothing_left: "nothing left",
    },
    files: Files {
        title: "Backup, export, import",
        what: "A backup is the whole database, with every password in it: keep it safe. So is the list of users.",
        backup: "Download a backup",
        json: "Users as JSON",
        csv: "Users as CSV",
        import: "Import users",
        restore: "Put a backup back",
        list: "List of users",
        list_hint: "Paste what another panel answers to “GET /users”, or what was exported here, as JSON or as CSV. You see who would be added before anything happens.",
        look: "Look at it",
        ask: |number| format!("Add {}?", users(number)),
        preview: "Nothing has been changed yet. All of them are added, or none.",
        collide: "Nothing was changed. This collides:",
    },
    settings: Preferences {
        zone: "Time zone",
        zone_name: "Name",
        zone_machine: "the machine's",
        zone_what: "Days begin at midnight there: that is when counters start again, when users expire, and how usage by day and month is told. Closed periods stay as they are.",
        zone_now: "Now:",
        zone_done: "The time zone was saved.",
        defaults: "Defaults for new users",
        defaults_what: "What a new user gets unless you say otherwise, here and with “mu-panel user add”. Nobody who is there already changes.",
        defaults_done: "The defaults were saved.",
        days: "Ends after",
        days_hint: "Days from when the user is added; empty for never.",
        sessions: "Sign-ins",
        sessions_what: "Where you are signed in. One that is not used for 12 hours ends by itself.",
        since: "since",
        seen: "last used",
        this_one: "This one",
        end: "End",
        end_others: "End all others",
        ended: "The sign-in was ended.",
        others_ended: "All other sign-ins were ended.",
        theme: "Colours",
        system: "System",
        light: "Light",
        dark: "Dark",
    },
    statement: Statement {
        title: "Statement",
        month: "Month",
        hint: "What each of you used, as the nodes reported it.",
        running: |date| format!("The month is not over: up to {date}."),
        share: "Share",
        csv: "As CSV",
        print: "To share the bill on paper, print this page.",
        close: "Close the period for all…",
        ask_close: "Close the period for everybody?",
        ask_close_what: |number| {
            format!(
                "The counters of {} start again at zero now. What each of them used so far becomes a closed period.",
                users(number)
            )
        },
        ask_close_kept: "The statement and the history by day stay as they are, and so does the day on which counters start again by themselves.",
        ask_close_go: "Close the period",
    },
    batch: Batch {
        title: "With those who are ticked",
        hint: "Tick users, then choose what to do: you are asked first.",
        tick: |name| format!("Tick {}", fenced(name)),
        tick_all: "Tick all on this page",
        tick_none: "Tick none",
        select: "Tick",
        on: "Switch on",
        off: "Switch off",
        reset: "Reset counters",
        extend: "Extend",
        delete: "Delete",
        ask_on: |number| format!("Switch on {}?", users(number)),
        ask_off: |number| format!("Switch off {}?", users(number)),
        ask_reset: |number| format!("Reset the counters of {}?", users(number)),
        ask_extend: |number| format!("Extend {}?", users(number)),
        ask_delete: |number| format!("Delete {}?", users(number)),
        what_on: "Nodes let them in when they next ask, usually within a minute. Whoever has expired or is over the quota stays out.",
        what_off: "Nodes stop letting them in when they next ask, usually within a minute.",
        what_reset: "Their counters start again at zero. What they used so far becomes a closed period; the history by day stays.",
        what_extend: "The time is added to the last day, or to today if that is over already.",
        what_delete: "Nodes stop letting them in, usually within a minute. For 30 days you can take this back; until then nobody else gets their ports.",
        by: "How long",
        days: "30 days more",
        month: "one month more",
        until: "until a day that I choose",
        date: "Last day",
        until_hint: "Whoever has no last day keeps none, unless you choose a day.",
        nobody: "Nobody is ticked",
        nobody_hint: "Go back and tick those whom you mean.",
        back: "Back to the list",
        gone: "Some of them have been deleted meanwhile, so nothing was done. These are left: look again.",
        done_on: |number| format!("{} switched on.", were(number)),
        done_off: |number| format!("{} switched off.", were(number)),
        done_reset: |number| format!("The counters of {} started again at zero.", users(number)),
        done_extend: |number| format!("{} extended.", were(number)),
        done_delete: |number| format!("{} deleted.", were(number)),
        done_import: |number| format!("{} added.", were(number)),
        done_restore: |number| {
            if number == 1 { "1 user is back.".to_owned() } else { format!("{number} users are back.") }
        },
    },
};

fn users(number: i64) -> String {
    if number == 1 { "1 user".to_owned() } else { format!("{number} users") }
}

fn were(number: i64) -> String {
    format!("{} {}", users(number), if number == 1 { "was" } else { "were" })
}
