//! What to put into the configuration of each known node program.

use crate::{
    model::{Network, Vmess},
    text::setup::Setup,
};
use serde_json::{Value, json};

/// A program, what is to be known of it, and the files that it reads, with `URL`, `BASE`, `TOKEN`, `NODE` and `V2RAY`
/// in them: the address with the version, the one without, the node token, the number of the node and a configuration.
struct Program {
    name: &'static str,
    note: fn(&Setup) -> &'static str,
    files: &'static [(&'static str, &'static str)],
}

/// Our own first, then in the order of the alphabet. Only what a program needs of us, and what it does not start
/// without.
const PROGRAMS: &[Program] = &[
    Program {
        name: "mu-panel node",
        note: |text| text.own_note,
        files: &[
            ("1", "install -m 600 /dev/stdin node-NODE.token\n"),
            ("2", "TOKEN\n"),
            ("3", "mu-panel node --url URL --node-id NODE --token-file node-NODE.token\n"),
        ],
    },
    Program {
        name: "shadowsocks-go (mu)",
        note: |text| text.go_note,
        files: &[(
            "config.conf",
            "[base]\nN 1\nip 0.0.0.0\nclient webapi\nchecktime 60\nsynctime 60\n\n\
            [webapi]\nurl BASE\nkey TOKEN\nnode_id NODE\n\n[redis]\nhost 127.0.0.1:6379\ndb 1\n",
        )],
    },
    Program {
        name: "shadowsocks-py-mu",
        note: |text| text.py_note,
        files: &[(
            "shadowsocks/config.py",
            "from config_example import *\n\nAPI_ENABLED = True\nAPI_URL = 'BASE'\nAPI_PASS = 'TOKEN'\n\
            API_NODE_ID = 'NODE'\nSS_CUSTOM_METHOD = True\nSYNCTIME = 60\n",
        )],
    },
    Program {
        name: "v2ray-mu",
        note: |text| text.v2ray_note,
        files: &[
            (
                "mu.env",
                "MU_URI=URL/\nMU_TOKEN=TOKEN\nMU_NODE_ID=NODE\nV2RAY_ADDR=127.0.0.1:8301\nV2RAY_TAG=proxy\n\
                SYNC_TIME=30\n",
            ),
            ("config.json", "V2RAY\n"),
        ],
    },
];

/// The port of the `VMess` inbound where the node has none of its own; V2Ray's own examples use it.
const PORT: u16 = 10_086;

/// A configuration as it is shown.
pub struct Recipe {
    /// The program.
    pub name: &'static str,
    /// What is to be known of it.
    pub note: &'static str,
    /// The files that it reads.
    pub files: Vec<RecipeFile>,
}

/// A file of a configuration.
pub struct RecipeFile {
    /// What it is called in the page.
    pub id: String,
    /// What it is called where it belongs.
    pub name: &'static str,
    /// What to put there.
    pub text: String,
}

/// What recipes are made of.
pub struct Ingredients<'a> {
    /// The address of `/mu/v2`.
    pub url: &'a str,
    /// The address of `/mu`.
    pub base: &'a str,
    /// The number of the node.
    pub node: i64,
    /// The node token; empty: the word `TOKEN` stays.
    pub token: &'a str,
    /// How the node carries `VMess`.
    pub vmess: Option<&'a Vmess>,
    /// The level of `V2Ray` users.
    pub level: u32,
}

/// The configuration of a node for each program.
pub fn recipes(of: &Ingredients<'_>, text: &Setup) -> Vec<Recipe> {
    let v2ray = format!("{:#}", v2ray(of.vmess, of.level));
    let values = [("V2RAY", v2ray.as_str()), ("URL", of.url), ("BASE", of.base), ("NODE", &of.node.to_string())];
    let fill = |text: &str| {
        // `TOKEN` last: what has been put in before must not be taken for it, nor it for anything else.
        let text = values.iter().fold(text.to_owned(), |text, (word, value)| put(&text, word, value));
        if of.token.is_empty() { text } else { put(&text, "TOKEN", of.token) }
    };
    let mut number = 0;
    let mut file = |(name, text): &(&'static str, &str)| {
        number += 1;
        RecipeFile { id: format!("recipe-{number}"), name, text: fill(text) }
    };
    let recipe = |program: &Program| Recipe {
        name: program.name,
        note: (program.note)(text),
        files: program.files.iter().map(&mut file).collect(),
    };
    PROGRAMS.iter().map(recipe).collect()
}

