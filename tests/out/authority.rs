//! A small certificate authority of the tests: ACME (RFC 8555) with renewal information (RFC 9773) and profiles, by a
//! clock that a test sets, and with faults where a test wants them. It believes no request that is not signed as it has
//! to be, and gives no certificate for what was not proved.

use crate::{
    recorder::{Received, Recorder, Say},
    support::keys::Keys,
};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as B64};
use mu_panel::model::Time;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, IsCa, Issuer, KeyPair, date_time_ymd,
};
use rustls::pki_types::CertificateSigningRequestDer;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard},
    time::Duration,
};

/// In seconds.
pub(crate) const HOUR: Time = 3600;
pub(crate) const DAY: Time = 24 * HOUR;

/// The answer that a challenge has where it is looked for, by its token.
type Proof = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// When a certificate is to be renewed: from when to when, by when it begins and ends.
pub(crate) type Window = fn(Time, Time) -> (Time, Time);

/// How it behaves, and what it has seen.
pub(crate) struct State {
    /// How long certificates live, in seconds.
    pub(crate) lifetime: Time,
    /// The profiles that it offers, with how long certificates of each live; `None` for one that knows of none.
    pub(crate) profiles: Option<Vec<(&'static str, Time)>>,
    /// When certificates are to be renewed, and after what pause to ask again; `None` for one that gives no advice.
    pub(crate) advice: Option<(Window, Option<String>)>,
    /// What it says in the place of an answer to the next requests of a kind: the first part of their path.
    pub(crate) faults: VecDeque<(&'static str, Say)>,
    /// What it says to all requests of a kind.
    pub(crate) out_of_order: HashMap<&'static str, Say>,
    /// What every challenge comes to, if it is not looked whether it is answered.
    pub(crate) challenge_error: Option<&'static str>,
    /// Whether certificates are for another key than was asked for.
    pub(crate) lies: bool,
    /// Every order, as it was asked for.
    pub(crate) orders: Vec<Order>,
    /// What was asked when, by the clock: the first part of the path.
    pub(crate) asked: Vec<(String, Time)>,
    nonces: HashSet<String>,
    count: u64,
    accounts: Vec<Value>,
    held: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Order {
    pub(crate) identifiers: Vec<(String, String)>,
    pub(crate) profile: Option<String>,
    pub(crate) replaces: Option<String>,
    pub(crate) status: &'static str,
    pub(crate) error: Option<Value>,
    /// The certificate's identifier for renewal information.
    pub(crate) id: String,
    pub(crate) begins: Time,
    pub(crate) ends: Time,
    chain: String,
}

pub(crate) struct Authority {
    server: Recorder,
    shared: Arc<Shared>,
    keys: Keys,
}

struct Shared {
    state: Mutex<State>,
    released: Condvar,
    now: fn() -> Time,
    proof: Proof,
    issuer: Issuer<'static, KeyPair>,
    root: String,
    /// The identifier of the issuer's key.
    key_id: Vec<u8>,
}

impl Authority {
    pub(crate) fn start(now: fn() -> Time, proof: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let (key_id, root) = (params.key_identifier(&key), params.self_signed(&key).unwrap().pem());
        let state = State {
            lifetime: 90 * DAY,
            profiles: None,
            advice: None,
            faults: VecDeque::new(),
            out_of_order: HashMap::new(),
            challenge_error: None,
            lies: false,
            orders: Vec::new(),
            asked: Vec::new(),
            nonces: HashSet::new(),
            count: 0,
            accounts: Vec::new(),
            held: false,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            released: Condvar::new(),
            now,
            proof: Box::new(proof),
            issuer: Issuer::new(params, key),
            root,
            key_id,
        });
        let (keys, answering) = (Keys::new(), Arc::clone(&shared));
        let server = Recorder::start(Some(&keys), move |received| answering.answer(received));
        Self { server, shared, keys }
    }

    pub(crate) fn directory(&self) -> String {
        format!("https://localhost:{}/directory", self.server.address.port())
    }

    /// The certificate by which it is trusted itself.
    pub(crate) fn ca(&self) -> PathBuf {
        self.keys.paths().0
    }

    /// The certificate by which what it signs is trusted.
    pub(crate) fn root(&self) -> &str {
        &self.shared.root
    }

    /// How it behaves, to be changed, and what it has seen.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap()
    }

    /// How often something was asked.
    pub(crate) fn asked(&self, what: &str) -> usize {
        self.state().asked.iter().filter(|(asked, _)| asked == what).count()
    }

    /// How many certificates it has given.
    pub(crate) fn issued(&self) -> usize {
        self.state().orders.iter().filter(|order| order.status == "valid").count()
    }

    /// Leaves every signature undone until it is released.
    pub(crate) fn hold(&self) {
        self.state().held = true;
    }

    pub(crate) fn release(&self) {
        self.state().held = false;
        self.shared.released.notify_all();
    }
}

/// A refusal as authorities put it (RFC 8555, 6.7).
pub(crate) fn problem(status: u16, kind: &str) -> Say {
    let body = json!({"type": format!("urn:ietf:params:acme:error:{kind}"), "detail": format!("detail of {kind}")});
    Say::status(status).with("Content-Type", "application/problem+json").body(body.to_string())
}

fn json(status: u16, value: &Value) -> Say {
    Say::status(status).with("Content-Type", "application/json").body(value.to_string())
}

impl Shared {
    fn answer(&self, received: &Received) -> Say {
        let path = received.path.trim_start_matches('/').to_owned();
        let (what, rest) = path.split_once('/').unwrap_or((&path, ""));
        let mut state = self.state.lock().unwrap();
        state.asked.push((what.to_owned(), (self.now)()));
        state.count += 1;
        let nonce = format!("nonce{}", state.count);
        state.nonces.insert(nonce.clone());
        let fault = match state.faults.front() {
            Some((kind, _)) if *kind == what => state.faults.pop_front().map(|(_, say)| say),
            _ => state.out_of_order.get(what).cloned(),
        };
        if let Some(say) = fault {
            return say.with("Replay-Nonce", &nonce);
        }
        while what == "finalize" && state.held {
            state = self.released.wait_timeout(state, Duration::from_secs(20)).unwrap().0;
        }
        let base = format!("https://{}", received.header("host").unwrap());
        let say = match (received.method.as_str(), what) {
            ("GET", "directory") => json(200, &directory(&state, &base)),
            ("HEAD", "nonce") => Say::status(200),
            ("GET", "advice") => advice(&state, rest),
            ("POST", _) => match verified(&mut state, received, &format!("{base}{}", received.path)) {
                Ok((payload, account)) => self.posted(&mut state, (what, rest), &payload, account, &base),
                Err(kind) => problem(400, kind),
            },
            _ => Say::status(404),
        };
        say.with("Replay-Nonce", &nonce)
    }

