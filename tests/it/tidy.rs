//! The rules of the house, checked on the source itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The floors, highest first: a module uses only those below its own. `main` starts `cli`, which alone wires things
/// together.
const FLOORS: &[&str] = &[
    "main", "cli", "node", "door", "server", "bridge", "routes", "api", "pages", "monitor", "export", "import", "auth",
    "notify", "app", "share", "store", "text", "http", "acme", "outbound", "model", "error",
];

/// Floors that know nothing of their neighbours, though they stand side by side with them.
const APART: &[(&str, &str)] = &[
    ("api", "pages"),
    ("pages", "monitor"),
    ("share", "store"),
    ("door", "routes"),
    ("door", "app"),
    ("door", "store"),
    ("door", "auth"),
    ("node", "app"),
    ("node", "store"),
    ("node", "pages"),
    ("node", "door"),
    ("node", "server"),
    ("node", "acme"),
    ("node", "notify"),
    ("acme", "door"),
    ("acme", "notify"),
];

/// The floors that may be asynchronous, in threads of their own.
const ASYNC: &[&str] = &["node", "acme", "outbound"];

/// The most columns of a line.
const MAX_COLUMNS: usize = 120;

/// The most lines of a file.
const MAX_LINES: usize = 400;

/// From so many lines on a file says in its head why it is one.
const MANY_LINES: usize = 300;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder with that ending, its path from the top of the project, and what is in it.
fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    found.sort();
    let named = |path: &PathBuf| path.strip_prefix(root()).unwrap().display().to_string();
    found
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == ending))
        .map(|path| (named(path), fs::read_to_string(path).unwrap()))
        .collect()
}

fn sources() -> Vec<(String, String)> {
    let sources = files("src", "rs");
    assert!(sources.len() > 20, "the source has been found");
    sources
}

/// `src/store/user.rs` and `src/auth.rs` stand on the floors `store` and `auth`.
fn floor(file: &str) -> &str {
    file.trim_start_matches("src/").split('/').next().unwrap().trim_end_matches(".rs")
}

/// What is left of a source without its comments.
fn code(text: &str) -> String {
    text.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code)).collect::<Vec<_>>().join("\n")
}

/// The floors that a source names behind `crate::`, one by one or in braces.
fn used(code: &str) -> BTreeSet<String> {
    named(code, &["crate::", "mu_panel::"])
}

/// The first names behind any of `prefixes`, one by one or in braces.
fn named(code: &str, prefixes: &[&str]) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for (at, _) in prefixes.iter().flat_map(|prefix| code.match_indices(prefix)) {
        let path = &code[at..];
        let rest = &path[path.find("::").unwrap() + 2..];
        match rest.strip_prefix('{') {
            None => drop(used.insert(first_name(rest))),
            Some(list) => used.extend(names_in_braces(list)),
        }
    }
    used
}

fn first_name(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The first name of each item up to the brace that closes, whatever stands in inner braces.
fn names_in_braces(list: &str) -> Vec<String> {
    let mut depth = 0;
    let mut items = vec![String::new()];
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => items.push(String::new()),
            c => items.last_mut().unwrap().push(c),
        }
    }
    items.iter().map(|item| first_name(item)).filter(|name| !name.is_empty()).collect()
}

#[test]
fn imports_are_read_as_rust_reads_them() {
    let source = "use crate::{\n  api::{self, x},\n auth::{a, b}, http,\n};\nuse crate::model::Time; fn f() { crate::error::g() }";
    assert_eq!(used(source), ["api", "auth", "error", "http", "model"].map(str::to_owned).into());
    assert_eq!(used(&code("//! See crate::api.\n/// [`x`](crate::app)")), BTreeSet::new());
}

