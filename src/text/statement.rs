//! Usage of all users in a month.

use super::bulk::users;

sentences! {
    /// What each user used in a month.
    Statement {
        title = "Statement", "账单";
        month = "Month", "月份";
        hint = "What each of you used, as the nodes reported it.", "每位用户的用量，按节点上报的数值。";
        running(date: &str) = format!("The month is not over: up to {date}."), format!("本月尚未结束，截至 {date}。");
        share = "Share", "占比";
        csv = "As CSV", "下载 CSV";
        print = "To share the bill on paper, print this page.", "需要纸质账单时，直接打印本页即可。";
        close = "Close the period for all…", "为所有用户结算…";
        ask_close = "Close the period for everybody?", "为所有用户结算当前周期？";
        ask_close_what(number: i64) =
            format!(
                "The counters of {} start again at zero now. What each of them used so far becomes a closed period.",
                users(number)
            ),
            format!("{number} 位用户的流量将立即从零重新计算，目前的用量会记入已结算周期。");
        ask_close_kept =
            "The statement and the history by day stay as they are, and so does the day on which counters start again \
            by themselves.",
            "账单和每日用量记录不受影响，每月自动重置的日期也不变。";
        ask_close_go = "Close the period", "结算";
    }
}