/// A whole configuration for `v2ray run` of V2Ray 5 (<https://www.v2fly.org/en_US/v5/config/overview.html>) in the
/// form of version 4 that it reads: an inbound to which v2ray-mu adds the users, the API over which it does, and
/// statistics of each user.
fn v2ray(vmess: Option<&Vmess>, level: u32) -> Value {
    let stream = match vmess.map(|vmess| &vmess.network) {
        None | Some(Network::Tcp) => json!({ "network": "tcp" }),
        Some(Network::Ws { path }) => json!({ "network": "ws", "wsSettings": { "path": path } }),
        Some(Network::Grpc { service }) => json!({ "network": "grpc", "grpcSettings": { "serviceName": service } }),
    };
    let policy = json!({ "statsUserUplink": true, "statsUserDownlink": true });
    json!({
        "log": { "loglevel": "warning" },
        "stats": {},
        "api": { "tag": "api", "services": ["HandlerService", "StatsService"] },
        "policy": { "levels": { level.to_string(): policy } },
        "inbounds": [
            {
                "tag": "proxy",
                "port": vmess.map_or(PORT, |vmess| vmess.port),
                "protocol": "vmess",
                "settings": { "clients": [] },
                "streamSettings": stream,
            },
            {
                "tag": "api",
                "listen": "127.0.0.1",
                "port": 8301,
                "protocol": "dokodemo-door",
                "settings": { "address": "127.0.0.1" },
            },
        ],
        "outbounds": [{ "tag": "direct", "protocol": "freedom", "settings": {} }],
        "routing": { "rules": [{ "type": "field", "inboundTag": ["api"], "outboundTag": "api" }] },
    })
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

    fn of(token: &str) -> Ingredients<'_> {
        let (url, base) = ("http://panel.example/mu/v2", "http://panel.example/mu");
        Ingredients { url, base, node: 7, token, vmess: None, level: 5 }
    }

    #[test]
    fn each_program_gets_its_values_and_nothing_is_left() {
        let recipes = recipes(&of("SecretOfTheNodes"), &Setup::ENGLISH);
        let names: Vec<&str> = recipes.iter().map(|recipe| recipe.name).collect();
        assert_eq!(names, ["mu-panel node", "shadowsocks-go (mu)", "shadowsocks-py-mu", "v2ray-mu"]);
        for recipe in recipes {
            let expected = match recipe.name {
                "v2ray-mu" => &["MU_URI=http://panel.example/mu/v2/", "MU_TOKEN=SecretOfTheNodes", "MU_NODE_ID=7"][..],
                "shadowsocks-py-mu" => &[
                    "from config_example import *",
                    "API_URL = 'http://panel.example/mu'",
                    "API_PASS = 'SecretOfTheNodes'",
                    "API_NODE_ID = '7'",
                    "SYNCTIME = 60",
                ],
                "mu-panel node" => &["install -m 600 /dev/stdin node-7.token"],
                _ => &["url http://panel.example/mu", "key SecretOfTheNodes", "node_id 7"],
            };
            for line in expected {
                let found = recipe.files[0].text.lines().any(|found| found == *line);
                assert!(found, "{line} in {}", recipe.files[0].text);
            }
            assert!(!recipe.note.is_empty() && recipe.files.iter().all(|file| !file.text.contains("TOKEN=T")));
        }
    }

    /// A command line is seen by every user of the machine, and kept in the shell's history.
    #[test]
    fn no_command_of_ours_has_the_token_in_it() {
        let own = recipes(&of("SecretOfTheNodes"), &Setup::ENGLISH).remove(0);
        let texts: Vec<&str> = own.files.iter().map(|file| file.text.trim_end()).collect();
        let run = "mu-panel node --url http://panel.example/mu/v2 --node-id 7 --token-file node-7.token";
        assert_eq!(texts, ["install -m 600 /dev/stdin node-7.token", "SecretOfTheNodes", run]);
    }

    #[test]
    fn without_a_token_the_word_stays() {
        let recipes = recipes(&of(""), &Setup::CHINESE);
        let says = |recipe: &Recipe| recipe.files.iter().any(|file| file.text.contains("TOKEN"));
        assert!(recipes.iter().all(says));
    }

    #[test]
    fn the_configuration_of_v2ray_fits_its_environment() {
        let settings = Vmess {
            port: 4443,
            network: Network::Ws { path: "/NODE".to_owned() },
            host: String::new(),
            tls: true,
            alone: false,
        };
        let ingredients = Ingredients { vmess: Some(&settings), ..of("x") };
        let recipe = recipes(&ingredients, &Setup::ENGLISH).pop().unwrap();
        let [env, config] = &recipe.files[..] else { panic!() };
        let config: Value = serde_json::from_str(&config.text).unwrap();
        let value = |name: &str| env.text.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
        let inbound = |tag: &str| {
            let inbounds = config["inbounds"].as_array().unwrap();
            inbounds.iter().find(|inbound| inbound["tag"] == tag).unwrap().clone()
        };
        let (users, api) = (inbound(&value("V2RAY_TAG=")), inbound("api"));
        assert_eq!(value("V2RAY_ADDR="), format!("{}:{}", api["listen"].as_str().unwrap(), api["port"]));
        assert_eq!((users["protocol"].as_str(), users["port"].as_u64()), (Some("vmess"), Some(4443)));
        assert_eq!(users["streamSettings"]["network"], "ws");
        assert_eq!(config["policy"]["levels"]["5"]["statsUserUplink"], true);
        assert_eq!(config["routing"]["rules"][0]["outboundTag"], "api");
        assert_eq!(value("SYNC_TIME="), "30");
    }
}