#[test]
fn a_floor_uses_only_those_below_it() {
    let place = |floor: &str| FLOORS.iter().position(|other| *other == floor);
    for (file, text) in sources() {
        let floor = floor(&file);
        if floor == "lib" {
            continue;
        }
        let own = place(floor).unwrap_or_else(|| panic!("{file} stands on no floor of the house"));
        for other in used(&code(&text)) {
            let Some(other_place) = place(&other) else { continue };
            assert!(own <= other_place, "{file} uses `{other}`, which is above it");
            assert!(!APART.contains(&(floor, &*other)), "{file} uses `{other}`, of which it is to know nothing");
        }
    }
}

#[test]
fn the_map_of_the_code_names_each_floor_in_order() {
    let map = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let named: Vec<&str> = map
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod ")))
        .map(|line| line.trim_end_matches(';'))
        .collect();
    let there: Vec<&str> = FLOORS
        .iter()
        .copied()
        .filter(|floor| {
            *floor != "main" && root().join("src").join(floor).with_extension("rs").exists()
                || root().join("src").join(floor).is_dir()
        })
        .collect();
    assert_eq!(named, there);
}

#[test]
fn every_file_says_what_it_is() {
    for (file, text) in sources().into_iter().chain(files("tests", "rs")) {
        let first = text.lines().next().unwrap_or_default();
        assert!(
            first.strip_prefix("//! ").is_some_and(|words| !words.trim().is_empty()),
            "{file} does not begin with `//! …`"
        );
    }
    assert!(files("templates", "html").iter().all(|(_, text)| !text.trim().is_empty()));
}

#[test]
fn no_file_is_two_rooms() {
    for (file, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= MAX_LINES, "{file} has {lines} lines: make two of it");
        let head: Vec<&str> = text.lines().take_while(|line| line.starts_with("//!")).collect();
        let says_why = head.join(" ").replace("//! ", "").contains("One file, since");
        assert!(
            lines <= MANY_LINES || says_why,
            "{file} has {lines} lines: make two of it, or say in its head `One file, since …`"
        );
    }
}

/// Within a folder no file uses one that uses it in turn, by whatever way. What is in a folder within counts as one of
/// its files.
#[test]
fn files_of_a_folder_use_each_other_in_one_direction() {
    let mut folders: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for (file, text) in sources() {
        let (path, code) = (file.trim_start_matches("src/").trim_end_matches(".rs"), code(&text));
        let parts: Vec<&str> = path.split('/').collect();
        for depth in 1..parts.len() {
            let (folder, name, below) = (&parts[..depth], parts[depth], &parts[depth + 1..]);
            if name == "mod" {
                continue;
            }
            let absolute = format!("crate::{}::", folder.join("::"));
            let is_in_it = below.is_empty() || below == ["mod"];
            let relative = is_in_it.then_some("super::");
            let used = named(&code, &[Some(&*absolute), relative].into_iter().flatten().collect::<Vec<_>>());
            let files = folders.entry(folder.join("/")).or_default();
            files.entry(name.to_owned()).or_default().extend(used.into_iter().filter(|used| used != name));
        }
    }
    assert!(folders["node"]["agent"].contains("journal") && folders["node/agent"].contains_key("pace"));
    assert!(folders["pages"]["users"].contains("paging"), "what is used has been found");
    for (folder, files) in folders {
        let reached = |from: &str| {
            let mut reached = BTreeSet::new();
            let mut next: Vec<&String> = files[from].iter().collect();
            while let Some(name) = next.pop() {
                if reached.insert(name.clone()) {
                    next.extend(files.get(name).into_iter().flatten());
                }
            }
            reached
        };
        let circle: Vec<&str> = files.keys().filter(|name| reached(name).contains(*name)).map(String::as_str).collect();
        assert_eq!(circle, [""; 0], "files of src/{folder} use each other in a circle");
    }
}

