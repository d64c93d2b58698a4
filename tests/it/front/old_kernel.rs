//! Kernels that lack what came after Linux 3.2, the oldest that the C library runs on: `strace` answers for them that
//! there is no such call.

use crate::{
    durability_copies::can_trace,
    process::Home,
    support::{
        keys::Keys,
        wire::{Wire, until},
    },
};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    net::TcpStream,
    process::{Command, Stdio},
};

/// What came later and is of use to a program like this; a `?` says that `strace` need not know it.
const NEWER: &str = "getrandom,statx,?clone3,?rseq,copy_file_range,memfd_create,?close_range,?openat2,\
    ?faccessat2,?pidfd_open,?epoll_pwait2,preadv2,pwritev2,renameat2,membarrier,execveat,mlock2,sched_getattr,\
    sched_setattr,seccomp,bpf,finit_module,pkey_alloc,pkey_mprotect,?io_uring_setup,?futex_waitv,?mseal";

/// The same command on such a kernel.
fn outdated(home: &Home, arguments: &[&str]) -> Command {
    let newest = home.command(arguments);
    let mut command = Command::new("strace");
    command
        .args(["--follow-forks", "--quiet=all", "--output-append-mode", "--output"])
        .arg(home.path("missed"))
        .args(["--trace", NEWER, "--inject", &format!("{NEWER}:error=ENOSYS")])
        .arg(newest.get_program())
        .args(newest.get_args())
        .current_dir(home.path(""));
    for (name, value) in newest.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

#[test]
fn all_that_it_does_works_on_an_old_kernel() {
    if !can_trace() {
        return;
    }
    let home = Home::new();
    let run = |arguments: &[&str]| {
        let ran = outdated(&home, arguments).stdin(Stdio::null()).output().unwrap();
        assert!(ran.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    };
    run(&["user", "add", "alice"]);
    let missed = || fs::read_to_string(home.path("missed")).unwrap();
    assert!(missed().contains("getrandom(") && missed().contains("(INJECTED)"), "{}", missed());

    let (keys, token) = (Keys::new(), home.token());
    let (certificate, key) = keys.paths();
    let mut serve = outdated(&home, &["serve", "--listen", "127.0.0.1:0"]);
    serve.env("MU_PANEL_TLS_CERT", certificate).env("MU_PANEL_TLS_KEY", key);
    let mut served = home.start(serve);
    let mut wire = Wire::secure(TcpStream::connect(served.address).unwrap(), keys.client(rustls::ALL_VERSIONS));
    wire.send(format!(
        "POST /mu/v2/users/1/traffic HTTP/1.1\r\nHost: x\r\nToken: {token}\r\n\
         Content-Length: 17\r\n\r\nu=1&d=2&node_id=1"
    ));
    assert_eq!(wire.answer().unwrap().text(), r#"{"ret":1,"msg":"ok"}"#);
    wire.send(format!("GET /mu/v2/users HTTP/1.1\r\nHost: x\r\nToken: {token}\r\n\r\n"));
    assert!(wire.answer().unwrap().text().contains(r#""u":1,"d":2,"#));
    until("the daily backup", || fs::read_dir(home.path("backups")).is_ok_and(|files| files.count() == 1));
    run(&["backup", "copy.db"]);

    // `strace` itself only passes on how it ended.
    let traced = fs::read_to_string(format!("/proc/{0}/task/{0}/children", served.id())).unwrap();
    let traced = traced.trim().parse().ok().and_then(Pid::from_raw).unwrap();
    kill_process(traced, Signal::TERM).unwrap();
    assert_eq!(served.ended(), Some(0), "{}", served.log());
    run(&["restore", "copy.db"]);
    run(&["check"]);
    home.run(&["export"]).ok().prints(r#""d": 2,"#);
}
