//! Why a friend has nothing to connect to: the name of the one entry that their app shows.

use super::units::english::month_name;
use crate::model::Date;

sentences! {
    /// Why a friend has nothing to connect to.
    Reasons {
        /// The admin switched the user off, or removed them.
        off = "Switched off: ask the person who invited you", "已停用，请联系邀请你的人";
        /// The quota is used up, and nothing brings it back by itself.
        over = "Data used up: ask the person who invited you", "流量已用完，请联系邀请你的人";
        /// The quota is used up until that day.
        over_until(day: &str) = format!("Data used up, back on {day}"), format!("流量已用完，{day}恢复");
        /// That was the last day.
        expired(day: &str) =
            format!("Ended on {day}: ask the person who invited you"),
            format!("已于{day}到期，请联系邀请你的人");
        /// There is no node with an address.
        nowhere = "No server yet: ask the person who invited you", "暂无可用服务器，请联系邀请你的人";
        /// The app does not have that cipher.
        cipher(cipher: &str) =
            format!("This app does not know the cipher {cipher}: use another app"),
            format!("此应用不支持加密方式 {cipher}，请换一个应用");
        /// The app does not speak VMess as it is spoken there.
        vmess =
            "This app cannot connect to VMess servers: use another app",
            "此应用无法连接 VMess 服务器，请换一个应用";
        /// A day, with its year unless that is the present one.
        day(day: Date, today: Date) =
            {
                let ((year, month), day) = (day.year_month(), day.day());
                let year = if year == today.year_month().0 { String::new() } else { format!(" {year}") };
                format!("{day} {}{year}", month_name(month))
            },
            {
                let ((year, month), day) = (day.year_month(), day.day());
                let year = if year == today.year_month().0 { String::new() } else { format!("{year}年") };
                format!("{year}{month}月{day}日")
            };
        /// What is used and what there is, as Shadowrocket shows it: uploaded, downloaded, quota, last day.
        status(u: &str, d: &str, quota: Option<&str>, last: Option<&str>) =
            {
                let quota = quota.map(|quota| format!(" of {quota}")).unwrap_or_default();
                let last = last.map(|last| format!(", ends {last}")).unwrap_or_default();
                format!("↑ {u} ↓ {d}{quota}{last}")
            },
            {
                let quota = quota.map(|quota| format!(" / {quota}")).unwrap_or_default();
                let last = last.map(|last| format!("，{last}到期")).unwrap_or_default();
                format!("↑ {u} ↓ {d}{quota}{last}")
            };
    }
}
