//! Whatever strangers, nodes and files send: every parser takes it or says what is wrong, and what it takes reads back
//! as it was taken.

use crate::{oracle, panel::Panel, process::Home};
use mu_panel::{
    api::rows,
    error::Error,
    http::{Pairs, Request, Verb},
    import,
    model::{
        Address, Bytes, Date, METHODS, Name, NewUser, NodeDraft, NodeName, Note, Password, Rate, ResetDay, port_from,
    },
    routes::respond,
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
};
use serde_json::{Value, json};

/// Text that is often nearly what is expected.
fn near(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    vec(prop_oneof![6 => select(pieces).prop_map(str::to_owned), 1 => any::<String>(), 1 => ".{0,3}"], 0..6)
        .prop_map(|pieces| pieces.concat())
}

/// Any JSON, in which the names and values that a batch or a file has turn up often.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-3..70_000_i64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[0-9]{0,20}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        select(&["aes-256-gcm", "2027-12-31", "31", "alice", "2b8f9e46-52b0-4b0b-9f3b-0c5d7c1f0a11", "-1", "1e3"][..])
            .prop_map(Value::from),
    ];
    let key = select(
        &[
            "user_id",
            "u",
            "d",
            "id",
            "port",
            "passwd",
            "method",
            "name",
            "email",
            "quota",
            "transfer_enable",
            "switch",
            "enable",
            "t",
            "uuid",
            "v2ray_user",
            "expires",
            "reset_day",
            "note",
            "data",
            "x",
        ][..],
    );
    leaf.prop_recursive(4, 40, 8, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((key.clone(), inner), 0..9)
                .prop_map(|fields| fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

/// A batch as bytes: of rows that are often right, with blanks, doubled keys and things that are JSON and yet no value.
fn batches() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![
        4 => (0..5_i64).prop_map(|number| number.to_string()),
        1 => any::<i64>().prop_map(|number| number.to_string()),
        1 => any::<u64>().prop_map(|number| number.to_string()),
        2 => "\"[0-9]{0,20}\"",
        2 => select(&["null", "-1", "-0", "1.0", "1e3", "1e999", "true", "\"\\u0031\"", "\"\\ud800\"", "[]", "{}", "\" 1\"", "\"+1\"", "\"１\""][..])
            .prop_map(str::to_owned),
    ];
    let key = select(&["user_id", "u", "d", "x", "user\\u005fid", ""][..]);
    let mixed = vec((key, number.clone()), 0..6);
    let right =
        (number.clone(), number.clone(), number).prop_map(|(user, u, d)| vec![("user_id", user), ("u", u), ("d", d)]);
    let object = prop_oneof![right, mixed].prop_map(|fields| {
        let fields: Vec<String> = fields.into_iter().map(|(key, value)| format!(" \"{key}\" : {value}")).collect();
        format!("{{{}}}", fields.join(","))
    });
    let row = prop_oneof![8 => object, 1 => any_json().prop_map(|json| json.to_string())];
    let array = vec(row, 0..6).prop_map(|rows| format!("[{}\n]", rows.join(" ,")).into_bytes());
    let plain_row = (0..3_usize, any::<[u8; 3]>()).prop_map(|(first, counts)| {
        let mut fields = ["user_id", "u", "d"].map(str::to_owned);
        fields.iter_mut().zip(counts).for_each(|(field, count)| *field = format!(r#""{field}":{count}"#));
        fields.rotate_left(first);
        format!("{{{}}}", fields.join(","))
    });
    let plain = vec(plain_row, 0..3).prop_map(|rows| format!("[{}]", rows.join(",")));
    let piece = select(&["", "0", "u", "d", "x", "\"", ":", ";", ",", "-", ".", "[", "]", "{", "}", " "][..]);
    let damaged = (plain.clone(), any::<Index>(), piece).prop_map(|(plain, at, piece)| {
        let (before, rest) = plain.split_at(at.index(plain.len() + 1));
        format!("{before}{piece}{}", rest.get(1..).unwrap_or_default()).into_bytes()
    });
    prop_oneof![
        8 => array,
        1 => plain.prop_map(String::into_bytes),
        8 => damaged,
        1 => any_json().prop_map(|json| json.to_string().into_bytes()),
        1 => vec(any::<u8>(), 0..60),
    ]
}

/// Whichever byte of a plain batch is missing, another one or one too many: it is read as JSON at large says.
#[test]
fn a_plain_batch_with_one_byte_wrong_is_read_as_any_json() {
    let plain = br#"[{"user_id":1,"u":10,"d":0}, {"d":7,"user_id":20,"u":5}]"#;
    let judge = |body: &[u8]| oracle::agree(body, rows::read(body));
    judge(plain);
    for at in 0..plain.len() {
        let (before, rest) = plain.split_at(at);
        judge(&[before, &rest[1..]].concat());
        for byte in 0..=u8::MAX {
            judge(&[before, &[byte], &rest[1..]].concat());
            judge(&[before, &[byte], rest].concat());
        }
    }
    (0..=u8::MAX).for_each(|byte| judge(&[plain, &[byte][..]].concat()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_form_reads_back_as_it_was_written(
        pairs in vec((any::<String>(), any::<String>()), 0..6),
        name in any::<String>(),
    ) {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&pairs);
        let read = Pairs::decode(query.finish().as_bytes());
        for (key, _) in &pairs {
            let of_key = pairs.iter().filter(|(other, _)| other == key);
            let values: Vec<&str> = of_key.map(|(_, value)| value.as_str()).collect();
            prop_assert_eq!(read.all(key).collect::<Vec<_>>(), values.clone());
            prop_assert_eq!(read.get(key), values.first().copied());
        }
        prop_assert_eq!(&Pairs::decode(read.encode().as_bytes()), &read);
        let without = read.without(&[&name]);
        prop_assert_eq!(without.get(&name), None);
        prop_assert_eq!(&Pairs::decode(read.encode_with(&[(&name, "")]).as_bytes()), &without);
        let with = Pairs::decode(read.encode_with(&[(&name, "7")]).as_bytes());
        prop_assert_eq!(with.all(&name).collect::<Vec<_>>(), ["7"]);
        prop_assert_eq!(with.without(&[&name]), without.clone());
        let two = Pairs::decode(read.encode_with(&[("page", "7"), (&name, "")]).as_bytes());
        prop_assert_eq!(two.all("page").collect::<Vec<_>>(), ["7"]);
        prop_assert_eq!(two.without(&["page"]), without.without(&["page"]));
    }

    /// Of cookies of the same name the first counts; what others have set does not matter.
    #[test]
    fn a_cookie_is_found_among_others(
        others in vec("[ -:<-~]{0,12}=?[ -:<-~]{0,12}", 0..4),
        at in 0..4_usize,
        value in "[!#-+--:<-\\[\\]-~]{0,40}",
        lines in any::<bool>(),
    ) {
        let mut all: Vec<String> = others.into_iter().filter(|other| !other.trim_start().starts_with("mu")).collect();
        all.insert(at.min(all.len()), format!("mu_panel={value}"));
        let mut request = Request::new(Verb::Get, "/");
        let headers = if lines { all } else { vec![all.join("; ")] };
        request.headers.extend(headers.into_iter().map(|cookie| ("cookie".to_owned(), cookie)));
        prop_assert_eq!(request.cookie("mu_panel"), Some(value.as_str()));
        prop_assert_eq!(request.cookie("mu"), None);
    }

    #[test]
    fn no_cookie_breaks_anything(text in any::<String>(), name in any::<String>()) {
        let mut request = Request::new(Verb::Get, "/");
        request.headers.push(("cookie".to_owned(), text.clone()));
        if let Some(value) = request.cookie(&name) {
            prop_assert!(text.contains(value) && !value.contains(';'));
        }
    }

    #[test]
    fn no_bytes_break_a_form(bytes in prop_oneof![
        vec(any::<u8>(), 0..80),
        near(&["u=", "&", "%", "%4", "%zz", "+", "=", "a", "%00", "%ff"]).prop_map(String::into_bytes),
    ]) {
        let read = Pairs::decode(&bytes);
        prop_assert_eq!(Pairs::decode(read.encode().as_bytes()), read);
    }

    #[test]
    fn a_batch_is_what_another_reader_finds_in_it(body in batches()) {
        let read = rows::read(&body);
        if let Ok((_, skipped)) = &read {
            for row in &skipped.named {
                prop_assert!(serde_json::from_str::<Value>(&row.user_id).is_ok(), "{}", row.user_id);
            }
        }
        oracle::agree(&body, read);
    }

    #[test]
    fn a_size_reads_back(bytes in prop_oneof![
        0..5000_i64,
        0..=i64::MAX,
        (0..63_u32, -2..=2_i64).prop_map(|(power, near)| (1_i64 << power).saturating_add(near).max(0)),
    ]) {
        let size = Bytes::new(bytes);
        prop_assert_eq!(Bytes::parse(&bytes.to_string()), Ok(size));
        let shown = Bytes::parse(&size.to_string());
        prop_assert!(shown.is_ok(), "{}", size);
        let shown = shown.unwrap().get();
        // Rounded down by less than the last of three digits, and once more to whole bytes.
        prop_assert!(shown <= bytes && bytes - shown <= bytes / 100 + 1, "{} is shown as {}", bytes, size);
    }

    #[test]
    fn a_size_is_what_a_float_makes_of_it(
        whole in 0..4000_u32,
        fraction in proptest::option::of("[0-9]{1,6}"),
        unit in select(&["K", "mb", "GiB", " t", "PIB"][..]),
    ) {
        let number = fraction.map_or(whole.to_string(), |fraction| format!("{whole}.{fraction}"));
        let power = "kmgtp".find(unit.trim().to_lowercase().chars().next().unwrap()).unwrap() + 1;
        let expected = number.parse::<f64>().unwrap() * 1024_f64.powi(i32::try_from(power).unwrap());
        #[allow(clippy::cast_precision_loss)] // it is compared to a millionth
        let read = Bytes::parse(&format!("{number}{unit}")).unwrap().get() as f64;
        prop_assert!((read - expected).abs() <= 1.0 + expected * 1e-9, "{}{}: {} and {}", number, unit, read, expected);
    }

    #[test]
    fn what_people_type_is_taken_or_refused(
        text in prop_oneof![
            near(&["1", "0", ".", "-", "2026", "-12", "-31", "9", "99999999999999999999", "k", "iB", "G", "E", " ", "+", "e"]),
            near(&["a", "example", ".", "-", "::", "1", "[", "]", "例子", "\u{202e}", "\0", "\r\n", " ", "\u{2028}", "AAAAAAAAAAAAAAAAAAAAAA=="]),
            any::<String>(),
        ]
    ) {
        if let Ok(size) = Bytes::parse(&text) {
            prop_assert_eq!(Bytes::parse(&size.get().to_string()), Ok(size));
        }
        if let Ok(rate) = Rate::parse(&text) {
            prop_assert_eq!(Rate::parse(&rate.to_string()), Ok(rate));
        }
        if let Ok(date) = Date::parse(&text) {
            // `2026.9-12` is one, too.
            prop_assert_eq!(Date::parse(&date.to_string()), Ok(date));
        }
        if let Ok(day) = ResetDay::parse(&text) {
            prop_assert_eq!(ResetDay::new(day.get()), Ok(day));
        }
        if let Ok(name) = Name::parse(&text) {
            prop_assert_eq!(Name::parse(name.as_str()), Ok(name.clone()));
            prop_assert!((1..=64).contains(&name.as_str().chars().count()));
            prop_assert!(!name.as_str().contains(char::is_control));
        }
        if let Ok(name) = NodeName::parse(&text) {
            prop_assert_eq!(NodeName::parse(name.as_str()), Ok(name));
        }
        if let Ok(note) = Note::parse(&text) {
            prop_assert_eq!(Note::parse(note.as_str()), Ok(note));
        }
        if let Ok(address) = Address::parse(&text) {
            prop_assert_eq!(Address::parse(address.as_str()), Ok(address.clone()));
            prop_assert!(!address.as_str().contains(['/', '@', '#', '?', ' ', '"', '<', '[', '%', '\\', '\'']));
        }
        if let Ok(port) = port_from(&text) {
            prop_assert_eq!(port_from(&port.to_string()), Ok(port));
        }
        for method in METHODS {
            if let Ok(password) = Password::parse(&text, *method) {
                prop_assert_eq!(password.as_str(), &text);
                prop_assert!(text.bytes().all(|byte| byte.is_ascii_graphic()));
            }
        }
    }

    #[test]
    fn a_rate_reads_back_and_multiplies(
        thousandths in 0..=1_000_000_i64,
        bytes in prop_oneof![0..10_000_i64, 0..=i64::MAX],
    ) {
        let rate = Rate::new(thousandths).unwrap();
        prop_assert_eq!(Rate::parse(&rate.to_string()), Ok(rate));
        let exact = (i128::from(bytes) * i128::from(thousandths) * 2 + 1000) / 2000;
        prop_assert_eq!(rate.count(bytes).ok(), i64::try_from(exact).ok());
    }

    #[test]
    fn the_next_reset_is_the_first_such_day(days in 0..60_000_i32, day in 1..=31_i64) {
        let today = Date::parse("1970-01-01").unwrap().plus_days(days);
        prop_assert_eq!(Date::parse(&today.to_string()), Ok(today));
        let next = ResetDay::new(day).unwrap().after(today);
        prop_assert!(next > today && next.days_since(today) <= 31);
        let is_such = |date: Date| {
            i64::from(date.day()) == day || i64::from(date.day()) < day && date.plus_days(1).day() == 1
        };
        let first = (1..=31).map(|days| today.plus_days(days)).find(|date| is_such(*date));
        prop_assert_eq!(Some(next), first);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Reports with the same key are one, with others they are as many as there are keys.
    #[test]
    fn a_key_is_taken_as_it_is(keys in proptest::collection::hash_set("[ -~]{1,255}", 1..4), again in 1..3_usize) {
        let panel = Panel::with_friends();
        for _ in 0..=again {
            for key in &keys {
                panel.node().with("Idempotency-Key", key).post("/mu/users/1/traffic", "u=1&d=1&node_id=1").is(200);
            }
        }
        prop_assert_eq!(panel.used(1).0, i64::try_from(keys.len()).unwrap());
    }

    /// Runs of slashes and one at the end change nothing, below each of the prefixes.
    #[test]
    fn a_path_is_the_same_with_more_slashes(
        prefix in select(&["mu", "mu/v2", "api/mu", "api/mu/v2"][..]),
        rest in select(&["", "users", "nodes", "nodes/1/users", "nodes/1/v2rayUsers", "nowhere", "nodes/1/nowhere", "nodes/x/users"][..]),
        runs in vec(1..4_usize, 8), end in 0..3_usize
    ) {
        let panel = Panel::with_friends();
        let plain = format!("/mu/{rest}");
        let segments = prefix.split('/').chain(rest.split('/').filter(|segment| !segment.is_empty()));
        let pieces = segments.zip(runs).map(|(segment, run)| ["/".repeat(run), segment.to_owned()].concat());
            let path = pieces.collect::<Vec<_>>().concat();
        let (one, other) = (panel.node().get(&plain), panel.node().get(&(path.clone() + &"/".repeat(end))));
        prop_assert_eq!((one.0.status, one.body()), (other.0.status, other.body()), "{}", path);
    }

    /// No path is redirected below /mu, none breaks anything, and what is answered there is JSON.
    #[test]
    fn any_path_is_answered(
        path in near(&[
            "/", "mu", "v2", "api", "users", "nodes", "1", "traffic", "..", ".", "%2f", "%00", "{id}", "login", "-1", "?",
            "&", "key=",
        ]),
        post in any::<bool>(),
        body in batches(),
    ) {
        let panel = Panel::with_friends();
        let mut request = Request::new(if post { Verb::Post } else { Verb::Get }, &format!("/{path}"));
        request.headers.push(("token".to_owned(), panel.token()));
        request.body = body.into();
        let for_nodes = request.path.trim_start_matches('/').starts_with("mu/");
        let reply = respond(&panel.app, request);
        prop_assert!(reply.status != 500 && reply.status != 503, "{}: {}", path, reply.text());
        if for_nodes {
            prop_assert!((200..500).contains(&reply.status) && !(300..400).contains(&reply.status));
            let answer: Value = serde_json::from_slice(reply.body.as_bytes()).unwrap();
            prop_assert_eq!(answer["ret"] == json!(1), reply.status == 200);
        }
    }

    #[test]
    fn no_file_breaks_the_import(json in any_json(), rows in vec(any_json(), 0..3), bytes in vec(any::<u8>(), 0..50)) {
        let panel = Panel::new();
        for text in [json.to_string().into_bytes(), json!({ "data": rows }).to_string().into_bytes(), bytes] {
            match import::read(&panel.app, &text, panel.now()) {
                Ok(users) => {
                    let sound = |user: &NewUser| user.id.is_none_or(|id| id > 0) && user.used.u.get() >= 0;
                    prop_assert!(users.iter().all(sound));
                }
                Err(error) => prop_assert!(matches!(error, Error::Invalid(_)), "{:?}", error),
            }
        }
    }
}

/// What a user may have, in the order of [`exported`].
type Parts =
    (String, (usize, [u8; 32], [u8; 16]), Option<i64>, (i64, i64, i64, bool), (Option<i32>, Option<i64>, String));

/// Users of every kind.
fn drawn_parts() -> impl Strategy<Value = Parts> {
    (
        "[a-z<>&\"'=宽🙂 -]{1,20}",
        (0..METHODS.len(), any::<[u8; 32]>(), any::<[u8; 16]>()),
        proptest::option::of(0..=i64::MAX),
        (0..=i64::MAX, 0..=i64::MAX, 0..1_700_000_000_i64, any::<bool>()),
        (proptest::option::of(0..20_000_i32), proptest::option::of(1..=31_i64), "[a-z\n\t,;\"=@+-]{0,30}"),
    )
}

/// A user as the panel exports them.
fn exported(id: usize, parts: Parts) -> Value {
    let (name, (method, key, uuid), quota, (u, d, t, switch), (expires, reset_day, note)) = parts;
    let method = METHODS[method];
    let password = Password::random(method, &|buffer| {
        buffer.iter_mut().zip(key).for_each(|(byte, key)| *byte = key % 248);
    });
    let start = Date::parse("2020-01-01").unwrap();
    json!({
        "id": id * 3, "name": format!("{id} {}", name.trim()).trim(), "port": 1000 + id, "passwd": password.as_str(),
        "method": method.name(), "u": u, "d": d, "t": t, "switch": i32::from(switch), "quota": quota,
        "expires": expires.map(|days| start.plus_days(days).to_string()), "reset_day": reset_day,
        "note": note.trim(), "uuid": uuid::Builder::from_random_bytes(uuid).into_uuid().to_string(),
    })
}

/// What is exported and imported elsewhere is exported there as the same.
#[test]
fn what_is_exported_imports_as_the_same() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 12,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    runner
        .run(&vec(drawn_parts(), 1..8), |users| {
            let users: Vec<Value> = (1..).zip(users).map(|(id, parts)| exported(id, parts)).collect();
            let (one, other) = (Home::new(), Home::new());
            let file = one.file("users.json", Value::from(users.clone()).to_string());
            one.run(&["import", file.to_str().unwrap()]).ok();
            let exported = one.run(&["export"]).ok();
            let file = other.file("users.json", exported.out());
            other.run(&["import", file.to_str().unwrap()]).ok();
            assert_eq!(other.run(&["export"]).ok().out(), exported.out());
            for user in &users {
                let rows = exported.json();
                let row = rows["data"].as_array().unwrap().iter().find(|row| row["id"] == user["id"]).unwrap().clone();
                for (key, value) in user.as_object().unwrap() {
                    assert_eq!(&row[key], value, "{key}");
                }
            }
            Ok(())
        })
        .unwrap();
}

/// Two who would be the same to V2Ray, or an id after which there is none, are said to be wrong and not called a fault
/// of the panel.
#[test]
fn an_import_that_cannot_be_names_the_user() {
    let home = Home::new();
    let uuid = "2b8f9e46-52b0-4b0b-9f3b-0c5d7c1f0a11";
    let user =
        |id: &str, port: i32| format!(r#"{{"id":{id},"name":"n {port}","port":{port},"passwd":"p","uuid":"{uuid}"}}"#);
    for (rows, words) in [
        (format!("[{},{}]", user("1", 1), user("2", 2)), "the V2Ray id `2b8f9e46"),
        (format!("[{}]", user("9223372036854775807", 1)), "id"),
        (format!("[{}]", user("1", 1)).replace("0c5d7c1f0a11", "0c5d"), "isn't a valid UUID"),
    ] {
        let file = home.file("users.json", rows);
        home.run(&["import", file.to_str().unwrap()]).fails_with_a_list(words);
    }
    home.run(&["user", "add", "alice"]).ok();
}

/// A program may call its node by any number; the ones that the admin adds get the next small one.
#[test]
fn a_node_may_have_any_number() {
    let panel = Panel::with_friends();
    let add = || {
        let (name, address) = (NodeName::default(), Address::default());
        panel.app.store.add_node(NodeDraft { name, address, ..NodeDraft::default() }, panel.now()).unwrap().id
    };
    let report = |id: i64| {
        panel.node().post("/mu/users/1/traffic", format!("u=1&d=1&node_id={id}")).is(200);
    };
    report(i64::MAX);
    assert_eq!((add(), add()), (1, 2));
    report(7);
    report(i64::MAX - 1);
    assert_eq!((add(), add()), (8, 9));
    report(999_999);
    report(1_000_000);
    assert_eq!(add(), 1_000_001);
}