/// Where a test may sleep, and why; all others wait for a condition.
const SLEEPS: &[(&str, &str)] = &[
    ("tests/door/life.rs", "clients that are slow on purpose"),
    ("tests/it/durability.rs", "the moment of a kill"),
    ("tests/it/front/ending.rs", "a sender that is slow on purpose"),
    ("tests/it/front/flood.rs", "clients that send a byte a second"),
    ("tests/it/process.rs", "between two looks at a condition"),
    ("tests/it/share/clients.rs", "between two looks at a condition"),
    ("tests/node/limits.rs", "between two tries, of which each takes a port for a while"),
    ("tests/out/acme.rs", "the moment of a kill, and between two looks at a condition"),
    ("tests/out/channels.rs", "a server that never answers"),
    ("tests/out/panel.rs", "between two looks at a condition"),
    ("tests/out/resolver.rs", "between two looks at a condition"),
    ("tests/support/wire.rs", "between two looks at a condition"),
];

#[test]
fn tests_wait_for_conditions() {
    let sleeping = files("tests", "rs").into_iter().filter(|(_, text)| code(text).contains("sleep("));
    let sleeping: BTreeSet<String> = sleeping.map(|(file, _)| file).filter(|file| !file.ends_with("tidy.rs")).collect();
    assert_eq!(sleeping, SLEEPS.iter().map(|(file, _)| (*file).to_owned()).collect());
}

/// What a function needs it names one by one.
#[test]
fn no_argument_is_hidden_in_a_tuple() {
    for (file, text) in sources() {
        let code = code(&text).split_whitespace().collect::<Vec<_>>().join(" ");
        for signature in code.split("fn ").skip(1).filter_map(|rest| rest.split('{').next()) {
            assert!(!signature.contains("): ("), "{file}: a tuple is taken apart in `fn {signature}`");
        }
    }
}

/// An outcome that is no error is an enum.
#[test]
fn no_result_is_within_a_result() {
    for (file, text) in sources() {
        let code = code(&text).split_whitespace().collect::<Vec<_>>().concat();
        for double in ["Result<Result<", "Result<std::result::Result<", "Pending<std::result::Result<"] {
            assert!(!code.contains(double), "{file} has a `{double}…`");
        }
    }
}

/// Each of these crates has one place that knows of it.
#[test]
fn what_is_borrowed_is_named_in_one_place() {
    for (name, places) in [
        ("rusqlite", &["store"][..]),
        ("r2d2", &["store"]),
        ("r2d2_sqlite", &["store"]),
        ("tiny_http", &["server"]),
        ("argon2", &["auth"]),
        ("askama", &["pages"]),
        ("clap", &["cli"]),
        ("tokio", ASYNC),
        ("async", ASYNC),
        ("await", ASYNC),
    ] {
        for (file, text) in sources() {
            let named = code(&text).split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name);
            assert!(!named || places.contains(&floor(&file)), "{file} names `{name}`");
        }
    }
}

/// Where an error of the database may become absence, and why.
const EXCUSED: &[(&str, &str)] =
    &[("pages/language.rs", "the page that says that the database cannot be read has a language too")];

/// SQL is written in `store` and nowhere else, and an error of it is never turned into absence.
#[test]
fn only_the_store_speaks_sql_and_it_swallows_no_error() {
    let sql = ["SELECT ", "INSERT INTO ", "UPDATE user", "DELETE FROM ", "PRAGMA "];
    for (file, text) in sources() {
        let code = code(&text);
        if floor(&file) != "store" {
            assert!(!sql.iter().any(|word| code.contains(word)), "{file} has SQL in it");
            if EXCUSED.iter().any(|(excused, _)| file.ends_with(excused)) {
                continue;
            }
            let statements = code.split_whitespace().collect::<Vec<_>>().join(" ");
            for statement in statements.split([';', '{', '}']) {
                let statement = statement.replace("store.path()", "");
                let asks = statement.contains("store.") || statement.contains(".settings()");
                let swallows = [".ok()", ".unwrap_or_default()", ".unwrap_or(", ".is_ok()", "filter_map(Result::ok)"];
                let swallow = swallows
                    .iter()
                    .find(|swallow| statement.match_indices(**swallow).any(|(at, _)| !statement[..at].contains('?')));
                assert!(!asks || swallow.is_none(), "{file}: `{swallow:?}` on a query: {statement}");
            }
            continue;
        }
        let lines: String = code.split_whitespace().collect::<Vec<_>>().join(" ");
        for statement in lines.split(';') {
            let queries = [".query_row(", ".query_map(", ".query(", ".execute(", ".exists(", "row.get", ".prepare"];
            let asks = queries.iter().any(|query| statement.contains(query));
            for swallow in
                [".ok()", ".unwrap_or_default()", ".unwrap_or(", ".is_ok()", ".flatten()", "filter_map(Result::ok)"]
            {
                let excused =
                    statement.contains(".optional()?") || statement.contains("BEGIN") || !statement.contains(swallow);
                assert!(!asks || excused, "{file}: `{swallow}` on a query: {statement}");
            }
        }
    }
}

