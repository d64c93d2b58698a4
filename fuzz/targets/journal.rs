//! What was counted and is not yet reported, as it lies on the disk: whatever is read is reported whole, and once.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mu_panel::node::journal::Owed;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut owed) = serde_json::from_slice::<Owed>(bytes) else { return };
    let written = serde_json::to_vec(&owed).unwrap();
    assert_eq!(serde_json::from_slice::<Owed>(&written).unwrap(), owed);
    let users: Vec<i64> =
        owed.batch.iter().flat_map(|batch| batch.rows.keys()).chain(owed.rows.keys()).copied().collect();
    for user in &users {
        let before = owed.of(*user);
        owed.add(*user, 1, u64::MAX);
        assert!(owed.of(*user) >= before);
    }
    let mut reported = 0;
    let mut turn = 0;
    while let Some(batch) = owed.batch(|| format!("key {turn}")) {
        assert!(!batch.rows.is_empty() || turn == 0);
        reported += batch.rows.len();
        turn += 1;
        owed.batch = None;
    }
    assert!(owed.is_empty() && reported >= users.len() / 2);
});
