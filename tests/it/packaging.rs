//! The files to give away are said alike everywhere: the same targets, packages and commands in `dist.sh`, the
//! workflows, the image and the documents.

use mu_panel::cli;
use std::{collections::BTreeSet, fs, path::Path};
use yaml_rust2::{Yaml, YamlLoader};

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

fn yaml(file: &str) -> Yaml {
    YamlLoader::load_from_str(&read(file)).unwrap().remove(0)
}

/// The lines of `dist.sh` that name a target, in words.
fn targets() -> Vec<Vec<String>> {
    let script = read("dist.sh");
    let table = script.split("\ntargets=\"\n").nth(1).unwrap().split("\n\"").next().unwrap();
    table.lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

fn column(at: usize) -> BTreeSet<String> {
    targets().into_iter().map(|target| target[at].clone()).collect()
}

/// What a workflow runs, job by job, in order.
fn commands(workflow: &str, job: &str) -> Vec<String> {
    let workflow = yaml(workflow);
    let steps = workflow["jobs"][job]["steps"].as_vec().unwrap();
    steps.iter().filter_map(|step| step["run"].as_str()).map(|run| run.trim().to_owned()).collect()
}

/// The packages that a section of `.ci/install` names.
fn installed(section: &str) -> BTreeSet<String> {
    let script = read(".ci/install");
    let list = script.split(&format!("\n{section}=\"\n")).nth(1).unwrap().split("\n\"").next().unwrap();
    list.lines().map(|line| line.split(['#', ' ']).next().unwrap().to_owned()).collect()
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| c.is_whitespace() || "`\\\"'|,()".contains(c)).collect()
}

#[test]
fn workflows_run_what_the_scripts_do() {
    let ci = commands(".github/workflows/ci.yml", "ci");
    assert_eq!(ci.last().unwrap(), ".ci/run");
    let release = commands(".github/workflows/release.yml", "files");
    let at = |command: &str| release.iter().position(|run| run == command).unwrap_or_else(|| panic!("{command}"));
    assert!(at(".ci/run") < at(".ci/install cross") && at(".ci/install cross") < at("./dist.sh --all"), "{release:?}");
    let release = read(".github/workflows/release.yml");
    let uploaded = release.split("files: |").nth(1).unwrap().split("\n  image:").next().unwrap();
    for made in ["target/files/*.tar.gz", "target/files/*.deb", "target/files/install.sh", "target/files/SHA256SUMS*"] {
        assert!(uploaded.contains(made), "{made} is not uploaded");
    }
    let check = read(".ci/run");
    assert!(check.contains("\n./dist.sh\n") && check.contains("\n.ci/install\n") && check.contains("README.md"));
}

#[test]
fn fuzz_targets_are_built_of_the_crates_that_tests_are_built_of() {
    let profile = |file: &str| {
        let text = read(file);
        let begin = text.find("[profile.dev.package]").unwrap_or_else(|| panic!("{file} has no profile"));
        let lines = text[begin..].lines().take_while(|line| !line.starts_with("[profile.release]"));
        lines.filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n").trim().to_owned()
    };
    assert_eq!(profile("fuzz/Cargo.toml"), profile("Cargo.toml"));
}

#[test]
fn every_target_is_named_wherever_targets_are() {
    assert_eq!(column(0), ["aarch64", "armv7", "x86_64"].map(str::to_owned).into());
    let foreign: BTreeSet<String> = column(1).into_iter().filter(|triple| !triple.starts_with("x86_64")).collect();
    for file in [".ci/install-foreign", "Dockerfile", "CONTRIBUTING.md"] {
        let text = read(file);
        for triple in &foreign {
            assert!(words(&text).contains(&**triple), "{file} does not name {triple}");
        }
    }
    for triple in column(1) {
        assert!(read("deny.toml").contains(&format!("\"{triple}\"")), "deny.toml does not name {triple}");
    }
    let musl = "x86_64-unknown-linux-musl";
    for file in ["dist.sh", ".ci/install", "Dockerfile", "CONTRIBUTING.md"] {
        assert!(words(&read(file)).contains(musl), "{file} does not name {musl}");
    }
    for name in column(0) {
        assert!(read("packaging/image.sh").contains(&format!("name={name} ")), "image.sh does not name {name}");
        assert!(read("install.sh").contains(&format!("machine={name} ")), "install.sh does not name {name}");
    }
    let platforms = yaml(".github/workflows/release.yml");
    let steps = platforms["jobs"]["image"]["steps"].as_vec().unwrap();
    let platforms = steps.iter().find_map(|step| step["with"]["platforms"].as_str()).unwrap();
    assert_eq!(platforms.split(',').count(), targets().len());
    let readme = read("README.md");
    for architecture in column(2) {
        assert!(readme.contains(&format!("_{architecture}")), "README.md does not name {architecture}");
    }
}

#[test]
fn cross_compilers_are_named_alike() {
    let cross = installed("cross");
    for target in targets().iter().filter(|target| target[0] != "x86_64") {
        assert!(cross.contains(&format!("gcc-{}", target[3])), "{target:?}");
    }
    for package in &cross {
        assert!(read("CONTRIBUTING.md").contains(&format!("`{package}`")), "CONTRIBUTING.md does not name {package}");
    }
    let image = read("Dockerfile");
    for package in cross.iter().filter(|package| package.starts_with("gcc-") || package.starts_with("libc6-")) {
        assert!(words(&image).contains(&**package), "Dockerfile does not name {package}");
    }
}