    fn posted(
        &self,
        state: &mut State,
        (what, rest): (&str, &str),
        payload: &Value,
        account: usize,
        base: &str,
    ) -> Say {
        if what == "account" {
            return json(201, &json!({"status": "valid"})).with("Location", &format!("{base}/account/{account}"));
        }
        if what == "new-order" {
            return self.ordered(state, payload, base);
        }
        let number: usize = rest.parse().unwrap();
        let Some(order) = state.orders.get(number).cloned() else { return problem(404, "malformed") };
        match what {
            "order" => json(200, &shown(&order, number, base)),
            "authorization" => {
                let (kind, value) = &order.identifiers[0];
                let challenge = challenge(&order, number, base);
                let status =
                    if order.status == "pending" || order.status == "invalid" { order.status } else { "valid" };
                let identifier = json!({"type": kind, "value": value});
                json(200, &json!({"identifier": identifier, "status": status, "challenges": [challenge]}))
            }
            "challenge" => {
                let answer = (self.proof)(&format!("token-{number}"));
                let expected = format!("token-{number}.{}", thumbprint(&state.accounts[account]));
                let right = answer.as_deref() == Some(&*expected);
                let error = state.challenge_error.or((!right).then_some("incorrectResponse"));
                let order = &mut state.orders[number];
                order.status = if error.is_some() { "invalid" } else { "ready" };
                order.error = error.map(|kind| {
                    json!({"type": format!("urn:ietf:params:acme:error:{kind}"), "detail": "as the test wants it"})
                });
                json(200, &challenge(order, number, base))
            }
            "finalize" if order.status == "ready" => {
                let request = B64.decode(payload["csr"].as_str().unwrap()).unwrap();
                self.sign(state, number, request);
                json(200, &shown(&state.orders[number], number, base))
            }
            "certificate" => {
                Say::status(200).with("Content-Type", "application/pem-certificate-chain").body(order.chain)
            }
            _ => problem(403, "orderNotReady"),
        }
    }