/// What the strict content security policy would refuse must not be there in the first place.
#[test]
fn pages_have_nothing_inline() {
    for (file, text) in files("templates", "html") {
        let lower = text.to_ascii_lowercase();
        for bad in ["<style", " style=", "javascript:", "<iframe", "<object", "<embed", "<base"] {
            assert!(!lower.contains(bad), "{file} has `{bad}` in it");
        }
        for script in lower.split("<script").skip(1) {
            let (attributes, rest) = script.split_once('>').unwrap();
            assert!(
                attributes.contains("src=") && rest.trim_start().starts_with("</script>"),
                "{file} has a script in it"
            );
        }
        for tag in lower.split('<').skip(1) {
            let tag = tag.split('>').next().unwrap();
            let handler = tag.split_whitespace().skip(1).find(|word| word.starts_with("on") && word.contains('='));
            assert_eq!(handler, None, "{file} has `{handler:?}` in <{tag}>");
        }
        for (at, _) in lower.match_indices("src=").chain(lower.match_indices("action=")) {
            let target = lower[at..].split('=').nth(1).unwrap().trim_start_matches(['"', '\'']);
            assert!(!target.starts_with("http") && !target.starts_with("//"), "{file} fetches from elsewhere");
        }
    }
}

/// What both languages of README have in common: the level of each heading and the numbers in each row of a table, in
/// order; the lines of code without their comments; and whatever stands between backticks.
fn skeleton(readme: &str) -> (Vec<String>, Vec<String>, BTreeSet<String>) {
    let text = fs::read_to_string(root().join(readme)).unwrap();
    let (code, prose): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with("    "));
    let outline = prose.iter().filter(|line| line.starts_with(['#', '|'])).map(|line| match line.strip_prefix('|') {
        None => line.chars().take_while(|c| *c == '#').collect(),
        Some(row) => {
            let numbers = row.split(|c: char| !c.is_ascii_digit() && c != '.').map(|number| number.trim_matches('.'));
            format!("{} cells with {:?}", row.matches('|').count(), numbers.collect::<BTreeSet<_>>())
        }
    });
    let code = code.iter().map(|line| line.split(" #").next().unwrap().trim_end().to_owned());
    let prose = prose.join(" ");
    let spans = prose.split('`').skip(1).step_by(2).map(|span| span.split_whitespace().collect::<Vec<_>>().join(" "));
    (outline.collect(), code.collect(), spans.collect())
}

#[test]
fn both_readmes_say_the_same() {
    let (outline, code, spans) = skeleton("README.md");
    assert!(outline.len() > 60 && code.len() > 3 && spans.contains("--db FILE") && spans.contains("MU_PANEL_DB"));
    let (outline_chinese, code_chinese, spans_chinese) = skeleton("README.zh-CN.md");
    for (at, (one, other)) in outline.iter().zip(&outline_chinese).enumerate() {
        assert_eq!(one, other, "heading or row {} of the whole", at + 1);
    }
    assert_eq!(outline.len(), outline_chinese.len());
    assert_eq!(code, code_chinese);
    assert_eq!(spans.symmetric_difference(&spans_chinese).collect::<Vec<_>>(), Vec::<&String>::new(), "in one alone");
}

