//! Usage charts and the tables behind them.

use super::units::english;

sentences! {
    /// The charts of usage and the tables behind them.
    Chart {
        by_day(month: &str) = format!("Usage by day in {month}"), format!("{month}每日用量");
        by_month = "Usage by month", "每月用量";
        months = "By month", "每月用量";
        month = "Month", "月份";
        sum(total: &str, down: &str, up: &str) =
            format!("{total} in all: {down} downloaded, {up} uploaded."),
            format!("合计 {total}，其中下载 {down}，上传 {up}。");
        most(when: &str, size: &str) = format!("The most was {size} on {when}."), format!("最多的是 {when}，{size}。");
        below = "The table below the chart has the numbers.", "具体数值见图下方的表格。";
        column(when: &str, total: &str, down: &str, up: &str) =
            format!("{when}: {total} (downloaded {down}, uploaded {up})"),
            format!("{when}：{total}（下载 {down}，上传 {up}）");
        today = "today", "今天";
        so_far = "so far", "至今";
        table = "As a table", "以表格显示";
        short(month: i8) = english::month_name(month).chars().take(3).collect(), format!("{month}月");
    }
}