    fn ordered(&self, state: &mut State, payload: &Value, base: &str) -> Say {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let identifiers = payload["identifiers"].as_array().unwrap().iter();
        let identifiers: Vec<_> =
            identifiers.map(|it| (text(&it["type"]).unwrap(), text(&it["value"]).unwrap())).collect();
        let (profile, replaces) = (text(&payload["profile"]), text(&payload["replaces"]));
        let is_offered = |name: &String| state.profiles.iter().flatten().any(|(offered, _)| offered == name);
        if profile.as_ref().is_some_and(|name| !is_offered(name)) {
            return problem(400, "invalidProfile");
        }
        if let Some(id) = &replaces {
            let known = state.advice.is_some() && state.orders.iter().any(|order| order.id == *id);
            if !known {
                return problem(404, "malformed");
            }
            let of = |order: &Order| order.replaces.as_ref() == Some(id) && order.status != "invalid";
            if state.orders.iter().any(of) {
                return problem(409, "alreadyReplaced");
            }
        }
        let order = Order { identifiers, profile, replaces, status: "pending", ..Order::default() };
        let number = state.orders.len();
        let said = json(201, &shown(&order, number, base)).with("Location", &format!("{base}/order/{number}"));
        state.orders.push(order);
        let _ = self;
        said
    }