/// The table of modules is in the order of the floors, and has all of them.
#[test]
fn the_table_of_modules_is_in_order() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let rows = map.lines().filter_map(|line| line.strip_prefix("| `src/")?.split_once('`'));
    let modules: Vec<&str> = rows
        .map(|(module, _)| module.trim_end_matches(".rs").trim_end_matches('/'))
        .filter(|name| *name != "lib")
        .collect();
    assert_eq!(modules, FLOORS);
}

/// The map names what is there: its paths exist, and so do the functions that its walkthroughs name behind a file.
#[test]
fn the_map_is_true() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let spans: Vec<&str> = map.split('`').skip(1).step_by(2).collect();
    let between: Vec<&str> = map.split('`').step_by(2).skip(1).collect();
    let mut file = None;
    for (span, after) in spans.iter().zip(between) {
        let folders = ["src/", "tests/", "templates/", "benches/", "fuzz/", "examples/", "docs/", "packaging/"];
        if folders.iter().any(|folder| span.starts_with(folder)) {
            assert!(root().join(span).exists(), "ARCHITECTURE.md names {span}");
            let is_source = Path::new(span).extension().is_some_and(|kind| kind == "rs");
            file = is_source.then_some(*span).filter(|_| after.trim() == ",");
        } else if let Some(file) = file.take() {
            let text = fs::read_to_string(root().join(file)).unwrap();
            assert!(
                text.contains(&format!("fn {span}(")) || text.contains(&format!("fn {span}<")),
                "{file}: no {span}"
            );
        }
    }
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, dependencies) = manifest.split_once("[dependencies]").unwrap();
    let (dependencies, _) = dependencies.split_once("[lints").unwrap();
    let (_, table) = map.split_once("## Dependencies").unwrap();
    for name in dependencies.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name) {
        assert!(table.contains(&format!("`{name}`")), "ARCHITECTURE.md does not say what `{name}` is for");
    }
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.lines().count() <= 190, "README.md is for users, and short");
}

/// People are "they", and things have names.
#[test]
fn comments_are_in_plain_words() {
    let banned = [
        "whoever",
        "somebody",
        "someone",
        "anybody",
        "anyone",
        "those who",
        "he",
        "him",
        "his",
        "himself",
        "foreman",
        "crew",
        "aboard",
        "spool",
    ];
    // Names of tests and sentences for people may have these.
    let banned_in_comments = ["nobody", "everybody", "everyone", "one who", "one whom", "for who", "from who"];
    let folders = ["src", "tests", "benches", "fuzz/targets", "examples"];
    for (file, text) in folders.iter().flat_map(|folder| files(folder, "rs")) {
        for (at, line) in text.lines().enumerate() {
            let is_name = line.trim_start().starts_with("fn ") || line.trim_start().starts_with("pub fn ");
            let comment = if is_name { Some(line) } else { line.split_once("//").map(|(_, comment)| comment) };
            let Some(comment) = comment.filter(|_| !line.contains("://")) else { continue };
            let words = comment.replace('_', " ").to_lowercase();
            let words: Vec<&str> = words.split(|c: char| !c.is_alphanumeric()).collect();
            let words = format!(" {} ", words.join(" "));
            let of_comments: &[&str] = if is_name { &[] } else { &banned_in_comments };
            let found = banned.iter().chain(of_comments).find(|word| words.contains(&format!(" {word} ")));
            assert_eq!(found, None, "{file}:{}", at + 1);
        }
    }
    for file in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "BENCHMARKS.md", "SECURITY.md", "CHANGELOG.md"] {
        let text = fs::read_to_string(root().join(file)).unwrap().to_lowercase();
        for word in banned {
            assert!(!text.contains(&format!(" {word} ")), "{file} says `{word}`");
        }
    }
}

