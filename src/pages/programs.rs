//! What to put into the configuration of each known node program.

use super::origin;
use crate::http::Request;

/// A program, and what it reads, with `URL`, `BASE`, `TOKEN` and `NODE` in it: the address with the version, the one without,
/// the node token and the number of the node.
struct Program {
    name: &'static str,
    file: &'static str,
    text: &'static str,
}

/// In the order of the alphabet. Only what a program needs of us, and what it does not start without.
const PROGRAMS: &[Program] = &[
    Program {
        name: "shadowsocks-go (mu)",
        file: "config.conf",
        text: "[base]\nN 1\nip 0.0.0.0\nclient webapi\nchecktime 60\nsynctime 60\n\n\
            [webapi]\nurl BASE\nkey TOKEN\nnode_id NODE\n\n[redis]\nhost 127.0.0.1:6379\ndb 1\n",
    },
    Program {
        name: "shadowsocks-py-mu",
        file: "shadowsocks/config.py",
        text: "API_ENABLED = True\nAPI_URL = 'BASE'\nAPI_PASS = 'TOKEN'\nAPI_NODE_ID = 'NODE'\nSS_CUSTOM_METHOD = True\n",
    },
    Program {
        name: "ss-go-mu",
        file: "config.toml",
        text: "[base]\nsync_time = 60\n\n[web_api]\nbase_url = \"URL\"\ntoken = \"TOKEN\"\nnode_id = NODE\n\n\
            [redis]\nhost = \"127.0.0.1:6379\"\npass = \"\"\ndb = 1\n",
    },
    Program {
        name: "v2ray-mu",
        file: "mu.env",
        text: "MU_URI=URL/\nMU_TOKEN=TOKEN\nMU_NODE_ID=NODE\nV2RAY_ADDR=127.0.0.1:8301\nV2RAY_TAG=proxy\nSYNC_TIME=60\n",
    },
];

/// A configuration as it is shown.
pub struct Recipe {
    /// What it is called in the page.
    pub id: String,
    /// The program.
    pub name: &'static str,
    /// The file that it belongs into.
    pub file: &'static str,
    /// What to put there.
    pub text: String,
}

/// The configuration of a node for each program; an empty token is left as the word `TOKEN`.
pub fn recipes(request: &Request, node: i64, token: &str) -> Vec<Recipe> {
    let (url, base) = (origin::url(request, "/mu/v2"), origin::url(request, "/mu"));
    let values = [("URL", url.as_str()), ("BASE", &base), ("NODE", &node.to_string())];
    let recipe = |(number, program): (usize, &Program)| {
        // `TOKEN` last: what has been put in before must not be taken for it, nor it for anything else.
        let text = values.iter().fold(program.text.to_owned(), |text, (word, value)| put(&text, word, value));
        let text = if token.is_empty() { text } else { put(&text, "TOKEN", token) };
        Recipe { id: format!("recipe-{number}"), name: program.name, file: program.file, text }
    };
    (1..).zip(PROGRAMS).map(recipe).collect()
}

/// Puts `value` wherever `word` stands by itself, and not as part of a name.
fn put(text: &str, word: &str, value: &str) -> String {
    let mut out = String::with_capacity(text.len() + value.len());
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let alone = !rest[..at].ends_with(part) && !rest[at + word.len()..].starts_with(part);
        out.push_str(&rest[..at]);
        out.push_str(if alone { value } else { word });
        rest = &rest[at + word.len()..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Verb;

    #[test]
    fn each_program_gets_its_values_and_nothing_is_left() {
        let mut request = Request::new(Verb::Get, "/nodes/7");
        request.headers.push(("host".to_owned(), "panel.example".to_owned()));
        for recipe in recipes(&request, 7, "SecretOfTheNodes") {
            let expected = match recipe.name {
                "v2ray-mu" => ["MU_URI=http://panel.example/mu/v2/", "MU_TOKEN=SecretOfTheNodes", "MU_NODE_ID=7"],
                "ss-go-mu" => {
                    ["base_url = \"http://panel.example/mu/v2\"", "token = \"SecretOfTheNodes\"", "node_id = 7"]
                }
                "shadowsocks-py-mu" => {
                    ["API_URL = 'http://panel.example/mu'", "API_PASS = 'SecretOfTheNodes'", "API_NODE_ID = '7'"]
                }
                _ => ["url http://panel.example/mu", "key SecretOfTheNodes", "node_id 7"],
            };
            for line in expected {
                assert!(recipe.text.lines().any(|found| found == line), "{line} in {}", recipe.text);
            }
        }
        assert!(recipes(&request, 7, "").iter().all(|recipe| recipe.text.contains("TOKEN")));
    }
}