    /// Signs a request, if it is for what was proved and nothing else.
    fn sign(&self, state: &mut State, number: usize, request: Vec<u8>) {
        let (begins, order) = ((self.now)(), &state.orders[number]);
        let request = CertificateSigningRequestDer::from(request);
        let mut request = CertificateSigningRequestParams::from_der(&request).unwrap();
        let (kind, value) = &order.identifiers[0];
        let asked_for: Vec<String> = request.params.subject_alt_names.iter().map(|name| format!("{name:?}")).collect();
        assert_eq!((order.identifiers.len(), asked_for.len()), (1, 1), "one name or one address: {asked_for:?}");
        let value = match kind.as_str() {
            "dns" => format!("{value:?}"),
            _ => value.clone(),
        };
        assert!(asked_for[0].contains(&value), "{asked_for:?} was not proved, but {value}");
        let lifetime = state.profiles.iter().flatten().find(|(name, _)| order.profile.as_deref() == Some(name));
        let ends = begins + lifetime.map_or(state.lifetime, |(_, lifetime)| *lifetime);
        let serial = [[1].to_vec(), number.to_be_bytes().to_vec()].concat();
        let at = |time: Time| date_time_ymd(1970, 1, 1) + Duration::from_secs(time.unsigned_abs());
        let mut params = request.params.clone();
        (params.not_before, params.not_after) = (at(begins), at(ends));
        params.serial_number = Some(serial.clone().into());
        params.use_authority_key_identifier_extension = true;
        request.params = params.clone();
        let made = if state.lies {
            params.signed_by(&KeyPair::generate().unwrap(), &self.issuer).unwrap()
        } else {
            request.signed_by(&self.issuer).unwrap()
        };
        let order = &mut state.orders[number];
        order.id = format!("{}.{}", B64.encode(&self.key_id), B64.encode(&serial));
        (order.begins, order.ends, order.status) = (begins, ends, "valid");
        order.chain = format!("{}{}", made.pem(), self.root);
    }
}

fn directory(state: &State, base: &str) -> Value {
    let mut directory = json!({
        "newNonce": format!("{base}/nonce"),
        "newAccount": format!("{base}/account"),
        "newOrder": format!("{base}/new-order"),
        "revokeCert": format!("{base}/revoke"),
        "keyChange": format!("{base}/key-change"),
        "meta": {},
    });
    if state.advice.is_some() {
        directory["renewalInfo"] = json!(format!("{base}/advice"));
    }
    if let Some(profiles) = &state.profiles {
        directory["meta"]["profiles"] = profiles.iter().map(|(name, _)| ((*name).to_owned(), json!("…"))).collect();
    }
    directory
}

fn advice(state: &State, id: &str) -> Say {
    let order = state.orders.iter().find(|order| order.id == id);
    let (Some((window, again)), Some(order)) = (&state.advice, order) else { return problem(404, "malformed") };
    let (from, to) = window(order.begins, order.ends);
    let time = |at: Time| jiff::Timestamp::from_second(at).unwrap().to_string();
    let say = json(200, &json!({"suggestedWindow": {"start": time(from), "end": time(to)}}));
    again.iter().fold(say, |say, again| say.with("Retry-After", again))
}

fn shown(order: &Order, number: usize, base: &str) -> Value {
    let identifiers: Vec<Value> =
        order.identifiers.iter().map(|(kind, value)| json!({"type": kind, "value": value})).collect();
    let mut shown = json!({
        "status": order.status,
        "identifiers": identifiers,
        "authorizations": [format!("{base}/authorization/{number}")],
        "finalize": format!("{base}/finalize/{number}"),
    });
    if let Some(replaces) = &order.replaces {
        shown["replaces"] = json!(replaces);
    }
    if let Some(profile) = &order.profile {
        shown["profile"] = json!(profile);
    }
    if order.status == "valid" {
        shown["certificate"] = json!(format!("{base}/certificate/{number}"));
    }
    shown
}

fn challenge(order: &Order, number: usize, base: &str) -> Value {
    let status = if order.status == "ready" { "valid" } else { order.status };
    let token = format!("token-{number}");
    let url = format!("{base}/challenge/{number}");
    let mut challenge = json!({"type": "http-01", "url": url, "token": token, "status": status});
    if let Some(error) = &order.error {
        challenge["error"] = error.clone();
    }
    challenge
}

/// What a request says and which account it is of, if it is signed, fresh, and for this address (RFC 8555, 6).
fn verified(state: &mut State, received: &Received, url: &str) -> Result<(Value, usize), &'static str> {
    let part = |value: &Value| B64.decode(value.as_str().unwrap()).unwrap();
    let body: Value = serde_json::from_slice(&received.body).map_err(|_| "malformed")?;
    let head: Value = serde_json::from_slice(&part(&body["protected"])).map_err(|_| "malformed")?;
    if !state.nonces.remove(head["nonce"].as_str().unwrap_or_default()) {
        return Err("badNonce");
    }
    if head["url"] != url || head["alg"] != "ES256" {
        return Err("malformed");
    }
    let account = if let Some(kid) = head["kid"].as_str() {
        kid.rsplit('/').next().unwrap().parse().map_err(|_| "accountDoesNotExist")?
    } else {
        let known = state.accounts.iter().position(|known| *known == head["jwk"]);
        known.unwrap_or_else(|| {
            state.accounts.push(head["jwk"].clone());
            state.accounts.len() - 1
        })
    };
    let key = state.accounts.get(account).ok_or("accountDoesNotExist")?;
    let point = [vec![4], part(&key["x"]), part(&key["y"])].concat();
    let signed = format!("{}.{}", body["protected"].as_str().unwrap(), body["payload"].as_str().unwrap());
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    key.verify(signed.as_bytes(), &part(&body["signature"])).map_err(|_| "unauthorized")?;
    let payload = part(&body["payload"]);
    let payload = if payload.is_empty() { Value::Null } else { serde_json::from_slice(&payload).unwrap() };
    Ok((payload, account))
}

/// Of an account's key (RFC 7638).
fn thumbprint(key: &Value) -> String {
    let text = format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, key["x"], key["y"]);
    B64.encode(Sha256::digest(text))
}
