//! The folder beside the database with the account, the certificate and what was tried when: 0700, its files 0600, each
//! written whole under another name and then renamed.

use super::{
    identifier::Host,
    trouble::{Kind, Trouble},
};
use crate::model::Time;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// What has happened for one host at one authority.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Record {
    pub host: String,
    pub directory: String,
    /// Failures since the last success.
    pub failures: u32,
    /// Renewals in a row that the authority's advice has brought about before their time.
    pub early: u32,
    /// Not before then is anything tried.
    pub next_try: Option<Time>,
    pub last_try: Option<Time>,
    pub trouble: Option<Trouble>,
    /// When the authority is asked for its advice next.
    pub ask_at: Option<Time>,
    /// Its advice: the window, and the moment of it that was chosen.
    pub window: Option<(Time, Time)>,
    pub renew_at: Option<Time>,
}

/// An order that is open: its address and the private key that it is for, so that it can be gone on with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct OpenOrder {
    pub host: String,
    pub directory: String,
    pub url: String,
    pub key: String,
}

#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self, Trouble> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.and_then(|()| fs::set_permissions(path, Permissions::from_mode(0o700)))
            .map_err(|error| bad(path, &error))?;
        Ok(Self(path.to_owned()))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// What is in a file, if it is there.
    pub(super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Trouble> {
        match fs::read(self.file(name)) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(bad(&self.file(name), &error)),
        }
    }

    pub(super) fn write(&self, name: &str, content: &[u8]) -> Result<(), Trouble> {
        let (file, fresh) = (self.file(name), self.file(&format!("{name}.new")));
        let written = (|| {
            let _ = fs::remove_file(&fresh);
            let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
            out.write_all(content)?;
            out.sync_all()?;
            fs::rename(&fresh, &file)?;
            File::open(&self.0)?.sync_all()
        })();
        written.map_err(|error| bad(&file, &error))
    }

    /// What is in a file of JSON. One that cannot be read is as good as none: all it costs is time.
    pub(super) fn json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Trouble> {
        Ok(self.read(name)?.and_then(|text| match serde_json::from_slice(&text) {
            Ok(value) => Some(value),
            Err(error) => {
                log::warn!("`{}` is not as it was written and is made anew: {error}", self.file(name).display());
                None
            }
        }))
    }

    pub(super) fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), Trouble> {
        let text = serde_json::to_vec_pretty(value).map_err(|error| Trouble::new(Kind::Files, error.to_string()))?;
        self.write(name, &text)
    }

    pub(super) fn remove(&self, name: &str) {
        let _ = fs::remove_file(self.file(name));
    }
}

fn bad(file: &Path, error: &io::Error) -> Trouble {
    Trouble::new(Kind::Files, format!("`{}`: {error}", file.display()))
}

/// The file with the key and the chain of a host. An address of IPv6 is written with dashes.
pub fn certificate_file(host: &Host) -> String {
    format!("{}.pem", host.to_string().replace(':', "-"))
}

/// The file with the account at a directory.
pub(super) fn account_file(directory: &str) -> String {
    let [a, b, c, d, ..]: [u8; 32] = Sha256::digest(directory.as_bytes()).into();
    format!("account-{:08x}.json", u32::from_be_bytes([a, b, c, d]))
}

pub(super) const RECORD: &str = "state.json";
pub(super) const ORDER: &str = "order.json";

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    #[test]
    fn only_the_owner_can_read_it_and_what_cannot_be_read_is_made_anew() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("acme");
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        let folder = Folder::open(&path).unwrap();
        let record = Record { failures: 3, ..Record::default() };
        folder.write_json(RECORD, &record).unwrap();
        // What a killed process has left is not in the way.
        fs::write(path.join("state.json.new"), "half").unwrap();
        folder.write_json(RECORD, &record).unwrap();
        assert_eq!(folder.json(RECORD).unwrap(), Some(record));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(path.join(RECORD)).unwrap().permissions().mode() & 0o777, 0o600);
        folder.write(RECORD, b"{\"failures\":").unwrap();
        assert_eq!(folder.json::<Record>(RECORD).unwrap(), None);
    }
}