/// Words that have had their day: each has a plain one that stands in its place.
const OUTDATED: &[&str] = &[
    "whoever",
    "somebody",
    "those who",
    " he ",
    " him ",
    " his ",
    "counters start again",
    "statement",
    "close the period",
    "closed period",
    "put a backup back",
    "putting a backup back",
    "bring back",
    "brings back",
    "has called yet",
    "have called",
    "asked for users",
    "page of their own",
    "since the beginning",
    "good for 30 minutes",
    "good once",
    " is no size",
    " is no date",
    " is no valid ",
    "what a byte",
    "tls is around",
    "host to ask for",
    "that collides",
    "anything collides",
    "not just now",
    "nobody matches",
    "every app knows",
    "nobody who is there",
    "you have used all",
    "with which you will sign in",
    "was saved",
    "账单",
    "结算",
    "本机时区",
    "不是大小",
    "超出限额",
    "自报地址",
    "谁在使用",
    "再看一次",
    "请求的主机名",
    "外层有 tls",
    "现成的配置",
    "把邀请发过去就行了",
    "也从未有过",
];

/// The same where a label or a sentence begins with them; elsewhere they may be part of one.
const OUTDATED_BEGINNINGS: &[&str] = &["Last day", "Silent", "Tick "];

/// What a person reads is in plain, present-day words: pages, `--help` and documents.
#[test]
fn what_people_read_is_in_plain_words() {
    let sentences = files("src/text", "rs").into_iter().chain(files("src/cli", "rs"));
    let pages = files("templates", "html").into_iter().chain(files("docs", "md"));
    let documents = ["README.md", "README.zh-CN.md", "SECURITY.md", "install.sh", "compose.yaml"];
    let documents = documents.map(|file| (file.to_owned(), fs::read_to_string(root().join(file)).unwrap()));
    let mut lines = 0;
    for (file, text) in sentences.chain(pages).chain(documents) {
        for (at, line) in text.lines().enumerate() {
            lines += 1;
            // Whatever stands beside a word, it is found by the spaces around it.
            let spaced = |c: char| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { ' ' };
            let words: String = format!(" {line} ").chars().map(spaced).collect();
            let found = OUTDATED.iter().find(|word| words.contains(**word));
            assert_eq!(found, None, "{file}:{}: {line}", at + 1);
            let begins =
                |word: &&&str| ["\"", ">", "“", "// "].iter().any(|mark| line.contains(&format!("{mark}{word}")));
            assert_eq!(OUTDATED_BEGINNINGS.iter().find(begins), None, "{file}:{}: {line}", at + 1);
            assert!(!line.replace("接入配置", "").contains("接入"), "{file}:{}: {line}", at + 1);
        }
    }
    assert!(lines > 5000, "they have been found");
}

/// A line without what stands between quotes in it: text that cannot be cut.
fn uncut(line: &str) -> String {
    let mut out = String::new();
    let (mut inside, mut escaped) = (false, false);
    for c in line.chars() {
        match c {
            '"' if !escaped => inside = !inside,
            _ if inside => {}
            _ => out.push(c),
        }
        escaped = c == '\\' && !escaped;
    }
    out
}

#[test]
fn no_line_is_too_long() {
    let folders = ["src", "tests", "benches", "fuzz/targets", "examples"];
    let sources = folders.iter().flat_map(|folder| files(folder, "rs"));
    let scripts = [".ci/run", ".ci/install", "dist.sh", "Cargo.toml", "deny.toml", "clippy.toml"];
    let scripts = scripts.map(|file| (file.to_owned(), fs::read_to_string(root().join(file)).unwrap()));
    for (file, text) in sources.chain(scripts) {
        for (at, line) in text.lines().enumerate().filter(|(_, line)| line.chars().count() > MAX_COLUMNS) {
            let is_comment = line.trim_start().starts_with("//");
            let columns = uncut(line).chars().count();
            assert!(!is_comment && columns <= MAX_COLUMNS, "{file}:{} has more than {MAX_COLUMNS} columns", at + 1);
        }
    }
}
