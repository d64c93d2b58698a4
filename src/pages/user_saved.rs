//! What is said after a user was changed.

use super::{flash::Told, prelude::*, user_path::address};
use crate::model::{Date, User};

/// Goes on to the page of the user who was `before` and is `changed`, where it is told what is news. `relinked` is
/// whether what was shared before has ended.
pub(super) fn reply(request: &Request, before: &User, changed: &User, relinked: bool, today: Date) -> Reply {
    let agreed = |user: &User| (user.expires, user.terms.valid_days);
    let moved = agreed(before) != agreed(changed);
    let is_over = changed.expires.is_some_and(|day| day < today);
    let flash = match moved {
        true if relinked => Flash::UserRelinkedDated,
        true if is_over => Flash::UserExpired,
        true if changed.terms.renews => Flash::UserRenews,
        true if before.terms.valid_days.is_some() && changed.expires.is_some() => Flash::UserByDate,
        true if changed.terms.valid_days.is_some() && before.expires.is_some() => Flash::UserByUse,
        _ if relinked => Flash::UserRelinked,
        _ => Flash::UserChanged,
    };
    let told = Told { day: before.expires, ..Told::of(flash, changed.id) };
    flash::redirect_with(request, told, &address(request, changed.id))
}