#[test]
fn the_version_is_said_alike() {
    let version = env!("CARGO_PKG_VERSION");
    for readme in ["README.md", "README.zh-CN.md"] {
        assert!(read(readme).contains(&format!("mu-panel_{version}_amd64.deb")), "{readme}");
    }
    let changes = read("CHANGELOG.md");
    let newest = changes.lines().filter_map(|line| line.strip_prefix("## [")).nth(1).unwrap();
    let (named, date) = newest.split_once("] - ").unwrap();
    assert_eq!(named, version);
    assert!(date.len() == 10 && date.split('-').all(|part| part.parse::<u16>().is_ok()), "{date}");
    assert_eq!(cli::command().get_version(), Some(version));
}

/// The image's own files say what its health check and its paths are; `packaging/test-image.sh` runs it.
#[test]
fn the_image_holds_the_file_alone_and_runs_as_nobody_in_particular() {
    let image = read("Dockerfile");
    let (_, last) = image.rsplit_once("\nFROM ").unwrap();
    assert!(last.starts_with("scratch\n"));
    for line in [
        "USER 65532:65532",
        "VOLUME /data",
        "CMD [\"/mu-panel\", \"health\"]",
        "ENTRYPOINT [\"/mu-panel\"]",
        "CMD [\"serve\"]",
    ] {
        assert!(last.contains(line), "{line}");
    }
    let compose = yaml("compose.yaml");
    let service = &compose["services"]["mu-panel"];
    assert_eq!(service["build"].as_str(), Some("."));
    assert_eq!(service["volumes"][0].as_str(), Some("data:/data"));
    assert_eq!(service["read_only"].as_bool(), Some(true));
}

#[test]
fn the_install_script_stays_readable() {
    let script = read("install.sh");
    assert!(script.lines().count() <= 60, "{} lines", script.lines().count());
    assert!(script.lines().all(|line| line.chars().count() <= 120));
}

/// Every command line of ours in a document: in backticks or indented, up to what is for the shell.
fn command_lines(document: &str) -> Vec<String> {
    let text = read(document);
    let spans = text.split('`').skip(1).step_by(2).map(|span| span.replace('\n', " "));
    let blocks = text.lines().filter_map(|line| line.strip_prefix("    ")).map(str::to_owned);
    let ours = spans.chain(blocks).filter_map(|line| {
        let line = line.split(['>', '#']).next()?.trim().to_owned();
        let rest = line.strip_prefix("./").unwrap_or(&line).strip_prefix("mu-panel ")?;
        Some(rest.trim_end_matches(['.', ',']).to_owned())
    });
    ours.collect()
}

/// The ways in which a person would type a command line: with each of what may be left out, of alternatives the first,
/// and with values.
fn typed(line: &str) -> Vec<Vec<String>> {
    let value = |word: &str| {
        let word = word.split("\\|").next().unwrap().split('|').next().unwrap();
        match word {
            "ID" | "N" => "1".to_owned(),
            "X" => "1.5".to_owned(),
            "NAME" | "HOST" => "panel.example.org".to_owned(),
            "URL" => "https://panel.example.org/mu/v2".to_owned(),
            other => other.to_owned(),
        }
    };
    let mut parts = line.split(['[', ']']);
    let words = |text: &str| text.split_whitespace().map(value).collect::<Vec<_>>();
    let needed = words(parts.next().unwrap_or_default());
    let optional = parts.map(words).filter(|part| !part.is_empty());
    let with: Vec<_> = optional.map(|part| [needed.clone(), part].concat()).collect();
    if with.is_empty() { vec![needed] } else { with }
}

/// Whether the program understands it; without a command it is one of `serve`.
fn is_understood(words: &[String]) -> bool {
    let read = |before: &[&str]| {
        let before = before.iter().map(|word| (*word).to_owned());
        let read = cli::command().try_get_matches_from(before.chain(words.iter().cloned()));
        read.map_or_else(|error| !error.use_stderr(), |_| true)
    };
    read(&["mu-panel"]) || read(&["mu-panel", "serve"])
}

#[test]
fn every_command_in_the_documents_can_be_typed() {
    let mut count = 0;
    for document in ["README.md", "README.zh-CN.md", "CONTRIBUTING.md", "SECURITY.md", "docs/apps.md"] {
        for line in command_lines(document) {
            for words in typed(&line) {
                assert!(is_understood(&words), "{document}: `mu-panel {line}` cannot be typed: {words:?}");
                count += 1;
            }
        }
    }
    assert!(count > 30, "only {count} commands were found");
    // And every option that a document names is one of ours, or of a program that is named with it.
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut commands = vec![cli::command()];
    while let Some(command) = commands.pop() {
        known
            .extend(command.get_arguments().filter_map(|argument| argument.get_long()).map(|name| format!("--{name}")));
        commands.extend(command.get_subcommands().cloned());
    }
    let foreign = ["--release", "--locked", "--path", "--system", "--shell", "--now", "--help", "--version"];
    for document in ["README.md", "README.zh-CN.md", "SECURITY.md"] {
        let text = read(document);
        for word in text.split(|c: char| !(c.is_ascii_lowercase() || c == '-')).filter(|word| word.starts_with("--")) {
            let named = known.contains(word) || foreign.contains(&word) || word.trim_matches('-').is_empty();
            assert!(named || word == "--acme-", "{document}: there is no option `{word}`");
        }
    }
}
